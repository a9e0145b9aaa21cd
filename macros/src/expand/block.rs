//! Blocks: open networks in item position, with or without parameters. A block is a layer, whose module is a `struct`
//! with a field for each of its layers.

use super::checks;
use super::plan::{List, NodeKind, Place};
use super::record::Record;
use super::structure::{fed, structure};
use super::types::Scope;
use crate::ast::{Item, Parameter, ParameterKind, unraw};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;

/// The block's type, its module, and their implementations.
pub fn expand(item: &Item) -> TokenStream {
    let Item { attributes, visibility, name, parameters, network } = item;
    let text = unraw(name);
    let scope = Scope::open(parameters);
    let list = List::new(&network.layers, parameters);
    let parts = format_ident!("__{}Parts", name.unraw());
    let module = format_ident!("{}Module", name.unraw());
    let record = Record {
        name: module.clone(),
        network: text.clone(),
        parts: &parts,
        scope: &scope,
        visibility,
        list: &list,
        first_part: 0,
    };
    let (fields, implemented, _) = record.expand();
    let (bounds, _) = record.generics();
    let shapes = list.all().into_iter().map(|node| {
        let (layer, input) = (scope.layer(node), scope.shape(&node.input));
        let of = |what: TokenStream| {
            quote!(<::shapewright::private::OutOf<#layer, #input> as ::shapewright::private::Shape>::#what)
        };
        let (dims, origin, learns) = (of(quote!(DIMS)), of(quote!(ORIGIN)), of(quote!(LEARNS)));
        let Place { shape, generic } = &node.output;
        let shape = shape.as_ref().map(|shape| scope.shape_type(shape, *generic, &dims, &origin, &learns));
        let fed = fed(node, &scope);
        quote!(#fed #shape)
    });
    let checks = checks::open(Some((&text, visibility)), &list, &scope);
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
    let Some(last) = list.last() else { return TokenStream::new() };
    let last_layer = match &last.kind {
        NodeKind::Leaf(_) => {
            let (user, generics) = (last.named("User"), last.generic.then(|| quote!(<__B>)));
            quote!(#user #generics)
        }
        _ => scope.definition(last),
    };
    let (last_generics, last_used) = match last.generic {
        true => (quote!(<__B>), quote!(<#name<__A, __K>>)),
        false => (TokenStream::new(), TokenStream::new()),
    };
    let inferred = checks::inferred(list, scope);
    let reports = checks::reports(list);
    let structure = structure(list, scope, false);
    quote! {
        impl<__B: ::shapewright::private::Described, __In: ::shapewright::private::Shape> __Facts<__B, __In> {
            const __INFERRED: ::shapewright::private::Inferred = #inferred.made_of(#reports);
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
                // If the arguments are wrong, other mistakes may be consequences, and aren't reported.
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

        impl<__A, __K, __Marker> ::shapewright::private::HasLogits<__Marker> for #name<__A, __K>
        where
            __Last #last_used: ::shapewright::private::HasLogits<__Marker>,
        {
        }

        type __Last #last_generics = #last_layer;

        impl<__A, __K> #name<__A, __K> {
            /// Only a closed network can be built: `network!(Input<…>, Name)`. This function never compiles; it exists
            /// for its error message.
            ///
            /// # Errors
            /// None, because it can't be called.
            pub fn build<__D: ::shapewright::private::BuildsOpenNetworks>(
                _: &__D,
            ) -> ::shapewright::private::Result<::shapewright::private::Infallible> {
                ::shapewright::private::build_open()
            }
        }
    }
}
