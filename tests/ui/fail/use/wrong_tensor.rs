//! A tensor of another shape than the network takes.
use shapewright::prelude::*;

network! { struct Net: Input<1, 28, 28> { Flatten, Linear<.., 10> } }

fn main() {
    let device = Cpu::default();
    let net = Net::build(&device).unwrap();
    net.forward(device.zeros::<Rank1<784>>());
}
