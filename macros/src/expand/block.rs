//! Blocks: open networks in item position, with or without parameters. A block is a layer, whose module is a `struct`
//! with a field for each of its layers.

use super::checks;
use super::plan::List;
use super::record::Record;
use super::types::{Scope, tree};
use crate::ast::{Item, Parameter, ParameterKind, unraw};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;

/// The block's type, its module, and what they implement.
pub fn expand(item: &Item) -> TokenStream {
    let Item { attributes, visibility, name, parameters, network } = item;
    let text = unraw(name);
    let scope = Scope::open(parameters);
    let list = List::new(&network.layers, parameters);
    let parts = format_ident!("__{}Parts", name.unraw());
    let module = format_ident!("{}Module", name.unraw());
    let record = Record { name: module.clone(), parts: &parts, scope: &scope, visibility, list: &list, first_part: 0 };
    let (fields, implemented, _) = record.expand();
    let (bounds, _) = record.generics();
    let shapes = list.all().into_iter().map(|node| {
        let (shape, layer, input) = (&node.output.shape, scope.layer(node), scope.shape(&node.input));
        let generics = if node.output.generic { quote!(<__B, __In>) } else { quote!(<__In>) };
        quote!(type #shape #generics = ::shapewright::private::OutOf<#layer, #input>;)
    });
    let checks = checks::open(&text, &list, &scope);
    let facts = checks::facts(&list, &scope);
    let layer = layer(item, &list, &scope);
    let signature = signature(&text, parameters);
    let expressions = scope.expressions();
    let conditions: Vec<_> = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    let module_doc = format!("The module of a [`{text}`]: its layers' parameters, and how they run.");
    quote! {
        #(#attributes)*
        #visibility struct #name<__A = (), __K = ()>(::shapewright::private::PhantomData<fn() -> (__A, __K)>);

        #(#conditions)*
        #[doc = #module_doc]
        #[allow(private_interfaces)]
        #visibility struct #module<#bounds> #fields

        #(#conditions)*
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        struct #parts<__B, __In>(::shapewright::private::PhantomData<fn() -> (__B, __In)>);

        #(#conditions)*
        #[allow(dead_code, non_camel_case_types, non_snake_case)]
        const _: () = {
            #checks
            #expressions
            #(#shapes)*

            struct __Facts<__B, __In>(::shapewright::private::PhantomData<fn() -> (__B, __In)>);

            impl<__B: ::shapewright::private::Described, __In: ::shapewright::private::Shape> __Facts<__B, __In> {
                #facts
            }

            impl<__A: ::shapewright::private::Arguments, __K: ::shapewright::private::Keywords>
                ::shapewright::private::Described for #name<__A, __K>
            {
                const CALL: ::shapewright::private::Call = #signature.call::<__A, __K>();
            }

            #implemented
            #layer
        };
    }
}

/// `Signature::new("BasicBlock", 2, &[…])`.
fn signature(name: &str, parameters: &[Parameter]) -> TokenStream {
    let count = parameters.len();
    let parameters = parameters.iter().map(|parameter| {
        let name = unraw(&parameter.name);
        let kind = match parameter.kind {
            ParameterKind::Count => quote!(Count),
            ParameterKind::Float => quote!(Float),
            ParameterKind::Flag => quote!(Flag),
        };
        let kind = quote!(::shapewright::private::Kind::#kind);
        match &parameter.default {
            None => quote!(::shapewright::private::Parameter::required(#name, #kind)),
            Some(default) => {
                let default = Scope::closed().argument(default, true);
                quote! {
                    ::shapewright::private::Parameter::optional(
                        #name,
                        #kind,
                        <#default as ::shapewright::private::Argument>::VALUE,
                    )
                }
            }
        }
    });
    quote!(::shapewright::private::Signature::new(#name, #count, &[#(#parameters),*]))
}

/// The block as a layer.
fn layer(item: &Item, list: &List<'_>, scope: &Scope<'_>) -> TokenStream {
    let name = &item.name;
    let module = format_ident!("{}Module", name.unraw());
    let Some(last) = list.nodes.last() else { return TokenStream::new() };
    let (last_layer, last_shape) = (last.named("Layer"), scope.shape(&last.output));
    let last_layer = if last.generic { quote!(#last_layer<#name<__A, __K>>) } else { quote!(#last_layer) };
    let inferred: Vec<TokenStream> = list.nodes.iter().map(|node| scope.constant(node, "INFERRED")).collect();
    let sum = |field: TokenStream| {
        let terms: Vec<_> = inferred.iter().map(|inferred| quote!(#inferred.#field)).collect();
        tree(&terms, &|a, b| quote!(#a.saturating_add(#b)))
    };
    let (parameters, macs) = (sum(quote!(parameters)), sum(quote!(macs)));
    let activations = sum(quote!(activations));
    let reports = checks::reports(list);
    let structure = checks::structure(list, scope, false);
    quote! {
        impl<__B: ::shapewright::private::Described, __In: ::shapewright::private::Shape> __Facts<__B, __In> {
            const __INFERRED: ::shapewright::private::Inferred = {
                let __inferred = ::shapewright::private::Inferred::new(<#last_shape as ::shapewright::private::Shape>::DIMS)
                    .parameters(&[], #parameters)
                    .macs(#macs)
                    .activations(#activations)
                    .made_of(#reports);
                match <#last_shape as ::shapewright::private::Shape>::ORIGIN {
                    ::shapewright::private::Some(__origin) => __inferred.origin(__origin),
                    ::shapewright::private::None => __inferred,
                }
            };
            const __STRUCTURE: ::shapewright::private::Structure = #structure;
        }

        impl<
            __A: ::shapewright::private::Arguments,
            __K: ::shapewright::private::Keywords,
            __In: ::shapewright::private::Shape,
        > ::shapewright::private::Layer<__In> for #name<__A, __K>
        {
            const INFERRED: ::shapewright::private::Inferred = {
                let __inferred = __Facts::<Self, __In>::__INFERRED;
                // What follows from wrong arguments would be noise.
                match <Self as ::shapewright::private::Described>::CALL.mistake {
                    ::shapewright::private::Some(_) => ::shapewright::private::Inferred::new(__inferred.output.unknown()),
                    ::shapewright::private::None => __inferred,
                }
            };
            const STRUCTURE: ::shapewright::private::Structure = __Facts::<Self, __In>::__STRUCTURE;
            type Module<
                __P: ::shapewright::private::Place,
                __E: ::shapewright::private::Dtype,
                __D: ::shapewright::private::Device<__E>,
            > = #module<Self, __In, __E, __D, __P::Training>;
        }

        impl<__A, __K, __Marker> ::shapewright::private::EndsInSoftmax<__Marker> for #name<__A, __K>
        where
            #last_layer: ::shapewright::private::EndsInSoftmax<__Marker>,
        {
        }
    }
}
