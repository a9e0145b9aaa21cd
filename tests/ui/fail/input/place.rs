//! `Input` comes first, and once.
use shapewright::prelude::*;

type Late = network!(Flatten, Input<3>);
type Twice = network!(Input<3>, Input<3>, Flatten);
type InAList = network!(Input<3>, [Input<3>, Flatten]);
type InABranch = network!(Residual<[Input<3>, ReLU]>);
network! { struct Net { Input<3>, ReLU } }
network! { struct Both: Input<3> { Input<3>, ReLU } }
network! { struct Named: Input<3> { first: Input<3>, ReLU } }

fn main() {}
