//! A network has at least one layer.
use shapewright::prelude::*;

type Empty = network!();
type NoLayers = network!(Input<3>);
type Angles = network!(<>);
type List = network!(Input<3>, []);
type Branch = network!(Input<3>, Residual<[]>);
network! { struct Net: Input<3> {} }
network! { struct Block<const C: usize> {} }

fn main() {}
