use shapewright::prelude::*;

network! {
    struct Net: Input<3, 8, 8> {
        BatchNorm2d<8>,
        BatchNorm1d,
        Flatten,
        BatchNorm2d,
        BatchNorm1d<192, momentum = Same>,
    }
}

fn main() {}
