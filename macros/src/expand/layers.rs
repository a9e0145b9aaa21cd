//! Layers, arguments and shapes as types.

use crate::ast::{Argument, ArgumentKind, Input, Layer};
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

/// `Conv2d<(Const<1>, Const<8>, Const<3>), (Keyword<…>,)>`.
pub fn layer_type(layer: &Layer) -> TokenStream {
    let path = &layer.path;
    if layer.arguments.is_empty() && layer.keywords.is_empty() {
        // The empty list keeps rustc from proposing a type parameter for a layer that it can't find.
        return quote!(#path<>);
    }
    let arguments = layer.arguments.iter().map(|argument| argument_type(argument, false));
    let keywords = layer.keywords.iter().map(|(keyword, value)| {
        let name = keyword.to_string();
        let value = argument_type(value, true);
        quote!(::shapewright::private::Keyword<{ ::shapewright::private::key(#name) }, #value>)
    });
    quote!(#path<(#(#arguments,)*), (#(#keywords,)*)>)
}

/// An argument as a type. By position constants are sizes; by name their own type tells what they are.
fn argument_type(argument: &Argument, by_name: bool) -> TokenStream {
    let span = argument.span;
    match &argument.kind {
        ArgumentKind::Infer => quote_spanned!(span=> ::shapewright::private::Auto),
        ArgumentKind::Integer(number) => {
            let mut number = Literal::u64_unsuffixed(*number);
            number.set_span(span);
            quote_spanned!(span=> ::shapewright::private::Const<#number>)
        }
        ArgumentKind::Float(number) => {
            let bits = Literal::u64_unsuffixed(number.to_bits());
            quote_spanned!(span=> ::shapewright::private::Float<#bits>)
        }
        ArgumentKind::Bool(flag) => quote_spanned!(span=> ::shapewright::private::Flag<#flag>),
        ArgumentKind::Word(path) => quote!(#path),
        ArgumentKind::Constant(value) if by_name => quote_spanned! {span=>
            ::shapewright::private::Given<{ ::shapewright::private::ConstArgument(#value).as_size_or_float_or_bool() }>
        },
        ArgumentKind::Constant(value) => quote_spanned!(span=> ::shapewright::private::Const<{ #value }>),
        ArgumentKind::Pair(first, second) => {
            let (first, second) = (argument_type(first, false), argument_type(second, false));
            quote_spanned!(span=> (#first, #second))
        }
    }
}

/// The shape type of an `Input`.
pub fn input_type(input: &Input) -> TokenStream {
    let rank = Literal::usize_unsuffixed(input.sizes.len());
    let sizes = sizes(input);
    let unused = std::iter::repeat_n(quote!(0), 5 - input.sizes.len());
    quote!(::shapewright::private::SizedShape<#rank #(, #sizes)* #(, #unused)*>)
}

/// The sizes of an `Input`, each an expression.
pub fn sizes(input: &Input) -> Vec<TokenStream> {
    let size = |size: &Argument| match &size.kind {
        ArgumentKind::Integer(number) => {
            let mut number = Literal::u64_unsuffixed(*number);
            number.set_span(size.span);
            quote!(#number)
        }
        ArgumentKind::Constant(value) => quote!({ #value }),
        _ => quote!(0),
    };
    input.sizes.iter().map(size).collect()
}

/// The shape type of what `inferred`, a constant expression, says of an output.
pub fn output_type(inferred: &TokenStream) -> TokenStream {
    let axes = 0..5_usize;
    quote!(::shapewright::private::SizedShape<{ #inferred.output.rank() } #(, { #inferred.output.size(#axes) })*>)
}

/// A balanced tree of things, `node` joining two.
pub fn tree<T: Clone>(things: &[T], node: &impl Fn(T, T) -> T) -> Option<T> {
    match things {
        [] => None,
        [one] => Some(one.clone()),
        several => {
            let (first, second) = several.split_at(several.len() / 2);
            Some(node(tree(first, node)?, tree(second, node)?))
        }
    }
}
