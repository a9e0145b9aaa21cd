//! From a declaration to Rust.
//!
//! Generated code names `::shapewright::private` alone, so that nothing a user has in scope gets in its way, and its own
//! names begin in two underscores.

mod block;
mod checks;
mod item;
mod plan;
mod position;
mod record;
mod run;
mod types;

use crate::ast::Declaration;
use proc_macro2::TokenStream;

/// Writes a declaration, which has passed all checks of its form.
pub fn expand(declaration: &Declaration) -> TokenStream {
    match declaration {
        Declaration::Type(network) => position::expand(network),
        Declaration::Item(item) => match &item.network.input {
            Some(input) => item::expand(item, input),
            None => block::expand(item),
        },
    }
}
