//! `#[once]`: a function that is generic in the element type, compiled only in the library.
//!
//! Rust compiles a generic function in each crate that calls it. The macro makes a generic function that calls one of
//! two instances through a static, which belongs to the crate that defines it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, FnArg, GenericParam, ItemFn, Pat, parse2};

/// The function, or an error.
pub fn expand(item: TokenStream) -> TokenStream {
    parse2::<ItemFn>(item).and_then(expanded).unwrap_or_else(|error| error.to_compile_error())
}

fn expanded(function: ItemFn) -> syn::Result<TokenStream> {
    let ItemFn { attrs, vis, sig, block } = function;
    let element = match sig.generics.params.iter().collect::<Vec<_>>()[..] {
        [GenericParam::Type(element)] => element.ident.clone(),
        _ => {
            return Err(Error::new_spanned(
                &sig.ident,
                "`#[once]` takes a function that is generic in one type of elements",
            ));
        }
    };
    let (mut names, mut types) = (Vec::new(), Vec::new());
    for (number, argument) in sig.inputs.iter().enumerate() {
        let FnArg::Typed(argument) = argument else {
            return Err(Error::new_spanned(argument, "`#[once]` takes a function, not a method"));
        };
        let name = match &*argument.pat {
            Pat::Ident(name) => name.ident.clone(),
            _ => format_ident!("argument_{number}"),
        };
        names.push(name);
        types.push(&argument.ty);
    }
    let (docs, others): (Vec<_>, Vec<_>) = attrs.into_iter().partition(|attribute| attribute.path().is_ident("doc"));
    let (name, generics, result) = (&sig.ident, &sig.generics, &sig.output);
    let (bounds, place) = (&generics.params, &generics.where_clause);
    let mut generic = sig.clone();
    generic.ident = format_ident!("generic");
    Ok(quote! {
        #(#docs)* #(#others)*
        #vis fn #name #generics (#(#names: #types),*) #result #place {
            #(#others)*
            #generic #block
            enum Instances {}
            impl crate::ops::once::Instances for Instances {
                type For<#bounds> = fn(#(#types),*) #result;
            }
            static OF_F32: <Instances as crate::ops::once::Instances>::For<f32> = generic::<f32>;
            static OF_F64: <Instances as crate::ops::once::Instances>::For<f64> = generic::<f64>;
            #element::instance::<Instances>(OF_F32, OF_F64)(#(#names),*)
        }
    })
}
