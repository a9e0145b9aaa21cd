//! A layer is a `struct` without fields and generics.
use shapewright::layer::layer;

#[layer(size: size)]
struct Generic<T>(T);

#[layer(size: size)]
struct Fields { weight: f32 }

#[layer]
enum Layers { One, Two }

#[layer]
fn layer_function() {}

fn main() {}
