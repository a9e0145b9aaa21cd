//! Arguments by position come before those by name, each once.
use shapewright::prelude::*;

type Order = network!(Input<3>, Linear<bias = true, 3>);
type Twice = network!(Input<3>, Linear<.., 3, bias = true, bias = false>);
type Both = network!(Input<3>, Linear<.., 3, out_features = 3>);
type Text = network!(Input<3>, Linear<"3">);
type Char = network!(Input<3>, Linear<'3'>);
type Colon = network!(Input<3>, Linear<.., bias: true>);
type Comma = network!(Input<3>, Linear<.. 3>);
type Expression = network!(Input<3>, Linear<.., 1 + 2>);
type Value = network!(Input<3>, Linear<.., bias = >);
type Reserved = network!(Input<3>, Linear<.., 3, type = 1>);
type Negative = network!(Input<3>, Linear<.., -3>);
type Suffix = network!(Input<3>, Linear<.., 3u8>, Linear<.., 3usize>);
type TooLarge = network!(Input<3>, Linear<.., 18446744073709551616>);
type Question = network!(Input<3>, Linear<_, 3>);
type Range = network!(Input<3>, Linear<..=, 3>);
type Star = network!(Input<3>, Linear<*, 3>);

fn main() {}
