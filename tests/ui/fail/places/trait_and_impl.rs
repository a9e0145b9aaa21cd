//! In an associated type.
use shapewright::prelude::*;

trait Model {
    type Net;
}

struct Mine;

impl Model for Mine {
    type Net = network!(Input<4>, Linear<5, 2>);
}

fn main() {}
