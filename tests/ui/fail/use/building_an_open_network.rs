//! A network without an `Input` can't be built.
use shapewright::prelude::*;

type Digits = network!(Flatten, Linear<.., 10>);

fn main() {
    let digits = Digits::build(&Cpu::default());
}
