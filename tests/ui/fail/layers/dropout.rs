//! `Dropout` with what isn't a probability.
use shapewright::prelude::*;

const TOO_MUCH: f64 = 1.5;

network! { struct Net: Input<3> { Dropout<2>, Dropout<p = TOO_MUCH>, Dropout<-0.5>, Dropout<true> } }

fn main() {}
