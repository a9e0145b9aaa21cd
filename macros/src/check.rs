//! Checks of a declaration's syntax tree, which report all mistakes at once.

use crate::ast::{
    Argument, ArgumentKind, Call, Declaration, Input, Item, Layer, LayerKind, Network, Parameter, ParameterKind, Port,
    unraw,
};
use proc_macro2::{Ident, Span};
use std::collections::HashMap;
use syn::{Attribute, Error, Result};

/// The maximum number of positional and of keyword arguments of a layer, and of parameters of a block.
const MOST: usize = 8;

/// The maximum number of dimensions of an example.
const MAX_RANK: usize = 5;

/// The maximum number of inputs of a network.
const MAX_INPUTS: usize = 4;

/// Checks a declaration, and returns all errors.
pub fn check(declaration: &Declaration) -> Result<()> {
    let mut errors = Errors(None);
    match declaration {
        Declaration::Type(network) => {
            refuse_names(&network.layers, &mut errors);
            check_network(network, Span::call_site(), &mut errors);
        }
        Declaration::Item(item) => {
            check_attributes(&item.attributes, &mut errors);
            check_parameters(item, &mut errors);
            check_names(&item.network.layers, &mut errors);
            check_network(&item.network, item.name.span(), &mut errors);
            check_itself(&item.name, &item.network.layers, &mut errors);
        }
    }
    errors.0.map_or(Ok(()), Err)
}

/// A list of errors.
struct Errors(Option<Error>);

impl Errors {
    fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }
}

fn check_network(network: &Network, name: Span, errors: &mut Errors) {
    if network.layers.is_empty() {
        let span = network.input.as_ref().map_or(name, |input| input.extent.first);
        errors.push(Error::new(span, "a network has at least one layer, such as `Linear<.., 10>`"));
    }
    if let Some(input) = &network.input {
        check_input(input, errors);
    }
    check_layers(&network.layers, errors);
}

/// A network that contains itself would be infinite.
fn check_itself(name: &Ident, layers: &[Layer], errors: &mut Errors) {
    for layer in layers {
        match &layer.kind {
            LayerKind::Call(call) if call.path.is_ident(name) => {
                errors.push(Error::new(layer.extent.first, format!("`{name}` contains itself, and so has no end")));
            }
            LayerKind::List(layers) => check_itself(name, layers, errors),
            LayerKind::Call(_) => {}
        }
        for layers in layer.lists() {
            check_itself(name, layers, errors);
        }
    }
}

fn check_layers(layers: &[Layer], errors: &mut Errors) {
    for layer in layers {
        match &layer.kind {
            LayerKind::Call(call) => {
                check_keywords(layer, call, errors);
                for argument in call.all_arguments() {
                    check_argument(argument, errors);
                }
            }
            LayerKind::List(layers) => check_list(layers, layer.extent.first, errors),
        }
        if let Some(count) = &layer.repeat
            && !matches!(count.kind, ArgumentKind::Integer(_) | ArgumentKind::Constant(_))
        {
            errors.push(Error::new(count.span, "expected a number or a constant behind `*`: how often"));
        }
    }
}

fn check_list(layers: &[Layer], span: Span, errors: &mut Errors) {
    if layers.is_empty() {
        errors.push(Error::new(span, "a list has at least one layer, such as `[Linear<.., 10>]`"));
    }
    check_layers(layers, errors);
}

/// Checks the parameters of a block.
fn check_parameters(item: &Item, errors: &mut Errors) {
    if let (Some(_), Some(parameter)) = (&item.network.input, item.parameters.first()) {
        errors.push(Error::new(
            parameter.name.span(),
            format!(
                "a network with an `Input` has no parameters, as all of its sizes are known: leave out `: Input<…>`, and \
                 close it where it is used, `network!(Input<…>, {}<…>)`",
                item.name
            ),
        ));
    }
    let mut seen = HashMap::new();
    for Parameter { name, kind, default } in &item.parameters {
        if seen.insert(unraw(name), ()).is_some() {
            errors.push(Error::new(name.span(), format!("`{name}` is declared twice")));
        }
        let Some(default) = default else { continue };
        let (fits, expected) = match kind {
            ParameterKind::Count => (matches!(default.kind, ArgumentKind::Integer(_)), "a whole number"),
            ParameterKind::Float => {
                (matches!(default.kind, ArgumentKind::Integer(_) | ArgumentKind::Float(_)), "a number such as `0.5`")
            }
            ParameterKind::Flag => (matches!(default.kind, ArgumentKind::Bool(_)), "`true` or `false`"),
        };
        if !fits && !matches!(default.kind, ArgumentKind::Constant(_)) {
            let message = format!("expected {expected}, or a constant, as the default of `{name}`");
            errors.push(Error::new(default.span, message));
        }
    }
    let optional = item.parameters.iter().position(|parameter| parameter.default.is_some());
    if let Some(required) = optional.and_then(|at| item.parameters[at..].iter().find(|after| after.default.is_none())) {
        errors.push(Error::new(
            required.name.span(),
            format!("`{}` has no default, so it comes before those that have one", required.name),
        ));
    }
    if item.parameters.len() > MOST {
        errors.push(Error::new(item.name.span(), format!("a block has at most {MOST} parameters")));
    }
}

