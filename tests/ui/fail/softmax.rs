use shapewright::prelude::*;

type Unclear = network!(Input<4, 5>, Softmax);
type NoSuchDimension = network!(Input<4, 5>, LogSoftmax<dim = 3>);

fn main() {}
