//! How a record runs: layer by layer, and list beside list.

use super::checks::as_layer;
use super::plan::{List, Node, NodeKind};
use super::record::{Field, Record};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

impl<'a> Record<'a> {
    /// How it runs: layer by layer.
    pub fn run(&self, fields: &[Field<'a>]) -> TokenStream {
        let (_, generics) = self.generics();
        let (open_bounds, _) = self.open_generics();
        let name = &self.name;
        let bounds = quote! {
            #open_bounds
            __E: ::shapewright::private::Dtype,
            __D: ::shapewright::private::Backend<__E>,
            __R: ::shapewright::private::Training,
        };
        let (before, last) = self.list.nodes.split_at(self.list.nodes.len().saturating_sub(1));
        let head = |function: TokenStream, method: &Ident, reference: TokenStream| {
            let steps = self.steps(before, &[], fields, method, &reference);
            quote! {
                #[inline(never)]
                fn #function<__T: ::shapewright::private::Tape<__E, __D>>(
                    __network: #reference Self,
                    __input: ::shapewright::private::Activation<__E, __D, __T>,
                ) -> ::shapewright::private::Result<::shapewright::private::Activation<__E, __D, __T>> {
                    #steps
                    ::shapewright::private::Ok(__input)
                }
            }
        };
        let heads = [
            head(quote!(__eval), &format_ident!("eval"), quote!(&)),
            head(quote!(__train), &format_ident!("train"), quote!(&mut)),
        ];
        let method = |method: &str, head: TokenStream, reference: TokenStream, plain: &str| {
            let method = format_ident!("{method}");
            let plain = format_ident!("{plain}");
            let last = match last {
                [node] if !matches!(node.kind, NodeKind::Leaf(_) | NodeKind::Group(_)) => {
                    self.steps(last, &[], fields, &plain, &reference)
                }
                _ => self.steps(last, &[], fields, &method, &reference),
            };
            quote! {
                #[inline(never)]
                fn #method<__T: ::shapewright::private::Tape<__E, __D>>(
                    #reference self,
                    __input: ::shapewright::private::Activation<__E, __D, __T>,
                ) -> ::shapewright::private::Result<::shapewright::private::Activation<__E, __D, __T>> {
                    let __input = Self::#head(self, __input)?;
                    let __network = self;
                    #last
                    ::shapewright::private::Ok(__input)
                }
            }
        };
        let methods = [
            method("eval", quote!(__eval), quote!(&), "eval"),
            method("train", quote!(__train), quote!(&mut), "train"),
            method("eval_logits", quote!(__eval), quote!(&), "eval"),
            method("train_logits", quote!(__train), quote!(&mut), "train"),
        ];
        quote! {
            impl<#bounds> #name<#generics> {
                #(#heads)*
            }

            impl<__X: ::shapewright::private::Shape, #bounds> ::shapewright::private::Forward<__X, __E, __D> for #name<#generics> {
                #(#methods)*
            }
        }
    }

    /// Takes `__input` through nodes, which stand in the lists of the layers `around`.
    fn steps(
        &self,
        nodes: &[Node<'a>],
        around: &[&Node<'a>],
        fields: &[Field<'a>],
        method: &Ident,
        reference: &TokenStream,
    ) -> TokenStream {
        let steps = nodes.iter().map(|node| {
            let input = self.scope.shape(&node.input);
            let enter = self.enter(node, method, &quote!(__input));
            if let NodeKind::Branching(_, lists) = &node.kind {
                let branches = self.branches(node, lists, around, fields, method, reference);
                return quote!(#enter #branches);
            }
            let Some(field) = fields.iter().find(|field| field.node.id == node.id) else { return TokenStream::new() };
            let name = &field.name;
            let module = match (field.conditions.is_empty(), reference.to_string().contains("mut")) {
                (true, _) => quote!(#reference __network.#name),
                (false, false) => quote!(::shapewright::private::built(&__network.#name)),
                (false, true) => quote!(::shapewright::private::built_mut(&mut __network.#name)),
            };
            if around.is_empty() {
                return quote! {
                    #enter
                    let __input =
                        ::shapewright::private::Forward::<#input, __E, __D>::#method::<__T>(#module, __input)?;
                };
            }
            let training = self.training(around);
            quote!(#enter let __input = ::shapewright::private::#method::<#training, #input, __E, __D, __T, _>(#module, __input)?;)
        });
        quote!(#(#steps)*)
    }

    /// Says which layer receives its input, in evaluation, which is what plans are made of.
    fn enter(&self, node: &Node<'a>, method: &Ident, input: &TokenStream) -> Option<TokenStream> {
        let (site, network) = (&node.site, self.network.as_str());
        let name = if site.name.is_empty() { String::new() } else { format!("{}: ", site.name) };
        // In the list of another layer a position says nothing without that one's.
        let position = if site.outer.is_none() { format!(" {}", site.position) } else { String::new() };
        let layer = format!("layer{position} `{name}{}` of `{network}`", node.layer.text());
        (method == "eval").then(|| quote!(::shapewright::private::enter(#layer, &#input);))
    }

    /// Takes `__input` through lists beside each other, and joins their outputs.
    fn branches(
        &self,
        node: &Node<'a>,
        lists: &[List<'a>],
        around: &[&Node<'a>],
        fields: &[Field<'a>],
        method: &Ident,
        reference: &TokenStream,
    ) -> TokenStream {
        let (layer, shape) = (self.scope.layer(node), self.scope.shape(&node.input));
        let join = match around {
            [] => as_layer(node, &layer, &shape, "join"),
            around => {
                let training = self.training(around);
                quote!(::shapewright::private::join::<#training, #layer, #shape, __E, __D, __T>)
            }
        };
        // Behind its lists it is the layer itself that runs.
        let enter = self.enter(node, method, &quote!(__kept));
        let around = [around, &[node]].concat();
        let runs = lists.iter().map(|list| {
            let steps = self.steps(&list.nodes, &around, fields, method, reference);
            let run = quote!(__outputs.and(&__kept, |__input| { #steps ::shapewright::private::Ok(__input) })?);
            match list.keyword {
                None => quote!(let __outputs = #run;),
                Some(keyword) => {
                    let runs = self.runs(&[(node, keyword)]);
                    quote!(let __outputs = if #runs { #run } else { __outputs };)
                }
            }
        });
        quote! {
            let (__kept, __outputs) = ::shapewright::private::Outputs::of(__input);
            #(#runs)*
            #enter
            let __input = #join(
                __kept,
                __outputs.list,
                __outputs.tape,
            )?;
        }
    }
}
