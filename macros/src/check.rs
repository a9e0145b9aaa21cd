//! What is wrong with a declaration's form, all of it at once.

use crate::ast::{Argument, ArgumentKind, Declaration, Input, Layer, Network, unraw};
use std::collections::HashMap;
use syn::{Attribute, Error, Result};

/// How many dimensions one example can have.
const MAX_RANK: usize = 5;

/// Accepts a declaration, or says all that is wrong with it.
pub fn check(declaration: &Declaration) -> Result<()> {
    let mut errors = Errors(None);
    match declaration {
        Declaration::Type(network) => {
            for name in network.layers.iter().filter_map(|layer| layer.name.as_ref()) {
                errors.push(Error::new(
                    name.span(),
                    format!(
                        "a name becomes a field, and a type has none: write `struct Name: Input<…> {{ {name}: … }}`"
                    ),
                ));
            }
            check_network(network, &mut errors);
        }
        Declaration::Item(item) => {
            if item.network.layers.is_empty() {
                errors.push(Error::new(item.name.span(), format!("network `{}` has no layers", item.name)));
            }
            check_attributes(&item.attributes, &mut errors);
            check_names(&item.network.layers, &mut errors);
            check_network(&item.network, &mut errors);
        }
    }
    errors.0.map_or(Ok(()), Err)
}

/// Errors, one after the other.
struct Errors(Option<Error>);

impl Errors {
    fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }
}

fn check_network(network: &Network, errors: &mut Errors) {
    if network.layers.is_empty() {
        let span = network.input.as_ref().map_or_else(proc_macro2::Span::call_site, |input| input.extent.first);
        errors.push(Error::new(span, "a network has at least one layer, such as `Linear<.., 10>`"));
    }
    if let Some(input) = &network.input {
        check_input(input, errors);
    }
    for layer in &network.layers {
        check_keywords(layer, errors);
        for argument in layer.arguments.iter().chain(layer.keywords.iter().map(|(_, value)| value)) {
            check_argument(argument, errors);
        }
    }
}

fn check_input(input: &Input, errors: &mut Errors) {
    if input.sizes.len() > MAX_RANK {
        let count = input.sizes.len();
        errors.push(Error::new(
            input.extent.first,
            format!(
                "an example has at most {MAX_RANK} dimensions, but `Input` has {count}; the batch is not among them"
            ),
        ));
    }
    for size in &input.sizes {
        match size.kind {
            ArgumentKind::Integer(_) | ArgumentKind::Constant(_) => {}
            ArgumentKind::Infer => {
                errors.push(Error::new(size.span, "`..` follows from the input, so it can't stand in `Input` itself"));
            }
            _ => errors.push(Error::new(size.span, "expected a size: a number or a constant")),
        }
    }
}

/// What `network!` implements can't be derived again.
fn check_attributes(attributes: &[Attribute], errors: &mut Errors) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        // What isn't a list of paths is for the compiler to complain about.
        let _ = attribute.parse_nested_meta(|derived| {
            if let Some(name) = derived.path.get_ident().filter(|name| *name == "Clone" || *name == "Debug") {
                errors.push(Error::new(name.span(), format!("a network implements `{name}` already: leave it out")));
            }
            Ok(())
        });
    }
}

fn check_names(layers: &[Layer], errors: &mut Errors) {
    let mut seen = HashMap::new();
    for (index, layer) in layers.iter().enumerate() {
        let Some(name) = &layer.name else { continue };
        if let Some(first) = seen.insert(unraw(name), index + 1) {
            errors.push(Error::new(
                name.span(),
                format!("layer {first} is named `{name}` too; names are fields, so each is used once"),
            ));
        }
    }
}

fn check_keywords(layer: &Layer, errors: &mut Errors) {
    let mut seen = HashMap::new();
    for (keyword, _) in &layer.keywords {
        if seen.insert(keyword.to_string(), ()).is_some() {
            errors.push(Error::new(keyword.span(), format!("`{keyword}` is given twice")));
        }
    }
    let most = 8;
    if layer.arguments.len() > most || layer.keywords.len() > most {
        errors.push(Error::new(
            layer.extent.first,
            format!("a layer takes at most {most} arguments by position and {most} by name"),
        ));
    }
}

fn check_argument(argument: &Argument, errors: &mut Errors) {
    if let ArgumentKind::Pair(first, second) = &argument.kind {
        for size in [first, second] {
            if !matches!(size.kind, ArgumentKind::Integer(_) | ArgumentKind::Constant(_)) {
                errors.push(Error::new(size.span, "expected a number or a constant in `(height, width)`"));
            }
        }
    }
}
