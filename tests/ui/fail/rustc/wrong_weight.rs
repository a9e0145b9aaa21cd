//! A weight of another shape than the layer has.
use shapewright::prelude::*;

network! { struct Net: Input<4> { fc: Linear<.., 3> } }

fn main() {
    let device = Cpu::default();
    let mut net = Net::build(&device).unwrap();
    net.fc.weight = device.zeros::<Rank2<4, 3>>();
}
