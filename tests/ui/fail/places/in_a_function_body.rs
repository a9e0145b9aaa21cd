//! In a function, with its constants, among names that hide those of the standard library.
use shapewright::prelude::*;

fn main() {
    #[allow(dead_code)]
    struct Option;
    #[allow(dead_code)]
    struct Result;
    #[allow(dead_code)]
    mod core {}
    #[allow(dead_code)]
    mod std {}
    const LOCAL: usize = 7;
    type Inner = network!(Input<1, 4, 4>, Flatten, Linear<LOCAL, 10>);
    network! { struct Net: Input<1, 4, 4> { Flatten, fc: Linear<{ LOCAL * 2 }, 10> } }
}
