//! Names in lists become fields of the network around them; a list that has layers side by side has no field.
use shapewright::prelude::*;

network! { struct Twice: Input<8> { fc: Linear<.., 8>, Residual<[fc: Linear<.., 8>]> } }
network! { struct Named: Input<8> { body: Residual<[Linear<.., 8>]> } }

fn main() {}
