//! What stands between layers, and what isn't one.
use shapewright::prelude::*;

type Comma = network!(Input<3>, Linear<.., 2> ReLU);
type Semicolon = network!(Input<3>; ReLU);
type Number = network!(Input<3>, 3);
type Text = network!(Input<3>, "ReLU");
type Arrow = network!(Input<3>, ReLU -> Tanh);
type Twice = network!(Input<3>, ReLU,, Tanh);
type Lifetime = network!(Input<3>, 'a);
type Macro = network!(Input<3>, network!(ReLU));
type Called = network!(Input<3>, Linear(3, 2));
type Turbofish = network!(Input<3>, Linear::<3, 2>);
type Block = network!(Input<3>, { ReLU });

fn main() {}
