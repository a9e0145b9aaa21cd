//! A public block is told where another module uses it, and says where it stands.
mod blocks {
    use shapewright::prelude::*;

    network! {
        pub struct Head<const CLASSES: usize> {
            Flatten,
            fc: Linear<784, CLASSES>,
        }
    }
}

mod model {
    use super::blocks;
    use shapewright::prelude::*;

    network! { pub struct Net: Input<1, 32, 32> { blocks::Head<10>, self::Last } }
    network! { struct Last: Input<11> { ReLU } }
}

fn main() {}