/// A network in type position has no fields, so its layers have no names.
fn refuse_names(layers: &[Layer], errors: &mut Errors) {
    for layer in layers {
        if let Some(name) = &layer.name {
            errors.push(Error::new(
                name.span(),
                format!("a name becomes a field, and a type has none: write `struct Name: Input<…> {{ {name}: … }}`"),
            ));
        }
        if let LayerKind::List(layers) = &layer.kind {
            refuse_names(layers, errors);
        }
        for layers in layer.lists() {
            refuse_names(layers, errors);
        }
    }
}

fn check_input(input: &Input, errors: &mut Errors) {
    if let Some(ninth) = input.ports.get(MAX_INPUTS) {
        let message = format!("a network has at most {MAX_INPUTS} inputs, but this one has {}", input.ports.len());
        errors.push(Error::new(ninth.extent.first, message));
    }
    for port in &input.ports {
        check_port(port, errors);
    }
}

fn check_port(port: &Port, errors: &mut Errors) {
    if port.sizes.len() > MAX_RANK {
        let count = port.sizes.len();
        errors.push(Error::new(
            port.extent.first,
            format!(
                "an example has at most {MAX_RANK} dimensions, but `Input` has {count}; the batch is not among them"
            ),
        ));
    }
    for size in &port.sizes {
        match size.kind {
            ArgumentKind::Integer(_) | ArgumentKind::Constant(_) => {}
            ArgumentKind::Infer => {
                errors.push(Error::new(size.span, "`..` follows from the input, so it can't stand in `Input` itself"));
            }
            _ => errors.push(Error::new(size.span, "expected a size: a number or a constant")),
        }
    }
}

/// Traits that `network!` implements can't be derived again.
fn check_attributes(attributes: &[Attribute], errors: &mut Errors) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        // If it isn't a list of paths, the compiler reports it.
        let _ = attribute.parse_nested_meta(|derived| {
            if let Some(name) = derived.path.get_ident().filter(|name| *name == "Clone" || *name == "Debug") {
                errors.push(Error::new(name.span(), format!("a network implements `{name}` already: leave it out")));
            }
            Ok(())
        });
    }
}

/// The names in a list become fields of one struct, including those in the lists of `Residual` and similar layers.
fn check_names(layers: &[Layer], errors: &mut Errors) {
    check_fields(layers, &mut HashMap::new(), errors);
}

fn check_fields(layers: &[Layer], seen: &mut HashMap<String, String>, errors: &mut Errors) {
    for (index, layer) in layers.iter().enumerate() {
        if let Some(name) = &layer.name {
            let place = format!("layer {} `{}`", index + 1, layer.text());
            if layer.is_transparent() {
                let message = format!("`{}` has no field: give names to the layers in its lists", layer.text());
                errors.push(Error::new(name.span(), message));
            } else if let Some(first) = seen.insert(unraw(name), place) {
                errors.push(Error::new(
                    name.span(),
                    format!("{first} is named `{name}` too; names are fields, so each is used once"),
                ));
            }
        }
        for layers in layer.lists() {
            check_fields(layers, seen, errors);
        }
        if let LayerKind::List(layers) = &layer.kind {
            check_names(layers, errors);
        }
    }
}

fn check_keywords(layer: &Layer, call: &Call, errors: &mut Errors) {
    let mut seen = HashMap::new();
    for (keyword, _) in &call.keywords {
        if seen.insert(keyword.to_string(), ()).is_some() {
            errors.push(Error::new(keyword.span(), format!("`{keyword}` is given twice")));
        }
    }
    if call.arguments.len() > MOST || call.keywords.len() > MOST {
        errors.push(Error::new(
            layer.extent.first,
            format!("a layer takes at most {MOST} arguments by position and {MOST} by name"),
        ));
    }
}

fn check_argument(argument: &Argument, errors: &mut Errors) {
    if let ArgumentKind::Layers(layers) = &argument.kind {
        check_list(layers, argument.span, errors);
    }
    if let ArgumentKind::Pair(first, second) = &argument.kind {
        for size in [first, second] {
            if !matches!(size.kind, ArgumentKind::Integer(_) | ArgumentKind::Constant(_)) {
                errors.push(Error::new(size.span, "expected a number or a constant in `(height, width)`"));
            }
        }
    }
}
