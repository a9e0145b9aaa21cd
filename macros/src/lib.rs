//! The `network!` macro of shapewright, which re-exports and documents it.
//!
//! Tokens in, tokens out: `parse` makes a declaration (`ast`) of them, `check` finds what is wrong with its form,
//! `expand` writes types and constants. No layer is known by name: shapes are the library's matter, at the
//! compiler's next stage.

mod ast;
mod check;
mod expand;
mod fallback;
mod parse;

use ast::Declaration;
use proc_macro2::TokenStream;

/// Declares a network whose shapes the compiler checks. See `shapewright` for all that it takes.
#[proc_macro]
pub fn network(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expansion(tokens.into()).into()
}

/// The whole macro, on tokens that exist outside of the compiler too.
fn expansion(tokens: TokenStream) -> TokenStream {
    match syn::parse2::<Declaration>(tokens.clone()) {
        Err(error) => fallback::after(&error, &tokens),
        Ok(declaration) => match check::check(&declaration) {
            Err(error) => fallback::after(&error, &tokens),
            Ok(()) => expand::expand(&declaration),
        },
    }
}

#[cfg(test)]
mod tests;
