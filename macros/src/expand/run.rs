//! How a record runs: layer by layer, and list beside list.

use super::plan::{List, Node, NodeKind};
use super::record::{Field, Record, segment};
use proc_macro2::TokenStream;
use quote::quote;

impl<'a> Record<'a> {
    /// How it runs: a list of steps, which the library takes one after the other. If it is to end in logits, so does its last layer,
    /// if that is a single one or a list.
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
        let steps = self.steps(&self.list.nodes, fields);
        let last = self.list.nodes.last();
        let logits = last.is_some_and(|last| matches!(last.kind, NodeKind::Leaf(_) | NodeKind::Group(_)));
        quote! {
            impl<__X: ::shapewright::private::Shape, #bounds> ::shapewright::private::Forward<__X, __E, __D> for #name<#generics> {
                #[inline(never)]
                fn run(
                    &self,
                    __input: ::shapewright::private::Passed<__E, __D>,
                    __context: &mut ::shapewright::private::Context<__E, __D>,
                ) -> ::shapewright::private::Result<::shapewright::private::Passed<__E, __D>> {
                    __context.layers(__input, &[#steps], #logits, <__X as ::shapewright::private::Shape>::LEARNS)
                }
            }
        }
    }

    /// The steps of some nodes.
    fn steps(&self, nodes: &[Node<'a>], fields: &[Field<'a>]) -> TokenStream {
        let steps = nodes.iter().filter_map(|node| {
            let (segment, text, run) = match &node.kind {
                // Its lists have names of their own, and it is called by its name when they have run.
                NodeKind::Branching(_, lists) => {
                    (quote!(::shapewright::private::Segment::None), String::new(), self.branches(node, lists, fields))
                }
                _ => {
                    let field = fields.iter().find(|field| field.node.id == node.id)?;
                    let (name, input) = (&field.name, self.scope.shape(&node.input));
                    let module = match field.conditions.is_empty() {
                        true => quote!(&self.#name),
                        false => quote!(::shapewright::private::built(&self.#name)),
                    };
                    let run = quote! {
                        ::shapewright::private::Forward::<#input, __E, __D>::run(#module, __input, __context)
                    };
                    (segment(node), self.text(node), run)
                }
            };
            Some(quote! {
                ::shapewright::private::Step {
                    segment: #segment,
                    layer: #text,
                    run: &|__input, __context| #run,
                }
            })
        });
        quote!(#(#steps),*)
    }

    /// The name of a layer that runs, for messages.
    fn text(&self, node: &Node<'a>) -> String {
        let (site, network) = (&node.site, self.network.as_str());
        let name = if site.name.is_empty() { String::new() } else { format!("{}: ", site.name) };
        // In the list of another layer, a position says nothing without the position of that layer.
        let position = if site.outer.is_none() { format!(" {}", site.position) } else { String::new() };
        format!("layer{position} `{name}{}` of `{network}`", node.layer.text())
    }

    /// Runs lists on `__input`, and joins their outputs.
    fn branches(&self, node: &Node<'a>, lists: &[List<'a>], fields: &[Field<'a>]) -> TokenStream {
        let (layer, shape, text) = (self.scope.layer(node), self.scope.shape(&node.input), self.text(node));
        let runs = lists.iter().map(|list| {
            let steps = self.steps(&list.nodes, fields);
            let run = quote!(__outputs.run(&[#steps], __context)?;);
            match list.keyword {
                None => run,
                Some(keyword) => {
                    let runs = self.runs(&[(node, keyword)]);
                    quote!(if #runs { #run })
                }
            }
        });
        quote! {{
            let mut __outputs = ::shapewright::private::Outputs::of::<#layer, #shape>(__input, __context);
            #(#runs)*
            __outputs.join::<#layer, #shape>(&#text, __context)
        }}
    }
}
