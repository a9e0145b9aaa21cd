//! Words that a layer can't take.
use shapewright::prelude::*;

type Approximate = network!(Input<8>, GELU<approximate = Same>);
type Mode = network!(Input<3, 8, 8>, Upsample<2, mode = Same>);
type NoSuchWord = network!(Input<3, 8, 8>, Upsample<2, mode = Linear>);
type Size = network!(Input<8>, Linear<.., Same>);
type Stride = network!(Input<1, 8, 8>, MaxPool2d<2, stride = Same>);

fn main() {}
