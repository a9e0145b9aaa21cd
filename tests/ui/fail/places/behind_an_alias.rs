//! Behind a type alias, and in a field, an argument and a result.
use shapewright::prelude::*;

type Head = network!(Flatten, Linear<784, 10>);
type Net = network!(Input<1, 30, 30>, Head);

struct Model {
    net: network!(Input<1, 4, 4>, Linear<3, 2>),
}

fn run(_net: &network!(Input<3>, Linear<2, 2>)) -> network!(Input<3>, Linear<4, 2>) {
    loop {}
}

fn main() {}
