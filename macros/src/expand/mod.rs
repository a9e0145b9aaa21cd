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
mod structure;
mod types;

use crate::ast::Declaration;
use proc_macro2::TokenStream;
use quote::quote;

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

/// How many fields dfdx's visitors take at once.
const FIELDS: usize = 6;

/// Tuples of at most six, in tuples of at most six.
pub fn nested<T: quote::ToTokens>(things: &[T]) -> TokenStream {
    if things.len() <= FIELDS {
        return quote!((#(#things,)*));
    }
    let size = things.len().div_ceil(FIELDS);
    let groups = things.chunks(size).map(nested);
    quote!((#(#groups,)*))
}
