//! A `struct` with a field for each layer of a list, and how it runs.
//!
//! A closed network is one, so is a block's module, and so is each list in them that stands for itself (`features: […]`).

use super::checks::as_layer;
use super::plan::{List, Node, NodeKind, Segment};
use super::types::Scope;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Visibility;
use syn::ext::IdentExt;

/// A `struct` to be written.
pub struct Record<'a> {
    /// Its name.
    pub name: Ident,
    /// The network, or the block, that it is a part of.
    pub network: String,
    /// The name of what leads to its fields' types.
    pub parts: &'a Ident,
    /// What its types depend on.
    pub scope: &'a Scope<'a>,
    /// Who sees its named fields.
    pub visibility: &'a Visibility,
    /// Its layers.
    pub list: &'a List<'a>,
    /// What the positions of its parts begin with.
    pub first_part: usize,
}

/// A field of a record: a layer, or a list that stands for itself.
pub struct Field<'a> {
    /// The layer.
    pub node: &'a Node<'a>,
    /// Its name.
    pub name: Ident,
    /// The layers made of lists in whose lists it stands, from the outermost.
    pub around: Vec<&'a Node<'a>>,
    /// Those of these lists that are optional: the layers that take them, each with the number of the keyword.
    pub conditions: Vec<(&'a Node<'a>, usize)>,
}

