//! What a public network lends the fields of, by `_:`, has to be public.
use shapewright::prelude::*;

network! { struct Backbone { conv: Conv2d<.., 8, 3>, ReLU } }
network! { pub struct Net: Input<3, 8, 8> { _: Backbone } }

fn main() {}
