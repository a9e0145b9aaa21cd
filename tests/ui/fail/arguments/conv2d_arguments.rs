//! Arguments that are missing, too many, or of the wrong kind.
use shapewright::prelude::*;

network! {
    struct Net: Input<1, 28, 28> {
        Conv2d<1, 8>,
        Conv2d<.., 8, 3, 2>,
        Conv2d<.., .., 3>,
        Conv2d<.., 8, 0>,
        Conv2d<.., 8, 3, stride = 0>,
        Conv2d<.., 8, 3, stride = Same>,
        Conv2d<.., 8, 3, padding = 0.5>,
        Conv2d<.., 8, 3, bias = 1>,
    }
}

fn main() {}
