//! Closed networks in item position: a `struct` with a field for each layer.

use super::checks;
use super::plan::List;
use super::record::Record;
use super::structure::structure;
use super::types::{Scope, output_type};
use crate::ast::{Input, Item, unraw};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;

/// The `struct`, and its implementations.
pub fn expand(item: &Item, input: &Input) -> TokenStream {
    let Item { attributes, visibility, name, network, .. } = item;
    let scope = Scope::closed();
    let list = List::new(&network.layers, &[]);
    let checks = checks::closed(&unraw(name), input, &list, &scope);
    let parts = format_ident!("__{}Parts", name.unraw());
    let record = Record {
        name: name.clone(),
        network: unraw(name),
        parts: &parts,
        scope: &scope,
        visibility,
        list: &list,
        first_part: 0,
    };
    let (fields, implemented, _) = record.expand();
    let facts = facts(item, &list, &scope);
    let conditions: Vec<_> = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    quote! {
        #(#attributes)*
        #[allow(private_interfaces)]
        #visibility struct #name<
            __E: ::shapewright::private::Dtype = ::shapewright::private::f32,
            __D: ::shapewright::private::Device<__E> = ::shapewright::private::Cpu,
            __R: ::shapewright::private::Training = ::shapewright::private::Trained,
        > #fields

        // The types that lead to the fields' types are private, so that a layer in a public network may be private.
        #(#conditions)*
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        struct #parts;

        #(#conditions)*
        #[allow(dead_code, non_camel_case_types, non_snake_case)]
        const _: () = {
            #checks
            #implemented
            #facts
        };
    }
}

/// What is known at compile time, and how to build the network.
fn facts(item: &Item, list: &List<'_>, scope: &Scope<'_>) -> TokenStream {
    let name = &item.name;
    let text = unraw(name);
    let Some(last) = list.last() else { return TokenStream::new() };
    let last_layer = scope.layer(last);
    let last_inferred = list.nodes.last().map(|last| scope.constant(last, "INFERRED"));
    let output = output_type(&quote!(#last_inferred.output), 8);
    let inferred = checks::inferred(list, scope);
    let structure = structure(list, scope, false);
    quote! {
        const __INFERRED: ::shapewright::private::Inferred = #inferred;
        type __Output = #output;

        // In a `static`, because a constant would be computed again for the generic `impl` below, with everything it
        // depends on.
        static __COSTS: ::shapewright::private::Costs = __INFERRED.costs();
        static __STRUCTURE: ::shapewright::private::Structure = #structure;

        impl #name {
            /// The sizes of one input.
            pub const INPUT: ::shapewright::private::Dims = <__Shape_0 as ::shapewright::private::Shape>::DIMS;
            /// The sizes of one output.
            pub const OUTPUT: ::shapewright::private::Dims = <__Output as ::shapewright::private::Shape>::DIMS;
            /// The number of elements of its parameters.
            pub const PARAMS: ::shapewright::private::usize = __INFERRED.parameters;
            /// The number of elements of its trainable parameters.
            pub const TRAINABLE: ::shapewright::private::usize = __INFERRED.parameters - __INFERRED.frozen;
            /// The number of multiply-accumulate operations of a forward pass of one example.
            pub const MACS: ::shapewright::private::usize = __INFERRED.macs;
            /// The total number of elements of its layers' outputs, for one example.
            pub const ACTIVATIONS: ::shapewright::private::usize = __INFERRED.activations;

            /// A model on a device, with its initial values.
            ///
            /// # Errors
            /// If the device fails, usually because its memory is exhausted.
            pub fn build<__D: ::shapewright::private::Backend<::shapewright::private::f32>>(
                __device: &__D,
            ) -> ::shapewright::private::Result<#name<::shapewright::private::f32, __D>> {
                ::shapewright::private::build(__device)
            }

            /// Its layers, their outputs, parameters and costs. Its `Display` is a table.
            pub fn summary() -> ::shapewright::private::Summary {
                ::shapewright::private::Summary::new(
                    #text,
                    Self::INPUT,
                    Self::OUTPUT,
                    __COSTS,
                    &__STRUCTURE,
                )
            }
        }

        impl ::shapewright::private::Described for #name {
            const CALL: ::shapewright::private::Call = ::shapewright::private::Call::plain(#text);
        }

        impl<__X: ::shapewright::private::Shape> ::shapewright::private::Layer<__X> for #name {
            const INFERRED: ::shapewright::private::Inferred =
                ::shapewright::private::Inferred::network(__X::DIMS, Self::INPUT, Self::OUTPUT, __COSTS);
            const STRUCTURE: ::shapewright::private::Structure = __STRUCTURE;
            type Module<
                __P: ::shapewright::private::Place,
                __E: ::shapewright::private::Dtype,
                __D: ::shapewright::private::Device<__E>,
            > = #name<__E, __D, __P::Training>;
        }

        impl<__E: ::shapewright::private::Dtype, __D: ::shapewright::private::Device<__E>>
            ::shapewright::private::BuildOnDevice<__D, __E> for #name
        {
            type Built = #name<__E, __D>;
        }

        impl<__E: ::shapewright::private::Dtype, __D: ::shapewright::private::Backend<__E>, __R: ::shapewright::private::Training>
            ::shapewright::private::Network for #name<__E, __D, __R>
        {
            const NAME: &'static ::shapewright::private::str = #text;
            type Input = __Shape_0;
            type Output = __Output;
            type Dtype = __E;
            type Device = __D;
        }

        impl<__E: ::shapewright::private::Dtype, __D: ::shapewright::private::Device<__E>, __R: ::shapewright::private::Training, __Marker>
            ::shapewright::private::HasLogits<__Marker> for #name<__E, __D, __R>
        where
            #last_layer: ::shapewright::private::HasLogits<__Marker>,
        {
        }
    }
}
