//! Parsing tokens into a declaration: the grammar.

mod arguments;

use crate::ast::{
    Argument, Call, Declaration, Extent, Input, Item, Layer, LayerKind, Network, Parameter, ParameterKind, Port,
};
use arguments::{argument, arguments, close, end};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, Path, Result, Token, Visibility, braced, bracketed, token};

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        if input.peek(Token![struct]) {
            return Ok(Declaration::Item(item(attributes, visibility, input)?));
        }
        if let Some(attribute) = attributes.first() {
            return Err(Error::new(
                attribute.span(),
                "attributes belong to a `struct`: write `network! { #[…] struct Name: Input<…> { … } }`",
            ));
        }
        if !matches!(visibility, Visibility::Inherited) {
            return Err(input.error("expected `struct`, as in `pub struct Name: Input<…> { layers }`"));
        }
        let network = if input.peek(Token![<]) {
            let open: Token![<] = input.parse()?;
            let network = network(input)?;
            close(input, open.span, "the list of layers")?;
            network
        } else {
            network(input)?
        };
        if input.peek(Token![>]) {
            return Err(input.error("this `>` has no `<`"));
        }
        end(input)?;
        Ok(Declaration::Type(network))
    }
}

fn item(attributes: Vec<Attribute>, visibility: Visibility, input: ParseStream<'_>) -> Result<Item> {
    input.parse::<Token![struct]>()?;
    let name: Ident = input.parse()?;
    let parameters = if input.peek(Token![<]) { parameters(input)? } else { Vec::new() };
    let network_input = if input.peek(Token![:]) {
        input.parse::<Token![:]>()?;
        let (path, first) = path(input)?;
        if !path.is_ident("Input") {
            return Err(Error::new(first, "expected `Input<…>`, the sizes of one example"));
        }
        Some(inputs(input, first)?)
    } else {
        None
    };
    if input.is_empty() {
        let message = format!("expected its layers: write `struct {name}: Input<…> {{ layers }}`");
        return Err(Error::new(name.span(), message));
    }
    if !input.peek(token::Brace) {
        return Err(input.error("expected the layers in `{ … }`"));
    }
    let layers;
    braced!(layers in input);
    let network = network(&layers)?;
    end(&layers)?;
    if !input.is_empty() {
        return Err(input.error("`network!` declares one network: for another write another `network! { … }`"));
    }
    if let Some(second) = &network.input {
        return Err(Error::new(
            second.extent.first,
            format!("a struct's input stands before the layers: write `struct {name}: Input<…> {{ … }}`"),
        ));
    }
    Ok(Item {
        attributes,
        visibility,
        name,
        parameters,
        network: Network { input: network_input, layers: network.layers },
    })
}

/// `<const C: usize, const STRIDE: usize = 1>`.
fn parameters(input: ParseStream<'_>) -> Result<Vec<Parameter>> {
    let open: Token![<] = input.parse()?;
    let mut parameters = Vec::new();
    while !input.is_empty() && !input.peek(Token![>]) {
        if !input.peek(Token![const]) {
            return Err(input.error("expected `const NAME: usize`: a block's parameters are constants"));
        }
        input.parse::<Token![const]>()?;
        let name: Ident = input.parse()?;
        if !input.peek(Token![:]) {
            return Err(Error::new(name.span(), format!("expected a parameter's type: write `const {name}: usize`")));
        }
        input.parse::<Token![:]>()?;
        let kind: Ident = input.parse()?;
        let kind = match kind.to_string().as_str() {
            "usize" => ParameterKind::Count,
            "f64" => ParameterKind::Float,
            "bool" => ParameterKind::Flag,
            _ => return Err(Error::new(kind.span(), "a block's parameter is a `usize`, an `f64` or a `bool`")),
        };
        let default = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Some(argument(input)?)
        } else {
            None
        };
        parameters.push(Parameter { name, kind, default });
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        } else if !input.peek(Token![>]) {
            break;
        }
    }
    close(input, open.span, "the parameters")?;
    Ok(parameters)
}

