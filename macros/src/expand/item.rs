//! Networks in item position: a `struct` with a field for each layer.

use super::checks::{self, Names, names};
use super::layers::tree;
use crate::ast::{Item, Layer, unraw};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

/// How many fields dfdx's visitors take at once.
const FIELDS: usize = 6;

/// The `struct`, and all it implements.
pub fn expand(item: &Item) -> TokenStream {
    let Item { attributes, visibility, name, network } = item;
    let Some(input) = &network.input else { return TokenStream::new() };
    let layers = &network.layers;
    let checks = checks::closed(&unraw(name), input, layers);
    let fields: Vec<Ident> = layers.iter().enumerate().map(|(index, layer)| field(index, layer)).collect();
    let parts_name = format_ident!("__{}Parts", name.unraw());
    let declared = layers.iter().zip(&fields).enumerate().map(|(index, (layer, field))| {
        let doc = format!("Layer {}, `{}`.", index + 1, layer.text());
        let visibility = layer.name.as_ref().map(|_| visibility);
        quote!(#[doc = #doc] #visibility #field: ::shapewright::private::Part<#parts_name, #index, __E, __D, __R>)
    });
    let parts = layers.iter().enumerate().map(|(index, layer)| part(&parts_name, index, layer));
    let (collection, facts) = (collection(name, layers, &fields), facts(name, layers));
    let run = run(name, &fields);
    let conditions: Vec<_> = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    quote! {
        #(#attributes)*
        #[allow(private_interfaces)]
        #visibility struct #name<
            __E: ::shapewright::private::Dtype = ::shapewright::private::f32,
            __D: ::shapewright::private::Device<__E> = ::shapewright::private::Cpu,
            __R: ::shapewright::private::Training = ::shapewright::private::Trained,
        > {
            #(#declared,)*
        }

        // What leads to the fields' types is private, so that a layer in a public network may be private.
        #(#conditions)*
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        struct #parts_name;

        #(#conditions)*
        #[allow(dead_code)]
        const _: () = {
            #checks
            #(#parts)*
            #collection
            #facts
            #run
        };
    }
}

/// The field of a layer. One without a name is reached through its position in parameter names only.
fn field(index: usize, layer: &Layer) -> Ident {
    layer.name.clone().unwrap_or_else(|| format_ident!("__layer{}", index + 1))
}

/// What stands in the field at position `index`: the layer's module, typed with the sizes that it has there.
fn part(name: &Ident, index: usize, layer: &Layer) -> TokenStream {
    let Names { layer: layer_name, inferred, shape, .. } = names(index);
    let module = checks::as_layer(layer, &layer_name, &shape, "Module");
    let sizes = 0..5_usize;
    quote! {
        impl ::shapewright::private::Parts<#index> for #name {
            type Module<
                __E: ::shapewright::private::Dtype,
                __D: ::shapewright::private::Device<__E>,
                __R: ::shapewright::private::Training,
            > =
                #module<
                    ::shapewright::private::Fixed<#({ #inferred.sizes[#sizes] },)* __R>,
                    __E,
                    __D,
                >;
        }
    }
}

