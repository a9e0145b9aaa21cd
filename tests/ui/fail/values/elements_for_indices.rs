//! A network of indices takes a tensor of `usize`.
use shapewright::prelude::*;

network! { struct Net: Input<[usize; 4]> { Embedding<100, 2>, Flatten, Linear<.., 2> } }

fn main() -> Result<()> {
    let dev = Cpu::default();
    let words: Tensor<Rank2<5, 4>, f32, Cpu> = dev.zeros();
    Net::build(&dev)?.try_forward(words)?;
    Ok(())
}
