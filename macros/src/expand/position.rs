//! Networks in type position.

use super::checks;
use super::plan::List;
use super::types::{Scope, input_type, output_type};
use crate::ast::Network;
use proc_macro2::TokenStream;
use quote::quote;

/// The maximum number of outputs of a network in type position, in which the whole network is written out for each
/// output.
const OUTPUTS: usize = 3;

/// `Sequential<{ checks }, Layers>`, or `Closed<{ checks }, Layers, In, Out>` if it is closed.
pub fn expand(network: &Network) -> TokenStream {
    let list = List::new(&network.layers, &[]);
    let Some(input) = &network.input else {
        let scope = Scope::open(&[]);
        let (checks, layers) = (checks::open(None, &list, &scope), scope.written(&list));
        return quote!(::shapewright::private::Sequential<{ #checks true }, #layers>);
    };
    let scope = Scope::closed();
    let (checks, layers) = (checks::closed("", input, &list, &scope), scope.written(&list));
    let outputs = checks::outputs(&list, &scope, OUTPUTS);
    let input = input_type(input);
    let output = output_type(&quote!(<#layers as ::shapewright::private::Layer<#input>>::INFERRED.output), OUTPUTS);
    quote!(::shapewright::private::Closed<{ #checks #outputs true }, #layers, #input, #output>)
}
