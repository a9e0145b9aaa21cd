//! In a public network that nothing uses.
pub mod models {
    use shapewright::prelude::*;

    network! {
        /// Its documentation.
        pub struct Unused: Input<784> { pub_in: Linear<783, 10> }
    }
    network! { pub struct Block<const C: usize> { Linear<.., C, bais = true> } }
}

fn main() {}
