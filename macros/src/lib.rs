//! The macros of shapewright: `network!`, `#[layer]` and `#[derive(Module)]`. shapewright re-exports and documents
//! them.
//!
//! `parse` parses tokens into a declaration (`ast`), `check` checks its form, and `expand` generates types and
//! constants. The macros know no layer by name: the library checks shapes in the next stage, when the compiler
//! evaluates these constants.

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

/// Declares a network whose shapes the compiler checks. See `shapewright` for the syntax.
#[proc_macro]
pub fn network(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expansion(tokens.into()).into()
}

/// Declares the parameters of a layer. See `shapewright::layer` for the syntax.
#[proc_macro_attribute]
pub fn layer(attribute: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    attribute::expand(attribute.into(), item.into()).into()
}

/// Implements the walks of this library and of dfdx for the tensors of a layer's module. See `shapewright::layer` for
/// the syntax.
#[proc_macro_derive(Module, attributes(parameter, buffer, scalar, module))]
pub fn module(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    module::expand(item.into()).into()
}

/// Compiles a function that is generic in the element type only in the library, for `f32` and `f64`. For internal use.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn once(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    once::expand(item.into()).into()
}

/// The whole macro, on tokens that also exist outside the compiler.
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