/// A list of layers, optionally with an `Input` first.
fn network(input: ParseStream<'_>) -> Result<Network> {
    let mut network = Network { input: None, layers: Vec::new() };
    while !input.is_empty() && !input.peek(Token![>]) {
        if input.peek(Ident) && !input.peek2(Token![:]) || input.peek2(Token![::]) {
            let ahead = input.fork();
            let (path, first) = path(&ahead)?;
            if path.is_ident("Input") {
                self::path(input)?;
                if network.input.is_some() {
                    return Err(Error::new(first, "a network has one `Input`"));
                }
                if !network.layers.is_empty() {
                    return Err(Error::new(first, "`Input` comes first: it says what the first layer receives"));
                }
                network.input = Some(inputs(input, first)?);
                separator(input)?;
                continue;
            }
        }
        network.layers.push(layer(input)?);
        separator(input)?;
    }
    Ok(network)
}

/// The layers of a list `[…]`.
fn list(input: ParseStream<'_>) -> Result<Vec<Layer>> {
    let mut layers = Vec::new();
    while !input.is_empty() {
        layers.push(layer(input)?);
        separator(input)?;
    }
    Ok(layers)
}

/// The `,` after a layer, unless the list ends.
fn separator(input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
    } else if !input.is_empty() && !input.peek(Token![>]) {
        return Err(input.error("expected `,` between two layers"));
    }
    Ok(())
}

/// `_:`, if it is there.
fn merged(input: ParseStream<'_>) -> Result<bool> {
    let merged = input.peek(Token![_]) && input.peek2(Token![:]) && !input.peek2(Token![::]);
    if merged {
        input.parse::<Token![_]>()?;
        input.parse::<Token![:]>()?;
    }
    Ok(merged)
}

/// `conv1:`, if it is there.
fn name(input: ParseStream<'_>) -> Result<Option<Ident>> {
    if input.peek(Ident) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        return Ok(Some(name));
    }
    Ok(None)
}

/// A path without arguments, and its first token.
fn path(input: ParseStream<'_>) -> Result<(Path, Span)> {
    if !input.peek(Ident)
        && !input.peek(Token![::])
        && !input.peek(Token![crate])
        && !input.peek(Token![self])
        && !input.peek(Token![super])
    {
        if input.peek(Ident::peek_any) && input.peek2(Token![:]) {
            let name = Ident::parse_any(input)?;
            let message = format!("`{name}` is a word of Rust's own: write `r#{name}: …`");
            return Err(Error::new(name.span(), message));
        }
        return Err(input.error("expected a layer, such as `Linear<.., 10>`"));
    }
    let ahead = input.fork();
    if let (Ok(name), Ok(_), true) = (ahead.parse::<Ident>(), ahead.parse::<Token![::]>(), ahead.peek(Token![<])) {
        return Err(Error::new(name.span(), format!("arguments follow without `::`: write `{name}<…>`")));
    }
    let first = input.span();
    Ok((named(input)?, first))
}

/// A path without arguments that ends in a name: `crate::SIZE`, but not `crate`.
fn named(input: ParseStream<'_>) -> Result<Path> {
    let path = Path::parse_mod_style(input)?;
    match path.segments.last() {
        Some(last) if ["crate", "self", "super", "Self"].iter().any(|keyword| last.ident == keyword) => {
            Err(Error::new(last.ident.span(), format!("`{}` is no name: a path ends in one", last.ident)))
        }
        _ => Ok(path),
    }
}

/// What stands behind `Input`: sizes, and further inputs.
fn inputs(input: ParseStream<'_>, first: Span) -> Result<Input> {
    let mut ports = vec![port(input, first)?];
    while input.peek(Token![+]) {
        let plus: Token![+] = input.parse()?;
        if !input.peek(Ident) {
            return Err(Error::new(plus.span, "expected another input behind `+`: `Input<…> + Input<…>`"));
        }
        let (path, first) = path(input)?;
        if !path.is_ident("Input") {
            return Err(Error::new(first, "expected another input behind `+`: `Input<…> + Input<…>`"));
        }
        ports.push(port(input, first)?);
    }
    let last = ports.last().map_or(first, |port| port.extent.last);
    Ok(Input { extent: Extent { first, last }, ports })
}

