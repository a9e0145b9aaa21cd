//! `Upsample`: how large, and how?
use shapewright::prelude::*;

type Unclear = network!(Input<3, 8, 8>, Upsample);
type Both = network!(Input<3, 8, 8>, Upsample<2, size = 16>);
type NotWhole = network!(Input<3, 8, 8>, Upsample<1.5>);
type Corners = network!(Input<3, 8, 8>, Upsample<2, align_corners = true>);
type Mode = network!(Input<3, 8, 8>, Upsample<2, mode = Same>);
type Features = network!(Input<8>, Upsample<2>);
type TooLarge = network!(Input<3, 8, 8>, Upsample<1000000000>, Upsample<1000000000>);

fn main() {}
