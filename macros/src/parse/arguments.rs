//! Arguments: `<1, 8, 3, padding = 1>`.

use super::{list, named};
use crate::ast::{Argument, ArgumentKind};
use crate::word;
use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprBlock, Ident, Lit, Result, Stmt, Token, bracketed, token};

pub(super) type Arguments = (Vec<Argument>, Vec<(Ident, Argument)>, Span);

/// `<1, 8, 3, padding = 1>`, and its last token.
pub(super) fn arguments(input: ParseStream<'_>) -> Result<Arguments> {
    let open: Token![<] = input.parse()?;
    let (mut arguments, mut keywords): (Vec<_>, Vec<(Ident, Argument)>) = Default::default();
    while !input.is_empty() && !input.peek(Token![>]) {
        if input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
            let keyword = Ident::parse_any(input)?;
            let message = format!("expected `=` behind the argument's name: write `{keyword} = …`");
            return Err(Error::new(keyword.span(), message));
        }
        if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
            // A keyword of Rust, such as `else`, is reported like any other unknown argument name.
            let keyword = Ident::parse_any(input)?;
            input.parse::<Token![=]>()?;
            keywords.push((keyword, argument(input)?));
        } else {
            let argument = argument(input)?;
            if let Some((keyword, _)) = keywords.last() {
                return Err(Error::new(
                    argument.span,
                    format!("an argument by position comes before those by name, of which `{keyword}` is one"),
                ));
            }
            arguments.push(argument);
        }
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        } else if is_operator(input) {
            return Err(input.error("an expression stands in braces, as in `{ 2 * HIDDEN }`"));
        } else if !input.peek(Token![>]) {
            break;
        }
    }
    let last = close(input, open.span, "the arguments")?;
    Ok((arguments, keywords, last))
}

pub(super) fn argument(input: ParseStream<'_>) -> Result<Argument> {
    let span = input.span();
    if input.peek(Token![..]) {
        input.parse::<Token![..]>()?;
        return Ok(Argument { kind: ArgumentKind::Infer, text: "..".into(), span, last: span });
    }
    if input.peek(token::Paren) {
        let content;
        let last = syn::parenthesized!(content in input).span.close();
        let sizes = Vec::from_iter(content.parse_terminated(argument, Token![,])?);
        let count = sizes.len();
        let Ok([first, second]) = <[Argument; 2]>::try_from(sizes) else {
            let message = format!("expected two numbers, `(height, width)`, but received {count}");
            return Err(Error::new(span, message));
        };
        let text = format!("({}, {})", first.text, second.text);
        return Ok(Argument { kind: ArgumentKind::Pair(Box::new(first), Box::new(second)), text, span, last });
    }
    if input.peek(token::Bracket) {
        let layers;
        let last = bracketed!(layers in input).span.close();
        let kind = ArgumentKind::Layers(list(&layers)?);
        return Ok(Argument { kind, text: "[…]".into(), span, last });
    }
    if input.peek(token::Brace) {
        let block: ExprBlock = input.parse()?;
        let text = text_of(&block);
        let last = block.block.brace_token.span.close();
        let value = match block.block.stmts.as_slice() {
            [Stmt::Expr(Expr::Lit(number), None)] if number.attrs.is_empty() => {
                let kind = number_or_flag(&number.lit, false, span)?;
                return Ok(Argument { kind, text, span, last });
            }
            // The compiler would report its braces as unnecessary.
            [Stmt::Expr(expression, None)] => expression.to_token_stream(),
            _ => block.into_token_stream(),
        };
        return Ok(Argument { kind: ArgumentKind::Constant(value), text, span, last });
    }
    if input.peek(Token![_]) {
        return Err(input.error("for a size that follows from the input write `..`"));
    }
    if input.peek(Lit) || input.peek(Token![-]) {
        return literal(input, span);
    }
    if input.peek(Ident)
        || input.peek(Token![::])
        || input.peek(Token![crate])
        || input.peek(Token![self])
        || input.peek(Token![super])
    {
        let path = named(input)?;
        let text = text_of(&path);
        let last = path.segments.last().map_or(span, |segment| segment.ident.span());
        let kind = match (path.segments.last(), path.get_ident()) {
            (Some(name), word) if word::is_word(&name.ident.to_string()) => match word {
                Some(word) => match word::too_long(&word.to_string()) {
                    Some(message) => return Err(Error::new(span, message)),
                    None => ArgumentKind::Word(word.clone()),
                },
                None => ArgumentKind::Type(path),
            },
            _ => ArgumentKind::Constant(path.into_token_stream()),
        };
        return Ok(Argument { kind, text, span, last });
    }
    Err(input.error("expected a number, a constant, `..`, `{ expression }`, `(height, width)` or `name = value`"))
}

/// Whether the token after an argument makes it a longer expression.
fn is_operator(input: ParseStream<'_>) -> bool {
    input.peek(Token![+])
        || input.peek(Token![-])
        || input.peek(Token![*])
        || input.peek(Token![/])
        || input.peek(Token![%])
        || input.peek(Token![.])
        || input.peek(Token![as])
        || input.peek(token::Paren)
}

fn literal(input: ParseStream<'_>, span: Span) -> Result<Argument> {
    let minus = input.parse::<Option<Token![-]>>()?.is_some();
    let literal: Lit = input.parse()?;
    let text = format!("{}{}", if minus { "-" } else { "" }, literal.to_token_stream());
    let kind = number_or_flag(&literal, minus, span)?;
    Ok(Argument { kind, text, span, last: literal.span() })
}

/// A literal as an argument.
fn number_or_flag(literal: &Lit, minus: bool, span: Span) -> Result<ArgumentKind> {
    let sign = if minus { -1.0 } else { 1.0 };
    Ok(match literal {
        Lit::Int(number) if !minus => ArgumentKind::Integer(
            number.base10_parse().map_err(|_| Error::new(span, format!("a size is at most {}", u64::MAX)))?,
        ),
        Lit::Int(number) => ArgumentKind::Float(sign * number.base10_parse::<f64>()?),
        Lit::Float(number) => ArgumentKind::Float(sign * number.base10_parse::<f64>()?),
        Lit::Bool(flag) if !minus => ArgumentKind::Bool(flag.value),
        _ => {
            return Err(Error::new(
                span,
                "expected a number, a constant, `true`, `false` or a word such as `Same`, without quotes",
            ));
        }
    })
}

/// The `>` that closes a list.
pub(super) fn close(input: ParseStream<'_>, open: Span, list: &str) -> Result<Span> {
    if input.peek(Token![>]) {
        return Ok(input.parse::<Token![>]>()?.span);
    }
    if input.is_empty() {
        return Err(Error::new(open, format!("this `<` has no `>`: {list} must end in one")));
    }
    Err(input.error(format!("expected `,` or `>` in {list}")))
}

pub(super) fn end(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() { Ok(()) } else { Err(input.error("expected the end of the network here")) }
}

/// The user's own text, on one line.
fn text_of(tokens: &(impl ToTokens + Spanned)) -> String {
    let text = tokens.span().source_text().unwrap_or_else(|| tokens.to_token_stream().to_string());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