impl<'a> Record<'a> {
    /// Its fields in braces; what it implements, and the records of the lists in it; and how many parts there are so far.
    pub fn expand(&self) -> (TokenStream, TokenStream, usize) {
        let fields = self.fields();
        let parts = self.parts_type();
        let mut next = self.first_part;
        let (mut implemented, mut declared) = (TokenStream::new(), Vec::new());
        for Field { node, name, around, conditions } in &fields {
            let index = next;
            let (ty, records, used) = self.field_type(node, &self.training(around), index + 1);
            next = used;
            let ty = if conditions.is_empty() { ty } else { quote!(::shapewright::private::Option<#ty>) };
            let span = node.layer.extent.first;
            let part = self.part(index, &ty, span);
            implemented.extend(quote!(#records #part));
            let doc = format!("Layer {}, `{}`.", node.position + 1, node.layer.text());
            let visibility = node.layer.name.as_ref().map(|_| self.visibility);
            let ty = quote_spanned!(span=> ::shapewright::private::Part<#parts, #index, __E, __D, __R>);
            declared.push(quote! {
                #[doc = #doc]
                #visibility #name: #ty
            });
        }
        implemented.extend(self.collection(&fields));
        implemented.extend(self.merged(&fields));
        implemented.extend(self.clone_and_debug(&fields));
        implemented.extend(self.run(&fields));
        (quote!({ #(#declared,)* }), implemented, next)
    }

    /// The record as a `struct` that nobody names.
    fn hidden(&self) -> (TokenStream, usize) {
        let (bounds, _) = self.generics();
        let (fields, inner, next) = self.expand();
        let name = &self.name;
        let tokens = quote! {
            #[doc(hidden)]
            #[allow(non_camel_case_types)]
            pub struct #name<#bounds> #fields

            #inner
        };
        (tokens, next)
    }

    /// The generic parameters, with and without their bounds.
    pub fn generics(&self) -> (TokenStream, TokenStream) {
        let bounds = quote! {
            __E: ::shapewright::private::Dtype,
            __D: ::shapewright::private::Device<__E>,
            __R: ::shapewright::private::Training,
        };
        if self.scope.open {
            let open = quote!(__B: ::shapewright::private::Described, __In: ::shapewright::private::Shape,);
            (quote!(#open #bounds), quote!(__B, __In, __E, __D, __R))
        } else {
            (bounds, quote!(__E, __D, __R))
        }
    }

    /// Those of them that only a block has.
    pub fn open_generics(&self) -> (TokenStream, TokenStream) {
        match self.scope.open {
            true => (
                quote!(__B: ::shapewright::private::Described, __In: ::shapewright::private::Shape,),
                quote!(__B, __In,),
            ),
            false => (TokenStream::new(), TokenStream::new()),
        }
    }

    fn parts_type(&self) -> TokenStream {
        let parts = self.parts;
        if self.scope.open { quote!(#parts<__B, __In>) } else { quote!(#parts) }
    }

    fn fields(&self) -> Vec<Field<'a>> {
        let mut fields = Vec::new();
        collect(self.list, &[], &[], &mut fields);
        fields
    }

    /// Whether parameters in the lists of these layers train, as a type.
    pub fn training(&self, around: &[&Node<'a>]) -> TokenStream {
        around.iter().fold(quote!(__R), |outer, node| {
            let (layer, input) = (self.scope.layer(node), self.scope.shape(&node.input));
            quote!(::shapewright::private::Inside<#layer, #input, #outer>)
        })
    }

    /// What stands at `_:` lends its fields, if there is one.
    fn merged(&self, fields: &[Field<'a>]) -> Option<TokenStream> {
        let mut merged = fields.iter().filter(|field| field.node.layer.merged && field.conditions.is_empty());
        let (Some(Field { node, name: field, around, .. }), None) = (merged.next(), merged.next()) else { return None };
        // Not by way of the parts, which are private.
        let (target, _, _) = self.field_type(node, &self.training(around), 0);
        let (bounds, generics) = self.generics();
        let name = &self.name;
        Some(quote! {
            impl<#bounds> ::shapewright::private::Deref for #name<#generics> {
                type Target = #target;

                fn deref(&self) -> &Self::Target {
                    &self.#field
                }
            }

            impl<#bounds> ::shapewright::private::DerefMut for #name<#generics> {
                fn deref_mut(&mut self) -> &mut Self::Target {
                    &mut self.#field
                }
            }
        })
    }

    /// The type at part `index`.
    fn part(&self, index: usize, ty: &TokenStream, span: Span) -> TokenStream {
        let (bounds, _) = self.open_generics();
        let parts = self.parts_type();
        quote_spanned! {span=>
            impl<#bounds> ::shapewright::private::Parts<#index> for #parts {
                type Module<
                    __E: ::shapewright::private::Dtype,
                    __D: ::shapewright::private::Device<__E>,
                    __R: ::shapewright::private::Training,
                > = #ty;
            }
        }
    }

    /// The type of what stands at a node, and the records that it needs.
    fn field_type(&self, node: &Node<'a>, training: &TokenStream, next: usize) -> (TokenStream, TokenStream, usize) {
        match &node.kind {
            NodeKind::Leaf(_) | NodeKind::Branching(..) => (self.module(node, training), TokenStream::new(), next),
            NodeKind::Group(list) => self.record(node, list, training, next),
            NodeKind::Repeat(list, times) => {
                let (unit, records, next) = match list.single() {
                    Some(single) => (self.module(single, training), TokenStream::new(), next),
                    None => self.record(node, list, training, next),
                };
                let times = self.scope.argument(times, false);
                (quote!(::shapewright::private::Repeated<#times, #unit>), records, next)
            }
        }
    }

    fn record(
        &self,
        node: &Node<'a>,
        list: &List<'a>,
        training: &TokenStream,
        next: usize,
    ) -> (TokenStream, TokenStream, usize) {
        let record = Record {
            name: format_ident!("{}_{}", self.name, node.id),
            network: self.network.clone(),
            parts: self.parts,
            scope: self.scope,
            visibility: self.visibility,
            list,
            first_part: next,
        };
        let (tokens, next) = record.hidden();
        let (name, (_, open)) = (&record.name, record.open_generics());
        (quote!(#name<#open __E, __D, #training>), tokens, next)
    }

    /// A layer's module, typed with the sizes that it has there.
    fn module(&self, node: &Node<'a>, training: &TokenStream) -> TokenStream {
        let (layer, input) = (self.scope.layer(node), self.scope.shape(&node.input));
        let module = as_layer(node, &layer, &input, "Module");
        let place = if self.scope.open {
            quote_spanned!(node.layer.extent.first=> ::shapewright::private::Lazy<#layer, #input, #training>)
        } else {
            let inferred = self.scope.constant(node, "INFERRED");
            let sizes = 0..5_usize;
            quote!(::shapewright::private::Fixed<#({ #inferred.sizes[#sizes] },)* #training>)
        };
        quote_spanned!(node.layer.extent.first=> #module<#place, __E, __D>)
    }

    /// Whether the lists that a field stands in run.
    pub fn runs(&self, conditions: &[(&Node<'a>, usize)]) -> TokenStream {
        let runs = conditions.iter().map(|(node, keyword)| {
            let (layer, input) = (self.scope.layer(node), self.scope.shape(&node.input));
            let runs = as_layer(node, &layer, &input, "RUNS");
            quote!(#runs[#keyword])
        });
        quote!(#(#runs)&&*)
    }

    fn clone_and_debug(&self, fields: &[Field<'a>]) -> TokenStream {
        let (bounds, generics) = self.generics();
        let name = &self.name;
        let text = name.unraw().to_string();
        let fields: Vec<&Ident> = fields.iter().map(|field| &field.name).collect();
        let labels = fields.iter().map(|field| field.unraw().to_string());
        quote! {
            impl<#bounds> ::shapewright::private::Clone for #name<#generics> {
                fn clone(&self) -> Self {
                    #name { #(#fields: ::shapewright::private::Clone::clone(&self.#fields)),* }
                }
            }

            impl<#bounds> ::shapewright::private::Debug for #name<#generics> {
                fn fmt(
                    &self,
                    __formatter: &mut ::shapewright::private::Formatter<'_>,
                ) -> ::shapewright::private::StdResult<(), ::shapewright::private::FormatError> {
                    __formatter.debug_struct(#text)#(.field(#labels, &self.#fields))*.finish()
                }
            }
        }
    }
}

/// What a layer adds to the names of its parameters, as the library has it.
pub fn segment(node: &Node<'_>) -> TokenStream {
    let segment = match &node.segment {
        Segment::Transparent => quote!(None),
        Segment::Index(index) => quote!(Index(#index)),
        Segment::Name(name) => quote!(Name(#name)),
    };
    quote!(::shapewright::private::Segment::#segment)
}

/// The fields for the layers of a list; layers that are made of lists stand for those.
fn collect<'a>(
    list: &'a List<'a>,
    around: &[&'a Node<'a>],
    conditions: &[(&'a Node<'a>, usize)],
    fields: &mut Vec<Field<'a>>,
) {
    for node in &list.nodes {
        if let NodeKind::Branching(_, lists) = &node.kind {
            let around = [around, &[node]].concat();
            for list in lists {
                let mut conditions = conditions.to_vec();
                conditions.extend(list.keyword.map(|keyword| (node, keyword)));
                collect(list, &around, &conditions, fields);
            }
            continue;
        }
        let number = fields.len() + 1;
        let name = node.layer.name.clone().unwrap_or_else(|| format_ident!("__layer{number}"));
        fields.push(Field { node, name, around: around.to_vec(), conditions: conditions.to_vec() });
    }
}
