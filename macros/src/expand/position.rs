//! Networks in type position.

use super::checks;
use super::layers::{input_type, layer_type, output_type, tree};
use crate::ast::Network;
use proc_macro2::TokenStream;
use quote::quote;

/// `Sequential<{ checks }, Layers>`, or closed `Closed<{ checks }, Layers, In, Out>`.
pub fn expand(network: &Network) -> TokenStream {
    let leaves: Vec<TokenStream> = network
        .layers
        .iter()
        .enumerate()
        .map(|(index, layer)| {
            let layer = layer_type(layer);
            quote!(::shapewright::private::At<#index, #layer>)
        })
        .collect();
    let layers = tree(&leaves, &|first, second| quote!(::shapewright::private::Pair<#first, #second>));
    let Some(input) = &network.input else {
        let checks = checks::open(&network.layers);
        return quote!(::shapewright::private::Sequential<{ #checks true }, #layers>);
    };
    let checks = checks::closed("", input, &network.layers);
    let input = input_type(input);
    let output = output_type(&quote!(<#layers as ::shapewright::private::Layer<#input>>::INFERRED));
    quote!(::shapewright::private::Closed<{ #checks true }, #layers, #input, #output>)
}
