//! Logits of a network whose last list doesn't end in a softmax.
use shapewright::prelude::*;

network! { struct Net: Input<4> { Softmax, [Linear<.., 10>, ReLU] } }

fn main() {
    let device = Cpu::default();
    let mut net = Net::build(&device).unwrap();
    net.try_train_logits(device.zeros::<Rank1<4>>()).unwrap();
}
