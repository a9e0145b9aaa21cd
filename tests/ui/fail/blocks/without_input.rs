//! A block can't be built.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { Linear<.., C>, ReLU } }
network! { struct Plain { Linear<.., 4>, ReLU } }
type Called = network!(Block<3>);

fn main() {
    let device = Cpu::default();
    let plain = Plain::build(&device);
    let block = Block::<((Const<3>,),)>::build(&device);
    let called = Called::build(&device);
}
