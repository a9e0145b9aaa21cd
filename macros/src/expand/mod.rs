//! Generating Rust code from a declaration.
//!
//! Generated code refers to `::shapewright::private` only, so that names in the user's scope can't conflict with it.
//! Its own names begin with two underscores.

mod block;
mod checks;
mod collection;
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

/// Expands a declaration that has passed all checks.
pub fn expand(declaration: &Declaration) -> TokenStream {
    match declaration {
        Declaration::Type(network) => position::expand(network),
        Declaration::Item(item) => match &item.network.input {
            Some(input) => item::expand(item, input),
            None => block::expand(item),
        },
    }
}

/// The maximum number of fields that dfdx's visitors take at once.
const FIELDS: usize = 6;

/// Tuples of at most six elements, nested if there are more.
pub fn nested<T: quote::ToTokens>(things: &[T]) -> TokenStream {
    if things.len() <= FIELDS {
        return quote!((#(#things,)*));
    }
    let size = things.len().div_ceil(FIELDS);
    let groups = things.chunks(size).map(nested);
    quote!((#(#groups,)*))
}
