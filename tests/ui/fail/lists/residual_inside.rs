//! A mistake in the layers of a `Residual`, and one in its shortcut.
use shapewright::prelude::*;

network! {
    struct Net: Input<8, 16, 16> {
        ReLU,
        Residual<
            [Conv2d<.., 16, 3, padding = 1>, ReLU, Conv2d<8, 16, 3, padding = 1>],
            shortcut = [ReLU, Conv2d<3, 16, 1>],
        >,
    }
}

fn main() {}
