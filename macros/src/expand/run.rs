//! How a record runs: layer by layer, and list beside list.

use super::plan::{List, Node, NodeKind};
use super::record::{Field, Record, segment};
use proc_macro2::TokenStream;
use quote::quote;

impl<'a> Record<'a> {
    /// How it runs: layer by layer. Where it ends in logits, so does its last layer, if that is one or a list.
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
        let (before, last_steps) = (self.steps(before, fields), self.steps(last, fields));
        let logits = match last {
            [Node { kind: NodeKind::Leaf(_) | NodeKind::Group(_), .. }] => quote!(__logits),
            _ => quote!(false),
        };
        quote! {
            impl<__X: ::shapewright::private::Shape, #bounds> ::shapewright::private::Forward<__X, __E, __D> for #name<#generics> {
                #[inline(never)]
                fn run(
                    &self,
                    __input: ::shapewright::private::Passed<__E, __D>,
                    __context: &mut ::shapewright::private::Context<__E, __D>,
                ) -> ::shapewright::private::Result<::shapewright::private::Passed<__E, __D>> {
                    let __logits = __context.set_logits(false);
                    #before
                    __context.set_logits(#logits);
                    #last_steps
                    __context.set_logits(__logits);
                    ::shapewright::private::Ok(__input)
                }
            }
        }
    }

    /// Takes `__input` through nodes.
    fn steps(&self, nodes: &[Node<'a>], fields: &[Field<'a>]) -> TokenStream {
        let steps = nodes.iter().map(|node| {
            if let NodeKind::Branching(_, lists) = &node.kind {
                return self.branches(node, lists, fields);
            }
            let Some(field) = fields.iter().find(|field| field.node.id == node.id) else { return TokenStream::new() };
            let (name, input, text) = (&field.name, self.scope.shape(&node.input), self.text(node));
            let module = match field.conditions.is_empty() {
                true => quote!(&self.#name),
                false => quote!(::shapewright::private::built(&self.#name)),
            };
            let segment = segment(node);
            quote! {
                let __module = #module;
                let __input = __context.layer::<#input>(#segment, &#text, __module, __input)?;
            }
        });
        quote!(#(#steps)*)
    }

    /// What messages call a layer that runs.
    fn text(&self, node: &Node<'a>) -> String {
        let (site, network) = (&node.site, self.network.as_str());
        let name = if site.name.is_empty() { String::new() } else { format!("{}: ", site.name) };
        // In the list of another layer a position says nothing without that one's.
        let position = if site.outer.is_none() { format!(" {}", site.position) } else { String::new() };
        format!("layer{position} `{name}{}` of `{network}`", node.layer.text())
    }

    /// Takes `__input` through lists beside each other, and joins their outputs.
    fn branches(&self, node: &Node<'a>, lists: &[List<'a>], fields: &[Field<'a>]) -> TokenStream {
        let (layer, shape, text) = (self.scope.layer(node), self.scope.shape(&node.input), self.text(node));
        let runs = lists.iter().map(|list| {
            let steps = self.steps(&list.nodes, fields);
            let run = quote! {
                for __input in __outputs.inputs() {
                    #steps
                    __outputs.push(__input);
                }
            };
            match list.keyword {
                None => run,
                Some(keyword) => {
                    let runs = self.runs(&[(node, keyword)]);
                    quote!(if #runs { #run })
                }
            }
        });
        quote! {
            let __input = {
                let mut __outputs = ::shapewright::private::Outputs::of::<#layer, #shape>(__input, __context);
                #(#runs)*
                __outputs.join::<#layer, #shape>(&#text, __context)?
            };
        }
    }
}
