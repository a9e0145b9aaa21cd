//! Logits in code that is generic in the network, and says of it only that it is one.
use shapewright::prelude::*;

fn logits<N: Network<Input = shapes::Vector<4>, Dtype = f32, Device = Cpu>>(net: &N) {
    net.logits(Cpu::default().zeros::<Rank1<4>>());
}

fn main() {}
