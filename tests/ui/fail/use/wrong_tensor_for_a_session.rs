//! A session takes the tensors that its network takes.

use shapewright::prelude::*;

network! {
    struct Digits: Input<1, 28, 28> { Flatten, fc: Linear<.., 10> }
}

fn main() -> Result<()> {
    let dev = Cpu::default();
    let plan = Digits::build(&dev)?.compile::<1>()?;
    let colours: Tensor<Rank4<1, 3, 28, 28>, f32, Cpu> = dev.zeros();
    let _scores = plan.session()?.try_forward(colours)?;
    Ok(())
}
