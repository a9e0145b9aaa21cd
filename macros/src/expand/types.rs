//! Layers, arguments and shapes as types.

use super::plan::{List, Node, NodeKind, Place, Segment, parameter, tokens_mention};
use crate::ast::{Argument, ArgumentKind, Call, Input, Parameter, ParameterKind, Port, unraw};
use crate::word;
use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use std::cell::RefCell;

/// What generated types depend on: nothing in a closed network; the parameters and the input in a block.
pub struct Scope<'a> {
    /// The block's parameters.
    pub parameters: &'a [Parameter],
    /// Whether it is a block, whose shapes are known only where it is used.
    pub open: bool,
    /// Whether layers are written without generated names.
    inline: bool,
    /// The expressions of parameters, each with its item.
    expressions: RefCell<Vec<(String, TokenStream)>>,
}

impl<'a> Scope<'a> {
    /// A closed network.
    pub fn closed() -> Self {
        Scope { parameters: &[], open: false, inline: false, expressions: RefCell::default() }
    }

    /// A block.
    pub fn open(parameters: &'a [Parameter]) -> Self {
        Scope { parameters, open: true, inline: false, expressions: RefCell::default() }
    }

    /// The items that the types generated so far need.
    pub fn expressions(&self) -> TokenStream {
        let expressions = self.expressions.borrow();
        let items = expressions.iter().map(|(_, item)| item);
        quote!(#(#items)*)
    }

    /// The type of a layer, by its generated name if it has one.
    pub fn layer(&self, node: &Node<'_>) -> TokenStream {
        if self.inline {
            return self.definition(node);
        }
        let mut name = node.named("Layer");
        name.set_span(node.layer.extent.first);
        if node.generic { quote!(#name<__B>) } else { quote!(#name) }
    }

    /// The shape at a place, by its generated name.
    pub fn shape(&self, place: &Place) -> TokenStream {
        match (&place.shape, self.open) {
            (None, true) => quote!(__In),
            (None, false) => quote!(__Shape_0),
            (Some(shape), false) => quote!(#shape),
            (Some(shape), true) if place.generic => quote!(#shape<__B, __In>),
            (Some(shape), true) => quote!(#shape<__In>),
        }
    }

    /// A shape with a name of its own: the type of its sizes would have to be computed before the next layer is looked at, and an
    /// alias would be as long as the way to it. It is a part of its module's type, so as visible as can be; outside nobody can name it.
    pub fn shape_type(
        &self,
        name: &Ident,
        generic: bool,
        dims: &TokenStream,
        origin: &TokenStream,
        learns: &TokenStream,
    ) -> TokenStream {
        let (declared, generics, bounds) = match (self.open, generic) {
            (false, _) => (quote!(), quote!(), quote!()),
            (true, false) => (quote!(<__In>), quote!(__In), quote!(<__In: ::shapewright::private::Shape>)),
            (true, true) => (
                quote!(<__B, __In>),
                quote!(__B, __In),
                quote!(<__B: ::shapewright::private::Described, __In: ::shapewright::private::Shape>),
            ),
        };
        let held = self.open.then(|| quote!((::shapewright::private::PhantomData<fn() -> (#generics)>)));
        quote! {
            pub struct #name #declared #held;

            impl #bounds ::shapewright::private::Shape for #name #declared {
                const DIMS: ::shapewright::private::Dims = #dims;
                const ORIGIN: ::shapewright::private::Option<::shapewright::private::Message> = #origin;
                const LEARNS: ::shapewright::private::bool = #learns;
            }
        }
    }

    /// A constant that is computed for a layer.
    pub fn constant(&self, node: &Node<'_>, lead: &str) -> TokenStream {
        self.fact(&node.named(lead))
    }

    /// The constant with this name.
    pub fn fact(&self, name: &Ident) -> TokenStream {
        if self.open { quote!(__Facts::<__B, __In>::#name) } else { quote!(#name) }
    }

    /// The layers of a list, without generated names.
    pub fn written(&self, list: &List<'_>) -> TokenStream {
        Scope { inline: true, ..Scope::open(self.parameters) }.layers(list)
    }

    /// The type of a node, in terms of the nodes that it contains.
    pub fn definition(&self, node: &Node<'_>) -> TokenStream {
        match &node.kind {
            NodeKind::Leaf(call) => self.call(call, &[]),
            NodeKind::Branching(call, lists) => self.call(call, lists),
            NodeKind::Group(list) => self.sequential(list),
            NodeKind::Repeat(list, times) => {
                let unit = match list.single() {
                    Some(node) if self.open => {
                        let layer = self.layer(node);
                        quote!(::shapewright::private::At<0, { ::shapewright::private::TRANSPARENT }, #layer>)
                    }
                    _ => self.sequential(list),
                };
                let times = self.argument(times, false);
                quote!(::shapewright::private::Repeat<#unit, #times>)
            }
        }
    }

    /// `Conv2d<(Const<1>, Const<8>, Const<3>), (Keyword<…>,)>`.
    fn call(&self, call: &Call, lists: &[List<'_>]) -> TokenStream {
        let path = &call.path;
        // So that an error about the type points to its name.
        let last = path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
        let (open, close) = (quote_spanned!(last=> <), quote_spanned!(last=> >));
        if call.arguments.is_empty() && call.keywords.is_empty() {
            // The empty list keeps the compiler from suggesting a type parameter for a layer that it can't find.
            return quote!(#path #open #close);
        }
        let mut lists = lists.iter();
        let mut argument = |argument: &Argument, by_name| match argument.layers() {
            Some(_) => lists.next().map_or_else(TokenStream::new, |list| self.sequential(list)),
            None => self.argument(argument, by_name),
        };
        let arguments: Vec<_> = call.arguments.iter().map(|value| argument(value, false)).collect();
        let keywords: Vec<_> = call
            .keywords
            .iter()
            .map(|(keyword, value)| {
                let name = keyword.to_string();
                let value = argument(value, true);
                quote!(::shapewright::private::Keyword<{ ::shapewright::private::key(#name) }, #value>)
            })
            .collect();
        quote!(#path #open (#(#arguments,)*), (#(#keywords,)*) #close)
    }

    /// `Sequential<true, Layers>`; in a closed network, in which the list's layers are known, `Listed<…>`.
    fn sequential(&self, list: &List<'_>) -> TokenStream {
        if !self.open {
            let name = format_ident!("__List_{}", list.id);
            return quote!(::shapewright::private::Listed<#name>);
        }
        let layers = self.layers(list);
        quote!(::shapewright::private::Sequential<true, #layers>)
    }

    /// The layers of a list as a balanced tree.
    pub fn layers(&self, list: &List<'_>) -> TokenStream {
        let leaves: Vec<TokenStream> = list
            .nodes
            .iter()
            .map(|node| {
                let (layer, position) = (self.layer(node), node.position);
                let segment = match &node.segment {
                    Segment::Transparent => quote!({ ::shapewright::private::TRANSPARENT }),
                    Segment::Index(index) => quote!(#index),
                    Segment::Name(_) => quote!(#position),
                };
                quote!(::shapewright::private::At<#position, #segment, #layer>)
            })
            .collect();
        tree(&leaves, &|first, second| quote!(::shapewright::private::Pair<#first, #second>)).unwrap_or_default()
    }

    /// An argument as a type. A positional constant is a size; a constant by keyword is what its own type says.
    pub fn argument(&self, argument: &Argument, by_name: bool) -> TokenStream {
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
            ArgumentKind::Word(name) => match parameter(name, self.parameters) {
                Some(index) => quote_spanned!(span=> ::shapewright::private::ParameterOf<__B, #index>),
                None => {
                    let [start, rest] = word::packed(&unraw(name)).map(Literal::u128_unsuffixed);
                    quote_spanned!(span=> ::shapewright::private::Word<#start, #rest>)
                }
            },
            ArgumentKind::Type(path) => quote!(#path),
            ArgumentKind::Constant(value) if tokens_mention(value, self.parameters) => self.expression(value, span),
            ArgumentKind::Constant(value) if by_name => quote_spanned! {span=>
                ::shapewright::private::Given<{ ::shapewright::private::ConstArgument(#value).as_size_or_float_or_bool() }>
            },
            ArgumentKind::Constant(value) => quote_spanned!(span=> ::shapewright::private::Const<{ #value }>),
            ArgumentKind::Pair(first, second) => {
                let (first, second) = (self.argument(first, false), self.argument(second, false));
                quote_spanned!(span=> (#first, #second))
            }
            // `call` writes lists of layers.
            ArgumentKind::Layers(_) => TokenStream::new(),
        }
    }

    /// An expression of the block's parameters: a parameter itself, or a type that computes the value.
    fn expression(&self, value: &TokenStream, span: proc_macro2::Span) -> TokenStream {
        let alone = syn::parse2::<Ident>(value.clone()).ok();
        if let Some(index) = alone.and_then(|word| parameter(&word, self.parameters)) {
            return quote_spanned!(span=> ::shapewright::private::ParameterOf<__B, #index>);
        }
        let mut expressions = self.expressions.borrow_mut();
        let text = value.to_string();
        let known = expressions.iter().position(|(known, _)| *known == text);
        let name = format_ident!("__Expression_{}", known.unwrap_or(expressions.len()) + 1);
        if known.is_some() {
            return quote_spanned!(span=> ::shapewright::private::Expression<#name<__B>>);
        }
        let bindings = self.parameters.iter().enumerate().map(|(index, parameter)| {
            let name = inside(&parameter.name);
            let value = match parameter.kind {
                ParameterKind::Count => quote!(__call.size(#index)),
                ParameterKind::Float => quote!(__call.float(#index)),
                ParameterKind::Flag => quote!(__call.flag(#index)),
            };
            quote!(let #name = #value;)
        });
        let value = with_parameters(value, self.parameters);
        let packed = quote_spanned! {span=>
            ::shapewright::private::ConstArgument(#value).as_size_or_float_or_bool()
        };
        let item = quote! {
            // Public, because it is part of the types of public fields.
            #[doc(hidden)]
            pub struct #name<__B>(::shapewright::private::PhantomData<fn() -> __B>);

            impl<__B: ::shapewright::private::Described> ::shapewright::private::Evaluate for #name<__B> {
                #[allow(non_snake_case, unused_variables)]
                const VALUE: ::shapewright::private::Value = {
                    let __call = &<__B as ::shapewright::private::Described>::CALL;
                    if __call.mistake.is_some() {
                        ::shapewright::private::Value::Undecided
                    } else {
                        #(#bindings)*
                        ::shapewright::private::Value::unpack(#packed)
                    }
                };
            }
        };
        expressions.push((text, item));
        quote_spanned!(span=> ::shapewright::private::Expression<#name<__B>>)
    }
}

/// A parameter's name inside an expression: a constant of the user may have the same name.
fn inside(name: &Ident) -> Ident {
    format_ident!("__{}", unraw(name), span = name.span())
}

/// An expression with the names of parameters replaced; names after `::` and `.` aren't parameters.
fn with_parameters(value: &TokenStream, parameters: &[Parameter]) -> TokenStream {
    let mut other = false;
    let tokens = value.clone().into_iter().map(|token| {
        let behind =
            std::mem::replace(&mut other, matches!(&token, TokenTree::Punct(dot) if ":.".contains(dot.as_char())));
        match token {
            TokenTree::Ident(word) if !behind && parameter(&word, parameters).is_some() => inside(&word).into(),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), with_parameters(&group.stream(), parameters));
                inner.set_span(group.span());
                inner.into()
            }
            token => token,
        }
    });
    tokens.collect()
}

/// The shape type of an `Input`: a tuple, if there are several.
pub fn input_type(input: &Input) -> TokenStream {
    match input.ports.as_slice() {
        [one] => port_type(one),
        several => {
            let ports = several.iter().map(port_type);
            quote!((#(#ports),*))
        }
    }
}

/// What is added to the rank of indices in a shape's type.
const INDICES: usize = 7;

/// The shape type of one input.
pub fn port_type(port: &Port) -> TokenStream {
    let rank = Literal::usize_unsuffixed(port.sizes.len() + if port.indices { INDICES } else { 0 });
    let sizes = sizes(port);
    let unused = std::iter::repeat_n(quote!(0), 5 - port.sizes.len());
    quote!(::shapewright::private::SizedShape<#rank #(, #sizes)* #(, #unused)*>)
}

/// The sizes of an input, each an expression.
fn sizes(input: &Port) -> Vec<TokenStream> {
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

/// The shape type for the constant expression `dims`.
pub fn shape_type(dims: &TokenStream) -> TokenStream {
    let axes = 0..5_usize;
    quote!(::shapewright::private::SizedShape<{ #dims.code() } #(, { #dims.code_size(#axes) })*>)
}

/// The type of a network's output: a shape type, or a tuple of shape types.
///
/// `most` is the maximum number of outputs: `dims` is written out six times for each.
pub fn output_type(dims: &TokenStream, most: usize) -> TokenStream {
    let parts = (0..most).map(|index| shape_type(&quote!(#dims.part(#index))));
    let unused = std::iter::repeat_n(quote!(::shapewright::private::Scalar), 8 - most);
    quote!(::shapewright::private::Ends<{ #dims.count_to(#most) } #(, #parts)* #(, #unused)*>)
}

/// A balanced tree, in which `node` joins two subtrees.
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
