use shapewright::prelude::*;

type Missing = network!(Input<3>, Linear<.., 2> ReLU);
type Unclosed = network!(Input<3>, Linear<.., 2, ReLU);
type Number = network!(Input<3>, 3);
type Order = network!(Input<3>, Linear<bias = true, 3>);
type Text = network!(Input<3>, Linear<"3">);
type Called = network!(Input<3>, Linear(3, 2));
type Inner = network!(Input<3>, network!(ReLU));
type Named = network!(Input<3>, fc: Linear<.., 2>);
type Empty = network!();
type NoLayers = network!(Input<3>);
type Twice = network!(Input<3>, Linear<.., 3, bias = true, bias = false>);
network! { pub struct Generic<const N: usize>: Input<3> { Linear<.., N> } }
network! { pub struct Names: Input<3> { a: ReLU, a: ReLU } }
network! { #[derive(Debug)] ReLU }

fn main() {}
