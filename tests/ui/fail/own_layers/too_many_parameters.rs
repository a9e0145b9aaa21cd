//! A layer with too many parameters.
use shapewright::layer::layer;

#[layer(a: size, b: size, c: size, d: size, e: size, f: size, g: size, h: size, i: size, j: size, k: size)]
struct Many;

fn main() {}
