//! The constants that stop the compiler where a network is wrong.
//!
//! None is generic, so `cargo check` evaluates each, used or not; there is one for each layer and mistake, so each
//! mistake is an error of its own; and its tokens have the layer's spans, so that is what the error underlines.

use super::layers::{input_type, layer_type, output_type, sizes};
use crate::ast::{Extent, Input, Layer, unraw};
use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

/// How many mistakes of one layer are told one by one where it may be a network with mistakes of its own, which takes no
/// arguments.
const TOLD: usize = 8;

/// The names of the generated types and constants of layer `index`, counted from 0.
pub struct Names {
    /// The layer's type.
    pub layer: Ident,
    /// What it makes of its input.
    pub inferred: Ident,
    /// The shape of its input.
    pub shape: Ident,
    /// The shape of its output.
    pub output: Ident,
    origin: Ident,
    output_origin: Ident,
}

/// The names for layer `index`.
pub fn names(index: usize) -> Names {
    let next = index + 1;
    Names {
        layer: format_ident!("__Layer{next}"),
        inferred: format_ident!("__INFERRED_{next}"),
        shape: format_ident!("__Shape{index}"),
        output: format_ident!("__Shape{next}"),
        origin: format_ident!("__ORIGIN_{index}"),
        output_origin: format_ident!("__ORIGIN_{next}"),
    }
}

/// The types and constants of a closed network, and its checks.
pub fn closed(network: &str, input: &Input, layers: &[Layer]) -> TokenStream {
    let shape = input_type(input);
    let first = names(0);
    let (shape_name, origin) = (&first.shape, &first.origin);
    let sizes = sizes(input);
    let check_input = spanned(&input.extent, &quote!(check_input), quote!(&[#(#sizes),*]));
    let mut tokens = quote! {
        type #shape_name = #shape;
        const #origin: ::shapewright::private::Option<::shapewright::private::Message> = ::shapewright::private::None;
        #[allow(dead_code)]
        const __INPUT_FITS: () = #check_input;
    };
    for (index, layer) in layers.iter().enumerate() {
        let Names { layer: name, inferred, shape, output, origin, output_origin } = names(index);
        let (ty, output_ty) = (layer_type(layer), output_type(&quote!(#inferred)));
        let told = if layer.arguments.is_empty() && layer.keywords.is_empty() { TOLD } else { 1 };
        let infer = as_layer(layer, &name, &shape, "INFERRED");
        let site = site(network, index, layer, &as_layer(layer, &name, &shape, "CALLED"), &quote!(#origin));
        let reports = (0..told).map(|which| {
            let fits = format_ident!("__LAYER_{}_FITS{}", index + 1, "_".repeat(which));
            let report = spanned(&layer.extent, &quote!(report), quote!(&#inferred.report, #which, #told, #site));
            quote!(#[allow(dead_code)] const #fits: () = #report;)
        });
        let keywords = keywords(index, layer, &site);
        tokens.extend(quote! {
            type #name = #ty;
            const #inferred: ::shapewright::private::Inferred = #infer;
            type #output = #output_ty;
            const #output_origin: ::shapewright::private::Option<::shapewright::private::Message> =
                #inferred.origin_after(&<#shape as ::shapewright::private::Shape>::DIMS, #origin);
            #(#reports)*
            #keywords
        });
    }
    tokens
}

/// The checks of an open network: its layers' arguments. What they receive isn't known yet.
pub fn open(layers: &[Layer]) -> TokenStream {
    let checks = layers.iter().enumerate().map(|(index, layer)| {
        let name = names(index).layer;
        let ty = layer_type(layer);
        let call = quote!(&<#name as ::shapewright::private::Described>::CALL);
        let site = site("", index, layer, &call, &quote!(::shapewright::private::None));
        let arguments =
            spanned(&layer.extent, &quote!(report), quote!(&::shapewright::private::Report::Fits, 0, 1, #site));
        let keywords = keywords(index, layer, &site);
        let fits = format_ident!("__LAYER_{}_FITS", index + 1);
        quote! {
            type #name = #ty;
            #[allow(dead_code)]
            const #fits: () = #arguments;
            #keywords
        }
    });
    quote!(#(#checks)*)
}

/// A constant or a type that `Layer` gives layer `name` behind `shape`, spanned so that "not a layer" is said of it.
pub fn as_layer(layer: &Layer, name: &Ident, shape: &Ident, what: &str) -> TokenStream {
    let what = Ident::new(what, layer.extent.last);
    let name = Ident::new(&name.to_string(), layer.extent.first);
    quote_spanned!(layer.extent.first=> <#name as ::shapewright::private::Layer<#shape>>::#what)
}

/// Where a layer stands, as a constant expression.
fn site(network: &str, index: usize, layer: &Layer, call: &TokenStream, origin: &TokenStream) -> TokenStream {
    let position = index + 1;
    let text = layer.layer();
    let arguments = layer.arguments.iter().map(|argument| &argument.text);
    let keywords = layer.keywords.iter().map(|(keyword, value)| {
        let (keyword, value) = (keyword.to_string(), &value.text);
        quote!((#keyword, #value))
    });
    quote! {
        &::shapewright::private::Site {
            network: #network,
            position: #position,
            written: ::shapewright::private::Written::Source {
                layer: #text,
                arguments: &[#(#arguments),*],
                keywords: &[#(#keywords),*],
            },
            call: #call,
            origin: #origin,
        }
    }
}

/// A check of each keyword's name, on the keyword.
fn keywords(index: usize, layer: &Layer, site: &TokenStream) -> TokenStream {
    let checks = layer.keywords.iter().map(|(keyword, _)| {
        let name = keyword.to_string();
        let extent = Extent { first: keyword.span(), last: keyword.span() };
        let check = spanned(&extent, &quote!(report_keyword), quote!(#name, #site));
        let known = format_ident!("__LAYER_{}_HAS_{}", index + 1, unraw(keyword).to_uppercase());
        quote!(#[allow(dead_code)] const #known: () = #check;)
    });
    quote!(#(#checks)*)
}

/// A call whose error underlines an extent: its first token has the first's span, its parentheses have the last's.
fn spanned(extent: &Extent, function: &TokenStream, arguments: TokenStream) -> TokenStream {
    let path = quote_spanned!(extent.first=> ::shapewright::private::);
    let function: TokenStream = function
        .clone()
        .into_iter()
        .map(|mut token| {
            token.set_span(extent.first);
            token
        })
        .collect();
    let mut group = Group::new(Delimiter::Parenthesis, arguments);
    group.set_span(extent.last);
    quote!(#path #function #group)
}
