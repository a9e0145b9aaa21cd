//! In a generic function that nothing calls.
use shapewright::prelude::*;

fn train<T: Clone>(_values: T) {
    network! { struct Net: Input<4> { Linear<5, 2> } }
    type Alias = network!(Input<4>, Linear<6, 2>);
}

fn main() {}
