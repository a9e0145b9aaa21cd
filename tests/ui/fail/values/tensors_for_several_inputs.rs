//! A network of two inputs takes a tuple of two tensors, in their order.
use shapewright::prelude::*;

network! { struct Net: Input<3> + Input<4> { Concat, Linear<.., 2> } }

fn main() -> Result<()> {
    let dev = Cpu::default();
    let net = Net::build(&dev)?;
    let (three, four): (Tensor<Rank2<5, 3>, f32, Cpu>, Tensor<Rank2<5, 4>, f32, Cpu>) = (dev.zeros(), dev.zeros());
    net.try_forward(three.clone())?;
    net.try_forward((four, three))?;
    Ok(())
}
