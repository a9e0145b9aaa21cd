//! A model of `f32` in the place of one of `f64`.
use shapewright::prelude::*;

network! { struct Net: Input<4> { Linear<.., 3> } }

fn evaluate(_net: &Net<f64>) {}

fn main() {
    evaluate(&Net::build(&Cpu::default()).unwrap());
}
