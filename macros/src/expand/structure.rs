//! The structure of a network, for summaries and other traversals of its layers.

use super::checks::as_layer;
use super::plan::{List, Node, NodeKind};
use super::record::segment;
use super::types::Scope;
use proc_macro2::TokenStream;
use quote::quote;

/// The structure of a list, as a constant expression. A `bare` list is a single layer whose segment is the index of a
/// repetition.
pub fn structure(list: &List<'_>, scope: &Scope<'_>, bare: bool) -> TokenStream {
    let parts = list.nodes.iter().map(|node| {
        let segment = if bare { quote!(::shapewright::private::Segment::None) } else { segment(node) };
        let (layer, input) = (scope.layer(node), scope.shape(&node.input));
        // A layer that depends on a block's parameters is shown with their values.
        let text =
            if node.generic && matches!(node.kind, NodeKind::Leaf(_)) { String::new() } else { node.layer.text() };
        let inferred = scope.constant(node, "INFERRED");
        let inside = match &node.kind {
            NodeKind::Leaf(_) => as_layer(node, &layer, &input, "STRUCTURE"),
            NodeKind::Group(list) => structure(list, scope, false),
            NodeKind::Repeat(list, _) => {
                let inside = structure(list, scope, list.single().is_some());
                quote!(::shapewright::private::Structure::Repeated(&#inside, <#layer>::COUNT))
            }
            NodeKind::Branching(call, lists) => {
                let of = |keyword| lists.iter().filter(move |list| list.keyword == keyword);
                let positional = of(None).map(|list| structure(list, scope, false));
                let runs = as_layer(node, &layer, &input, "RUNS");
                let keywords = (0..call.keywords.len()).map(|keyword| match of(Some(keyword)).next() {
                    Some(list) => structure(list, scope, false),
                    None => quote!(::shapewright::private::Structure::Layer),
                });
                quote! {
                    ::shapewright::private::Structure::Both(
                        &::shapewright::private::Structure::Lists(&[#(&#positional),*]),
                        &::shapewright::private::Structure::Chosen(
                            &[#(&#keywords),*],
                            #runs,
                        ),
                    )
                }
            }
        };
        let called = as_layer(node, &layer, &input, "CALLED");
        quote! {
            ::shapewright::private::StructurePart {
                segment: #segment,
                layer: #text,
                call: #called,
                inferred: &#inferred,
                inside: &#inside,
            }
        }
    });
    quote!(::shapewright::private::Structure::Parts(&[#(#parts),*]))
}

/// What the lists of a layer receive, each as a shape with a name of its own.
pub fn fed(node: &Node<'_>, scope: &Scope<'_>) -> Option<TokenStream> {
    let NodeKind::Branching(_, lists) = &node.kind else { return None };
    let (layer, input) = (scope.layer(node), scope.shape(&node.input));
    let how = as_layer(node, &layer, &input, "FED");
    let shapes = lists.iter().enumerate().filter_map(|(index, list)| {
        let place = &list.nodes.first()?.input;
        let name = place.shape.as_ref()?;
        let dims = quote!(<#input as ::shapewright::private::Shape>::DIMS.fed(#how, #index));
        let origin = quote! {
            match #how {
                ::shapewright::private::Fed::Input => <#input as ::shapewright::private::Shape>::ORIGIN,
                _ => ::shapewright::private::None,
            }
        };
        let learns = quote!(<#input as ::shapewright::private::Shape>::LEARNS);
        Some(scope.shape_type(name, place.generic, &dims, &origin, &learns))
    });
    Some(quote!(#(#shapes)*))
}