/// `<1, 28, 28>` or `<[usize; 16]>`, behind `Input`.
fn port(input: ParseStream<'_>, first: Span) -> Result<Port> {
    if !input.peek(Token![<]) {
        return Err(Error::new(
            first,
            "`Input` needs the sizes of one example: `Input<channels, height, width>`, `Input<features>`",
        ));
    }
    if input.peek2(token::Bracket) {
        let open: Token![<] = input.parse()?;
        let array;
        bracketed!(array in input);
        let sizes = vec![length(&array).map_err(|_| {
            let help = "sizes stand in `<…>` alone: write `Input<channels, height, width>`, and `Input<[usize; 16]>` for indices";
            Error::new(first, help)
        })?];
        let last = input.span();
        close(input, open.span, "the sizes")?;
        return Ok(Port { extent: Extent { first, last }, sizes, indices: true });
    }
    let (sizes, keywords, last) = arguments(input)?;
    if let Some((keyword, _)) = keywords.first() {
        return Err(Error::new(keyword.span(), "`Input` takes sizes only"));
    }
    Ok(Port { extent: Extent { first, last }, sizes, indices: false })
}

/// `usize; 16`
fn length(array: ParseStream<'_>) -> Result<Argument> {
    let of: Ident = array.parse()?;
    if of != "usize" {
        return Err(Error::new(of.span(), "indices are `usize`"));
    }
    array.parse::<Token![;]>()?;
    let size = argument(array)?;
    if array.is_empty() { Ok(size) } else { Err(array.error("expected `]`")) }
}

/// `conv1: Conv2d<…>` or `[a, b]`, either of them possibly with `* COUNT`.
fn layer(input: ParseStream<'_>) -> Result<Layer> {
    let merged = merged(input)?;
    let name = name(input)?;
    let (kind, mut extent) = if input.peek(token::Bracket) {
        let layers;
        let brackets = bracketed!(layers in input);
        let extent = Extent { first: brackets.span.open(), last: brackets.span.close() };
        (LayerKind::List(list(&layers)?), extent)
    } else {
        let (path, first) = path(input)?;
        if path.is_ident("Input") {
            return Err(match name {
                Some(name) => Error::new(name.span(), "`Input` has no parameters, so it takes no name"),
                None if merged => Error::new(first, "`Input` has no parameters, so it takes no name"),
                None => Error::new(first, "`Input` stands before a network's layers, not in a list of them"),
            });
        }
        let (call, last) = call(path, first, input)?;
        (LayerKind::Call(call), Extent { first, last })
    };
    if !input.peek(Token![*]) {
        return Ok(Layer { name, merged, kind, repeat: None, extent, brackets: true });
    }
    let star: Token![*] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) || input.peek(Token![>]) {
        return Err(Error::new(star.span, "expected a number or a constant behind `*`: how often"));
    }
    let count = argument(input)?;
    let brackets = matches!(kind, LayerKind::List(_));
    let kind = match kind {
        // `Linear<.., 8> * 3` is `[Linear<.., 8>] * 3`.
        LayerKind::Call(_) => {
            let repeated = Layer { name: None, merged: false, kind, repeat: None, extent, brackets: true };
            LayerKind::List(vec![repeated])
        }
        list => list,
    };
    extent.last = count.last;
    Ok(Layer { name, merged, kind, repeat: Some(count), extent, brackets })
}

/// The arguments after a layer's path, and the last token.
fn call(path: Path, first: Span, input: ParseStream<'_>) -> Result<(Call, Span)> {
    let (arguments, keywords, last) = if input.peek(Token![<]) {
        arguments(input)?
    } else {
        (Vec::new(), Vec::new(), path.segments.last().map_or(first, |segment| segment.ident.span()))
    };
    if input.peek(token::Paren) {
        let name = path.segments.last().map_or_else(String::new, |segment| segment.ident.to_string());
        return Err(input.error(format!("arguments stand in `<…>`: write `{name}<…>`, or `{name}` without any")));
    }
    if input.peek(Token![!]) {
        return Err(input.error("for a network inside of this one, write `type Block = network!(…);` and here `Block`"));
    }
    Ok((Call { path, arguments, keywords }, last))
}
