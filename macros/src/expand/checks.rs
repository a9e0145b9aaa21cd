//! The constants that stop the compiler where a network is wrong.
//!
//! None is generic, so `cargo check` evaluates each, used or not; there is one for each layer and mistake, so each
//! mistake is an error of its own; and its tokens have the layer's spans, so that is what the error underlines.
//!
//! What depends on a block's parameters or input is reported where the block is used: the block collects its layers'
//! mistakes, each with its place, as a tree.

use super::plan::{List, Node, NodeKind};
use super::structure;
use super::types::{Scope, port_type, tree};
use crate::ast::{Extent, Input, unraw};
use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Visibility;

/// How many mistakes of one layer are reported one by one. A layer with arguments may be a block, one without a network.
const REPORTED: [usize; 2] = [3, 8];

/// The types and constants of a closed network, and its checks.
pub fn closed(network: &str, input: &Input, list: &List<'_>, scope: &Scope<'_>) -> TokenStream {
    let names: Vec<_> = (0..input.ports.len()).map(|number| format_ident!("__Input_{number}")).collect();
    let ports = input.ports.iter().zip(&names).enumerate().map(|(number, (port, name))| {
        let (fits, shape) = (format_ident!("__INPUT_{number}_FITS"), port_type(port));
        let sizes = quote!(<#name as ::shapewright::private::Shape>::DIMS.as_slice());
        let check_input = spanned(&port.extent, &quote!(check_input), sizes);
        quote! {
            type #name = #shape;
            #[allow(dead_code)]
            const #fits: () = #check_input;
        }
    });
    let shape = match names.as_slice() {
        [one] => quote!(#one),
        several => quote!((#(#several),*)),
    };
    let mut tokens = quote! {
        #(#ports)*
        type __Shape_0 = #shape;
    };
    for node in list.all() {
        let (layer, definition) = (node.named("Layer"), scope.definition(node));
        tokens.extend(quote!(type #layer = #definition;));
        tokens.extend(outer_site(node));
        tokens.extend(structure::fed(node, scope));
        for list in node.lists() {
            let (name, inferred) = (format_ident!("__List_{}", list.id), inferred(list, scope));
            tokens.extend(quote! {
                // Part of the type of what is frozen in it, and so of public fields.
                pub struct #name;
                impl ::shapewright::private::Known for #name {
                    const INFERRED: ::shapewright::private::Inferred = #inferred;
                }
            });
        }
    }
    for node in list.all() {
        let (input, output) = (scope.shape(&node.input), &node.output.shape);
        let inferred = node.named("INFERRED");
        let infer = as_layer(node, &scope.layer(node), &input, "INFERRED");
        // A type with a name of its own: that of its sizes would have to be computed before the next layer is looked at.
        tokens.extend(quote! {
            const #inferred: ::shapewright::private::Inferred =
                #infer.behind(&<#input as ::shapewright::private::Shape>::DIMS);
        });
        let origin = quote! {
            #inferred.origin_after(
                &<#input as ::shapewright::private::Shape>::DIMS,
                <#input as ::shapewright::private::Shape>::ORIGIN,
            )
        };
        let learns = quote!(#inferred.learns(<#input as ::shapewright::private::Shape>::LEARNS));
        if let Some(output) = output {
            tokens.extend(scope.shape_type(output, false, &quote!(#inferred.output), &origin, &learns));
        }
        let origin = quote!(<#input as ::shapewright::private::Shape>::ORIGIN);
        tokens.extend(runs(node, scope, &input));
        let Some(reported) = reported(node, scope, Arguments::Here, &quote!(Arguments)) else { continue };
        let called = as_layer(node, &scope.layer(node), &input, "CALLED");
        let (name, site) = (node.named("SITE"), site(network, node, "", &called, &origin));
        tokens.extend(quote!(const #name: ::shapewright::private::Site = #site;));
        let most = match &node.kind {
            NodeKind::Leaf(call) => REPORTED[usize::from(call.all_arguments().next().is_none())],
            _ => 1,
        };
        for which in 0..most {
            let fits = format_ident!("__LAYER_{}_FITS{}", node.id.to_uppercase(), "_".repeat(which));
            let arguments = quote!(&#inferred, #reported, #which, #most, &#name);
            let report = spanned(&node.layer.extent, &quote!(report), arguments);
            tokens.extend(quote!(#[allow(dead_code)] const #fits: () = #report;));
        }
        tokens.extend(keywords(node, &quote!(&#name)));
    }
    tokens
}

/// The check that a network has at most so many outputs, on its last layer.
pub fn outputs(list: &List<'_>, scope: &Scope<'_>, most: usize) -> Option<TokenStream> {
    let last = list.nodes.last()?;
    let inferred = scope.constant(last, "INFERRED");
    let check = spanned(&last.layer.extent, &quote!(report_outputs), quote!(#inferred.output.count(), #most));
    Some(quote!(#[allow(dead_code)] const __OUTPUTS_FIT: () = #check;))
}

/// What a list makes of its input, as a constant expression.
pub fn inferred(list: &List<'_>, scope: &Scope<'_>) -> TokenStream {
    let layers = list.nodes.iter().map(|node| scope.constant(node, "INFERRED"));
    let input = list.nodes.first().map(|first| scope.shape(&first.input));
    // In order: the other way round, each layer would wait for the one before it, deeper and deeper.
    quote! {
        ::shapewright::private::Inferred::list(
            &[#(&#layers),*],
            &<#input as ::shapewright::private::Shape>::DIMS,
            <#input as ::shapewright::private::Shape>::ORIGIN,
        )
    }
}

/// The checks that an open network's layers allow where it is declared: of their arguments.
pub fn open(block: Option<(&str, &Visibility)>, list: &List<'_>, scope: &Scope<'_>) -> TokenStream {
    let network = block.map_or("", |(name, _)| name);
    let mut tokens = TokenStream::new();
    for node in list.all() {
        let (layer, definition) = (node.named("Layer"), scope.definition(node));
        let generics = node.generic.then(|| quote!(<__B>));
        tokens.extend(match (&node.kind, block) {
            (NodeKind::Leaf(_), Some((_, visibility))) => leaf(node, &definition, visibility),
            _ => quote!(type #layer #generics = #definition;),
        });
        tokens.extend(outer_site(node));
    }
    for node in list.all() {
        if matches!(node.kind, NodeKind::Group(_)) {
            continue;
        }
        let (layer, none) = (undecided(node), quote!(::shapewright::private::None));
        let call = quote_spanned! {node.layer.extent.first=> &<#layer as ::shapewright::private::Described>::CALL};
        let (name, site) = (node.named("DECLARED"), site(network, node, "", &call, &none));
        let fits = format_ident!("__LAYER_{}_FITS", node.id.to_uppercase());
        let report = spanned(&node.layer.extent, &quote!(report_arguments), quote!(&#name));
        let keywords = keywords(node, &quote!(&#name));
        tokens.extend(quote! {
            const #name: ::shapewright::private::Site = #site;
            #[allow(dead_code)]
            const #fits: () = #report;
            #keywords
        });
    }
    tokens
}

/// A block's layer as a type of its own: short where rustc writes it, and a layer to all the rest of the block even where
/// the user's type isn't one, so that the mistake is reported once.
fn leaf(node: &Node<'_>, definition: &TokenStream, visibility: &Visibility) -> TokenStream {
    let name = node.named("Layer");
    let (bounds, generics) = match node.generic {
        true => (quote!(__B: ::shapewright::private::Described,), quote!(<__B>)),
        false => (TokenStream::new(), TokenStream::new()),
    };
    let (parameters, field) = match node.generic {
        true => (quote!(<__B>), quote!((::shapewright::private::PhantomData<fn() -> __B>))),
        false => (TokenStream::new(), TokenStream::new()),
    };
    let mut user = node.named("User");
    user.set_span(node.layer.extent.first);
    let layer = quote!(#user #generics);
    let of_layer = |what| as_layer(node, &layer, &quote!(__X), what);
    let (inferred, called) = (of_layer("INFERRED"), of_layer("CALLED"));
    let (structure, module) = (of_layer("STRUCTURE"), of_layer("Module"));
    let call = quote_spanned!(node.layer.extent.first=> <#layer as ::shapewright::private::Described>::CALL);
    let module = quote_spanned! {node.layer.extent.first=>
        type Module<
            __P: ::shapewright::private::Place,
            __E: ::shapewright::private::Dtype,
            __D: ::shapewright::private::Device<__E>,
        > = #module<__P, __E, __D>;
    };
    quote! {
        type #user #parameters = #definition;
        #visibility struct #name #parameters #field;

        impl<#bounds> ::shapewright::private::Described for #name #generics {
            const CALL: ::shapewright::private::Call = #call;
        }

        impl<#bounds __X: ::shapewright::private::Shape> ::shapewright::private::Layer<__X> for #name #generics {
            const INFERRED: ::shapewright::private::Inferred = #inferred;
            const CALLED: &'static ::shapewright::private::Call = #called;
            const STRUCTURE: ::shapewright::private::Structure = #structure;
            #module
        }
    }
}

/// What a block knows of its layers once it is used, as constants of `__Facts`.
pub fn facts(list: &List<'_>, scope: &Scope<'_>) -> TokenStream {
    let mut constants = TokenStream::new();
    for node in list.all() {
        let (layer, input) = (scope.layer(node), scope.shape(&node.input));
        let infer = as_layer(node, &layer, &input, "INFERRED");
        let inferred = node.named("INFERRED");
        constants.extend(quote! {
            const #inferred: ::shapewright::private::Inferred =
                #infer.behind(&<#input as ::shapewright::private::Shape>::DIMS);
        });
        constants.extend(runs(node, scope, &input));
        if let Some(reported) = reported(node, scope, Arguments::WhereDeclared, &quote!(Nothing)) {
            let name = node.named("REPORTED");
            constants.extend(quote!(const #name: ::shapewright::private::Reported = #reported;));
            let called = as_layer(node, &layer, &input, "CALLED");
            let origin = quote!(<#input as ::shapewright::private::Shape>::ORIGIN);
            let (name, site) = (node.named("SITE"), site("", node, &line(node), &called, &origin));
            constants.extend(quote!(const #name: ::shapewright::private::Site = #site;));
        }
    }
    constants
}

/// All mistakes in a block, as a constant expression.
pub fn reports(list: &List<'_>) -> TokenStream {
    let reports: Vec<TokenStream> = list
        .all()
        .into_iter()
        .filter_map(|node| {
            if matches!(node.kind, NodeKind::Group(_)) {
                return None;
            }
            let (site, inferred, reported) = (node.named("SITE"), node.named("INFERRED"), node.named("REPORTED"));
            Some(quote! {
                ::shapewright::private::Report::Within {
                    site: &__Facts::<__B, __In>::#site,
                    layer: &__Facts::<__B, __In>::#inferred,
                    reported: __Facts::<__B, __In>::#reported,
                }
            })
        })
        .collect();
    let both = |first, second| quote!(::shapewright::private::Report::Both(&#first, &#second));
    tree(&reports, &both).unwrap_or_else(|| quote!(::shapewright::private::Report::Fits))
}

/// Which mistakes are reported at a node. None are at a list, whose layers report their own. `arguments` says where wrong arguments are
/// reported, and `idle` what is reported of a layer in a list that doesn't run.
fn reported(node: &Node<'_>, scope: &Scope<'_>, arguments: Arguments, idle: &TokenStream) -> Option<TokenStream> {
    let reported = |reported| quote!(::shapewright::private::Reported::#reported);
    let (all, shapes) = match &node.kind {
        NodeKind::Group(_) => return None,
        NodeKind::Leaf(_) => (reported(quote!(All)), reported(quote!(Shapes))),
        _ => (reported(quote!(Own)), reported(quote!(OwnShapes))),
    };
    let layer = undecided(node);
    let runs = match arguments {
        Arguments::Here => all,
        Arguments::WhereDeclared if node.generic => quote! {
            match <#layer as ::shapewright::private::Described>::CALL.mistake {
                ::shapewright::private::None => #all,
                ::shapewright::private::Some(_) => #shapes,
            }
        },
        Arguments::WhereDeclared => shapes,
    };
    let idle = reported(idle.clone());
    Some(node.conditions.iter().fold(runs, |inner, (id, keyword)| {
        let runs = scope.fact(&format_ident!("__RUNS_{id}"));
        quote!(if #runs[#keyword] { #inner } else { #idle })
    }))
}

/// Where wrong arguments are reported.
enum Arguments {
    /// Where the layer is used.
    Here,
    /// Where it is declared, as far as they are wrong whatever the block's parameters are.
    WhereDeclared,
}

/// Which lists of a layer run, as a constant, for the layers in them.
fn runs(node: &Node<'_>, scope: &Scope<'_>, input: &TokenStream) -> Option<TokenStream> {
    let NodeKind::Branching(..) = &node.kind else { return None };
    let (name, runs) = (node.named("RUNS"), as_layer(node, &scope.layer(node), input, "RUNS"));
    Some(quote!(const #name: [::shapewright::private::bool; ::shapewright::private::MAX_KEYWORDS] = #runs;))
}

/// A layer's type where a block's parameters are not known.
fn undecided(node: &Node<'_>) -> TokenStream {
    let mut name = node.named("Layer");
    name.set_span(node.layer.extent.first);
    if node.generic { quote!(#name<::shapewright::private::Undecided>) } else { quote!(#name) }
}

/// A constant or a type that `Layer` gives a layer behind `shape`, spanned so that "not a layer" is said of it.
pub fn as_layer(node: &Node<'_>, layer: &TokenStream, shape: &TokenStream, what: &str) -> TokenStream {
    let extent = &node.layer.extent;
    let what = Ident::new(what, extent.last);
    quote_spanned!(extent.first=> <#layer as ::shapewright::private::Layer<#shape>>::#what)
}

/// Where a layer that has lists stands, for the layers in them.
fn outer_site(node: &Node<'_>) -> Option<TokenStream> {
    if node.lists().is_empty() {
        return None;
    }
    let name = node.named("OUTER");
    let none = quote!(::shapewright::private::None);
    let site = site("", node, "", &quote!(&::shapewright::private::NO_CALL), &none);
    Some(quote!(const #name: ::shapewright::private::Site = #site;))
}

/// Where a layer stands, as a constant expression.
fn site(network: &str, node: &Node<'_>, line: &str, call: &TokenStream, origin: &TokenStream) -> TokenStream {
    let crate::expand::plan::Site { outer, list, position, name } = &node.site;
    let outer = match outer {
        Some(outer) => {
            let outer = format_ident!("__OUTER_{outer}");
            quote!(::shapewright::private::Some(&#outer))
        }
        None => quote!(::shapewright::private::None),
    };
    let (text, arguments, keywords) = match &node.kind {
        NodeKind::Leaf(call) | NodeKind::Branching(call, _) => {
            let arguments: Vec<_> = call.arguments.iter().map(|argument| argument.text.as_str()).collect();
            let keyword = |(keyword, value): &(Ident, crate::ast::Argument)| (keyword.to_string(), value.text.clone());
            (call.layer(), arguments, call.keywords.iter().map(keyword).collect())
        }
        _ => (node.layer.text(), Vec::new(), Vec::new()),
    };
    let keywords = keywords.iter().map(|(keyword, value)| quote!((#keyword, #value)));
    quote! {
        ::shapewright::private::Site {
            outer: #outer,
            list: #list,
            network: #network,
            position: #position,
            name: #name,
            written: ::shapewright::private::Written::Source {
                layer: #text,
                arguments: &[#(#arguments),*],
                keywords: &[#(#keywords),*],
            },
            line: #line,
            call: #call,
            origin: #origin,
        }
    }
}

/// File and line of a layer, where the compiler tells.
fn line(node: &Node<'_>) -> String {
    if !proc_macro::is_available() {
        return String::new();
    }
    let span = node.layer.extent.first.unwrap();
    let file = span.file();
    let file = file.rsplit(['/', '\\']).next().unwrap_or_default();
    format!("{file}:{}", span.line())
}

/// A check of each keyword's name, on the keyword.
fn keywords(node: &Node<'_>, site: &TokenStream) -> TokenStream {
    let (NodeKind::Leaf(call) | NodeKind::Branching(call, _)) = &node.kind else { return TokenStream::new() };
    let checks = call.keywords.iter().map(|(keyword, _)| {
        let name = keyword.to_string();
        let extent = Extent { first: keyword.span(), last: keyword.span() };
        let check = spanned(&extent, &quote!(report_keyword), quote!(#name, #site));
        let known = format_ident!("__LAYER_{}_HAS_{}", node.id.to_uppercase(), unraw(keyword).to_uppercase());
        quote!(#[allow(dead_code)] const #known: () = #check;)
    });
    quote!(#(#checks)*)
}

/// A call whose error underlines an extent: its first token has the first's span, its parentheses have the last's.
fn spanned(extent: &Extent, function: &TokenStream, arguments: TokenStream) -> TokenStream {
    let path = quote_spanned!(extent.first=> ::shapewright::private::);
    let function: TokenStream = function
        .clone()
        .into_iter()
        .map(|mut token| {
            token.set_span(extent.first);
            token
        })
        .collect();
    let mut group = Group::new(Delimiter::Parenthesis, arguments);
    group.set_span(extent.last);
    quote!(#path #function #group)
}
