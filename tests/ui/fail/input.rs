use shapewright::prelude::*;

type Nothing = network!(Input<1, 0>, Flatten);
type TooMany = network!(Input<1, 2, 3, 4, 5, 6>, Flatten);
type Inferred = network!(Input<..>, Flatten);
type Bare = network!(Input, Flatten);
type Late = network!(Flatten, Input<3>);
type Twice = network!(Input<3>, Input<3>, Flatten);

fn main() {}
