//! What can't stand in `Input`.
use shapewright::prelude::*;

type TooMany = network!(Input<1, 2, 3, 4, 5, 6>, Flatten);
type Inferred = network!(Input<..>, Flatten);
type Bare = network!(Input, Flatten);
type Float = network!(Input<0.5>, Flatten);
type Word = network!(Input<Same>, Flatten);
type Pair = network!(Input<(1, 2)>, Flatten);
type Keyword = network!(Input<channels = 1>, Flatten);
type List = network!(Input<[1, 2]>, Flatten);
type Parentheses = network!(Input(1, 2), Flatten);

fn main() {}
