//! The macros of shapewright, `network!`, `#[layer]` and `#[derive(Module)]`, which re-exports and documents them.
//!
//! Tokens in, tokens out: `parse` makes a declaration (`ast`) of them, `check` finds what is wrong with its form,
//! `expand` writes types and constants. No layer is known by name: shapes are the library's matter, at the
//! compiler's next stage.

mod ast;
mod attribute;
mod check;
mod expand;
mod fallback;
mod module;
mod once;
mod parse;
mod word;

use ast::Declaration;
use proc_macro2::TokenStream;

/// Declares a network whose shapes the compiler checks. See `shapewright` for all that it takes.
#[proc_macro]
pub fn network(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expansion(tokens.into()).into()
}

/// Declares the parameters of a layer. See `shapewright::layer` for all that it takes.
#[proc_macro_attribute]
pub fn layer(attribute: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    attribute::expand(attribute.into(), item.into()).into()
}

/// Lets dfdx walk over the tensors of a layer's module. See `shapewright::layer` for all that it takes.
#[proc_macro_derive(Module, attributes(parameter, buffer, scalar, module))]
pub fn module(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    module::expand(item.into()).into()
}

/// Compiles a function that is generic in the type of elements in the library alone, which is what it is for.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn once(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    once::expand(item.into()).into()
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
