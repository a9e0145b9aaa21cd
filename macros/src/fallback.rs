//! What to expand to when a declaration is wrong: its errors, and as little else as keeps the rest of the program from
//! complaining about what is missing.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{Error, Ident};

/// The errors: as a type in type position, and beside a type of that name for a `struct`.
pub fn after(error: &Error, tokens: &TokenStream) -> TokenStream {
    let errors: Vec<_> = error.clone().into_iter().map(|error| error.to_compile_error()).collect();
    let mut tokens = tokens.clone().into_iter();
    if tokens.any(|token| matches!(&token, TokenTree::Ident(word) if word == "struct")) {
        let name = tokens.next().and_then(|token| syn::parse2::<Ident>(token.into()).ok());
        let name = name.map(|name| quote!(#[allow(dead_code)] pub struct #name;));
        return quote!(#(#errors)* #name);
    }
    match errors.as_slice() {
        [one] => one.clone(),
        several => quote!((#(#several),*)),
    }
}