/// dfdx's walk over the parameters, and what comes with it.
fn collection(name: &Ident, layers: &[Layer], fields: &[Ident]) -> TokenStream {
    let visits: Vec<_> = layers
        .iter()
        .zip(fields)
        .enumerate()
        .map(|(index, (layer, field))| {
            let segment = layer.segment(index);
            quote!(Self::module(#segment, |__network| &__network.#field, |__network| &mut __network.#field))
        })
        .collect();
    let (visits, pattern) = (nested(&visits), nested(fields));
    let text = unraw(name);
    let labels = fields.iter().map(|field| field.unraw().to_string());
    quote! {
        impl<__E: ::shapewright::private::Dtype, __D: ::shapewright::private::Device<__E>, __R: ::shapewright::private::Training>
            ::shapewright::private::TensorCollection<__E, __D> for #name<__E, __D, __R>
        {
            type To<__E2: ::shapewright::private::Dtype, __D2: ::shapewright::private::Device<__E2>> = #name<__E2, __D2, __R>;

            fn iter_tensors<__V: ::shapewright::private::ModuleVisitor<Self, __E, __D>>(
                __visitor: &mut __V,
            ) -> ::shapewright::private::StdResult<::shapewright::private::Option<Self::To<__V::E2, __V::D2>>, __V::Err> {
                __visitor.visit_fields(#visits, |#pattern| #name { #(#fields),* })
            }
        }

        impl<__E: ::shapewright::private::Dtype, __D: ::shapewright::private::Device<__E>>
            ::shapewright::private::BuildOnDevice<__D, __E> for #name
        {
            type Built = #name<__E, __D>;
        }

        impl<__E: ::shapewright::private::Dtype, __D: ::shapewright::private::Device<__E>, __R: ::shapewright::private::Training> ::shapewright::private::Clone
            for #name<__E, __D, __R>
        {
            fn clone(&self) -> Self {
                #name { #(#fields: ::shapewright::private::Clone::clone(&self.#fields)),* }
            }
        }

        impl<__E: ::shapewright::private::Dtype, __D: ::shapewright::private::Device<__E>, __R: ::shapewright::private::Training> ::shapewright::private::Debug
            for #name<__E, __D, __R>
        {
            fn fmt(
                &self,
                __formatter: &mut ::shapewright::private::Formatter<'_>,
            ) -> ::shapewright::private::StdResult<(), ::shapewright::private::FormatError> {
                __formatter.debug_struct(#text)#(.field(#labels, &self.#fields))*.finish()
            }
        }
    }
}

/// Tuples of at most six, in tuples of at most six.
fn nested<T: quote::ToTokens>(things: &[T]) -> TokenStream {
    if things.len() <= FIELDS {
        return quote!((#(#things,)*));
    }
    let size = things.len().div_ceil(FIELDS);
    let groups = things.chunks(size).map(nested);
    quote!((#(#groups,)*))
}

/// What is known before anything runs, and how to build it.
fn facts(name: &Ident, layers: &[Layer]) -> TokenStream {
    let text = unraw(name);
    let last = names(layers.len());
    let (first_shape, last_shape) = (names(0).shape, last.shape);
    let inferred: Vec<Ident> = (0..layers.len()).map(|index| names(index).inferred).collect();
    let rows = layers.iter().zip(&inferred).enumerate().map(|(index, (layer, inferred))| {
        let (segment, text) = (layer.segment(index), layer.text());
        quote!(::shapewright::private::Row::new(#segment, #text, &#inferred))
    });
    let sum = |field: TokenStream| {
        let terms: Vec<_> = inferred.iter().map(|inferred| quote!(#inferred.#field)).collect();
        tree(&terms, &|a, b| quote!(#a.saturating_add(#b)))
    };
    let (parameters, macs) = (sum(quote!(parameters)), sum(quote!(macs)));
    quote! {
        const __ROWS: &[::shapewright::private::Row] = &[#(#rows),*];

        impl #name {
            /// The sizes of one input.
            pub const INPUT: ::shapewright::private::Dims = <#first_shape as ::shapewright::private::Shape>::DIMS;
            /// The sizes of one output.
            pub const OUTPUT: ::shapewright::private::Dims = <#last_shape as ::shapewright::private::Shape>::DIMS;
            /// How many trainable numbers it has.
            pub const PARAMS: ::shapewright::private::usize = #parameters;
            /// How many multiplications with addition one example takes, forward.
            pub const MACS: ::shapewright::private::usize = #macs;

            /// A model on a device, with its initial values.
            ///
            /// # Errors
            /// If the device fails, mostly for want of memory.
            pub fn build<__D: ::shapewright::private::Backend<::shapewright::private::f32>>(
                __device: &__D,
            ) -> ::shapewright::private::Result<#name<::shapewright::private::f32, __D>> {
                ::shapewright::private::build(__device)
            }

            /// Its layers, their outputs, parameters and costs; printed, it is a table.
            pub fn summary() -> ::shapewright::private::Summary {
                ::shapewright::private::Summary { name: #text, input: Self::INPUT, rows: __ROWS }
            }
        }

        impl ::shapewright::private::Described for #name {
            const CALL: ::shapewright::private::Call = ::shapewright::private::Call::plain(#text);
        }

        impl<__In: ::shapewright::private::Shape> ::shapewright::private::Layer<__In> for #name {
            const INFERRED: ::shapewright::private::Inferred = ::shapewright::private::Inferred::network(
                __In::DIMS,
                Self::INPUT,
                Self::OUTPUT,
                Self::PARAMS,
                Self::MACS,
            );
            type Module<
                __P: ::shapewright::private::Place,
                __E: ::shapewright::private::Dtype,
                __D: ::shapewright::private::Device<__E>,
            > = #name<__E, __D, __P::Training>;
        }
    }
}

/// How it runs: layer by layer.
fn run(name: &Ident, fields: &[Ident]) -> TokenStream {
    let count = fields.len();
    let last = names(count - 1);
    let (first_shape, before_last, last_shape, last_layer) = (names(0).shape, last.shape, last.output, last.layer);
    let last_field = &fields[count - 1];
    let steps = |method: TokenStream, reference: TokenStream| -> TokenStream {
        let steps = fields[..count - 1].iter().enumerate().map(|(index, field)| {
            let Names { shape, output, .. } = names(index);
            quote! {
                let __input = ::shapewright::private::Forward::<#shape, #output, __E, __D>::#method::<__B, __T>(
                    #reference __network.#field,
                    __input,
                )?;
            }
        });
        quote!(#(#steps)*)
    };
    let (eval, train) = (steps(quote!(eval), quote!(&)), steps(quote!(train), quote!(&mut)));
    let all_but_last = |function: TokenStream, network: TokenStream, steps: TokenStream| {
        quote! {
            fn #function<
                __E: ::shapewright::private::Dtype,
                __D: ::shapewright::private::Backend<__E>,
                __B: ::shapewright::private::Dim,
                __T: ::shapewright::private::Tape<__E, __D>,
                __R: ::shapewright::private::Training,
            >(
                __network: #network,
                __input: ::shapewright::private::Activation<#first_shape, __B, __E, __D, __T>,
            ) -> ::shapewright::private::Result<::shapewright::private::Activation<#before_last, __B, __E, __D, __T>> {
                #steps
                ::shapewright::private::Ok(__input)
            }
        }
    };
    let eval = all_but_last(quote!(__eval), quote!(&#name<__E, __D, __R>), eval);
    let train = all_but_last(quote!(__train), quote!(&mut #name<__E, __D, __R>), train);
    let method = |method: TokenStream, receiver: TokenStream, body: TokenStream, reference: TokenStream| {
        quote! {
            fn #method<__B: ::shapewright::private::Dim, __T: ::shapewright::private::Tape<__E, __D>>(
                #receiver,
                __input: ::shapewright::private::Activation<__In, __B, __E, __D, __T>,
            ) -> ::shapewright::private::Result<::shapewright::private::Activation<__Out, __B, __E, __D, __T>> {
                let __input = ::shapewright::private::recast::<__In, #first_shape, __B, __E, __D, __T>(__input)?;
                let __input = #body::<__E, __D, __B, __T, __R>(self, __input)?;
                ::shapewright::private::recast::<#last_shape, __Out, __B, __E, __D, __T>(
                    ::shapewright::private::Forward::<#before_last, #last_shape, __E, __D>::#method::<__B, __T>(
                        #reference self.#last_field,
                        __input,
                    )?,
                )
            }
        }
    };
    let methods = [
        method(quote!(eval), quote!(&self), quote!(__eval), quote!(&)),
        method(quote!(train), quote!(&mut self), quote!(__train), quote!(&mut)),
        method(quote!(eval_logits), quote!(&self), quote!(__eval), quote!(&)),
        method(quote!(train_logits), quote!(&mut self), quote!(__train), quote!(&mut)),
    ];
    quote! {
        #eval
        #train

        impl<__In, __Out, __E, __D, __R> ::shapewright::private::Forward<__In, __Out, __E, __D> for #name<__E, __D, __R>
        where
            __In: ::shapewright::private::Shape,
            __Out: ::shapewright::private::Shape,
            __E: ::shapewright::private::Dtype,
            __D: ::shapewright::private::Backend<__E>,
            __R: ::shapewright::private::Training,
        {
            #(#methods)*
        }

        impl<__E: ::shapewright::private::Dtype, __D: ::shapewright::private::Backend<__E>, __R: ::shapewright::private::Training>
            ::shapewright::private::Network for #name<__E, __D, __R>
        {
            type Input = #first_shape;
            type Output = #last_shape;
            type Dtype = __E;
            type Device = __D;
        }

        impl<__E: ::shapewright::private::Dtype, __D: ::shapewright::private::Device<__E>, __R: ::shapewright::private::Training, __Marker>
            ::shapewright::private::EndsInSoftmax<__Marker> for #name<__E, __D, __R>
        where
            #last_layer: ::shapewright::private::EndsInSoftmax<__Marker>,
        {
        }
    }
}
