//! The expansion of a wrong declaration: its errors, and a stand-in for the network, so that the code that uses the
//! network causes no further errors.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{Error, Ident};

/// The errors: inside a type in type position, or next to a type with the network's name for a `struct`.
pub fn after(error: &Error, tokens: &TokenStream) -> TokenStream {
    let errors: Vec<_> = error.clone().into_iter().map(|error| error.to_compile_error()).collect();
    let mut tokens = tokens.clone().into_iter();
    // A token that no type begins with begins an item.
    let item = tokens.clone().next().is_some_and(|token| match token {
        TokenTree::Punct(first) => first.as_char() == '#',
        TokenTree::Ident(first) => {
            ["pub", "enum", "fn", "mod", "type", "impl", "union"].iter().any(|word| first == word)
        }
        _ => false,
    });
    if tokens.any(|token| matches!(&token, TokenTree::Ident(word) if word == "struct")) {
        let name = tokens.next().and_then(|token| syn::parse2::<Ident>(token.into()).ok());
        let name = name.map(|name| {
            quote! {
                #[allow(dead_code)]
                pub type #name<A = (), K = (), R = ()> = ::shapewright::private::Unreadable<true, A, K, R>;
            }
        });
        return quote!(#(#errors)* #name);
    }
    if item {
        return quote!(#(#errors)*);
    }
    quote!(::shapewright::private::Unreadable<{ #(#errors;)* true }>)
}
