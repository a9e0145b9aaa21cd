//! What a record holds: the walks over its parameters, this library's and dfdx's.

use super::nested;
use super::plan::{Node, Segment};
use super::record::{Field, Record};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

impl<'a> Record<'a> {
    /// The walks over the parameters: this library's, and dfdx's.
    pub fn collection(&self, fields: &[Field<'a>]) -> TokenStream {
        let (bounds, generics) = self.generics();
        let (_, open) = self.open_generics();
        let name = &self.name;
        let names: Vec<&Ident> = fields.iter().map(|field| &field.name).collect();
        let own = self.own_collection(fields);
        let visits: Vec<_> = fields
            .iter()
            .map(|field| {
                let name = &field.name;
                let segment = name_part(field.node);
                if field.conditions.is_empty() {
                    return quote!(Self::module(#segment, |__network| &__network.#name, |__network| &mut __network.#name));
                }
                let runs = self.runs(&field.conditions);
                quote! {
                    if #runs {
                        ::shapewright::private::vec![Self::module(
                            #segment,
                            |__network| ::shapewright::private::built(&__network.#name),
                            |__network| ::shapewright::private::built_mut(&mut __network.#name),
                        )]
                    } else {
                        ::shapewright::private::Vec::new()
                    }
                }
            })
            .collect();
        let made = fields.iter().map(|field| {
            let name = &field.name;
            if field.conditions.is_empty() {
                quote!(#name)
            } else {
                quote!(#name: ::shapewright::private::first(#name))
            }
        });
        let (visits, pattern) = (nested(&visits), nested(&names));
        quote! {
            #own

            impl<#bounds> ::shapewright::private::TensorCollection<__E, __D> for #name<#generics> {
                type To<__E2: ::shapewright::private::Dtype, __D2: ::shapewright::private::Device<__E2>> =
                    #name<#open __E2, __D2, __R>;

                // Inlined into each other, networks would be single functions, which the compiler takes minutes for.
                #[inline(never)]
                fn iter_tensors<__V: ::shapewright::private::ModuleVisitor<Self, __E, __D>>(
                    __visitor: &mut __V,
                ) -> ::shapewright::private::StdResult<::shapewright::private::Option<Self::To<__V::E2, __V::D2>>, __V::Err> {
                    __visitor.visit_fields(#visits, |#pattern| #name { #(#made),* })
                }
            }
        }
    }

    fn own_collection(&self, fields: &[Field<'a>]) -> TokenStream {
        let (bounds, generics) = self.generics();
        let name = &self.name;
        let new = fields.iter().map(|field| {
            let name = &field.name;
            let module = quote!(::shapewright::private::Parameters::try_new(__device)?);
            if field.conditions.is_empty() {
                return quote!(#name: #module);
            }
            let runs = self.runs(&field.conditions);
            quote! {
                #name: if #runs { ::shapewright::private::Some(#module) } else { ::shapewright::private::None }
            }
        });
        let steps = |reference: &TokenStream| {
            let steps = fields.iter().map(|field| {
                let (name, segment) = (&field.name, name_part(field.node));
                if field.conditions.is_empty() {
                    return quote!(__walk.module(#segment, #reference self.#name););
                }
                quote! {
                    if let ::shapewright::private::Some(__module) = #reference self.#name {
                        __walk.module(#segment, __module);
                    }
                }
            });
            quote!(#(#steps)*)
        };
        let (walk, walk_mut) = (steps(&quote!(&)), steps(&quote!(&mut)));
        quote! {
            // Inlined into each other, networks would be single functions, which the compiler takes minutes for.
            impl<#bounds> ::shapewright::private::Parameters<__E, __D> for #name<#generics> {
                #[inline(never)]
                fn try_new(__device: &__D) -> ::shapewright::private::StdResult<Self, __D::Err> {
                    ::shapewright::private::StdResult::Ok(#name { #(#new),* })
                }

                #[inline(never)]
                fn walk(
                    &self,
                    __walk: &mut ::shapewright::private::Walk<'_, __E, __D>,
                ) {
                    #walk
                }

                #[inline(never)]
                fn walk_mut(
                    &mut self,
                    __walk: &mut ::shapewright::private::WalkMut<'_, __E, __D>,
                ) {
                    #walk_mut
                }
            }
        }
    }
}

/// What a layer adds to the names of its parameters.
fn name_part(node: &Node<'_>) -> String {
    match &node.segment {
        Segment::Transparent => String::new(),
        Segment::Index(index) => index.to_string(),
        Segment::Name(name) => name.clone(),
    }
}
