//! Gradients of what wasn't traced.
use shapewright::prelude::*;

network! { struct Net: Input<4> { Linear<.., 3> } }

fn main() {
    let device = Cpu::default();
    let mut net = Net::build(&device).unwrap();
    let output = net.forward_mut(device.zeros::<Rank2<2, 4>>());
    MSELoss::default().forward(output, &device.zeros::<Rank2<2, 3>>()).backward();
}
