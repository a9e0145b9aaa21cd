//! `ConvTranspose2d`, which makes an image larger.
use shapewright::prelude::*;

type Features = network!(Input<8>, ConvTranspose2d<.., 4, 2>);
type Channels = network!(Input<8, 4, 4>, ConvTranspose2d<16, 4, 2, stride = 2>);
type Groups = network!(Input<6, 4, 4>, ConvTranspose2d<.., 8, 2, groups = 4>, ConvTranspose2d<.., 9, 2, groups = 4>);
type OutputPadding = network!(Input<8, 4, 4>, ConvTranspose2d<.., 4, 2, stride = 2, output_padding = (1, 2)>);
type NothingLeft = network!(Input<8, 4, 4>, ConvTranspose2d<.., 4, 3, padding = 3>, Conv2d<.., 2, 3>);
type Padding = network!(Input<8, 4, 4>, ConvTranspose2d<.., 4, 3, padding = Same>);

fn main() {}
