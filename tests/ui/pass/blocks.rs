//! Blocks: defaults, keywords, constants and expressions; blocks in blocks and lists; conditions and shortcuts; attributes,
//! documentation, `cfg` and visibility.
#![deny(missing_docs)]
use shapewright::prelude::*;

const WIDTH: usize = 8;
const RATE: f64 = 0.25;

network! {
    /// Its documentation.
    #[allow(dead_code)]
    pub struct Block<const C: usize, const STRIDE: usize = 1, const RATE: f64 = 0.5, const NORMALIZE: bool = true> {
        Residual<
            [
                conv1: Conv2d<.., C, 3, stride = STRIDE, padding = 1, bias = { !NORMALIZE }>,
                If<NORMALIZE, then = [norm1: BatchNorm2d]>,
                ReLU,
                conv2: Conv2d<.., { C * 1 }, (3, 1), padding = (1, 0)>,
            ],
            shortcut = [downsample: Conv2d<.., C, 1, stride = { if STRIDE > 1 { STRIDE } else { 1 } }>],
        >,
        If<{ STRIDE > 1 && C >= 16 }, then = [Dropout<RATE>], otherwise = [Dropout<p = { RATE / 2.0 }>]>,
        r#final: ReLU,
    }
}
network! {
    /// A block of blocks.
    pub struct Stage<const C: usize, const DEPTH: usize> {
        first: Block<C, 2>,
        rest: [Block<C>] * DEPTH,
        Block<C, NORMALIZE = false, STRIDE = 1>,
    }
}
network! { #[cfg(any())] struct NotThere<const C: usize> { DoesNotExist<C> } }
network! { pub(crate) struct Plain { Flatten, head: Linear<.., 10>, LogSoftmax, } }
network! {
    /// All of them.
    pub struct Net: Input<3, 16, 16> {
        stem: Block<WIDTH, RATE = RATE>,
        stage1: Stage<16, 1>,
        [Stage<{ WIDTH * 3 }, DEPTH = 0>, AdaptiveAvgPool2d<1>],
        Plain,
    }
}
type Alias = network!(Input<1, 4, 4>, Block<2, 1, 0.5, false>, [Block<C = 2, STRIDE = 2>], Plain);
type Open = network!(Stage<4, 1>, Plain);
type Closed = network!(Input<4, 9, 9>, Open);

/// Elsewhere.
pub mod elsewhere {
    use shapewright::prelude::*;

    network! {
        /// Of public blocks.
        pub struct Net: Input<2, 4, 4> { super::Block<2>, crate::Stage<2, 0> }
    }
}

fn main() -> Result<()> {
    let device = Cpu::default();
    let mut net = Net::build(&device)?;
    assert!(net.stem.downsample.is_some() && net.stage1.rest[0].downsample.is_none());
    assert!(net.stem.conv1.bias.is_none() && net.stem.norm1.is_some());
    assert_eq!(net.stage1.first.conv1.weight.as_vec().len(), 16 * 8 * 9);
    let _: Tensor<Rank2<5, 10>, f32, Cpu> = net.try_train_logits(device.zeros::<Rank4<5, 3, 16, 16>>())?;
    let _: Tensor<Rank1<10>, f32, Cpu> = Alias::build(&device)?.try_logits(device.zeros::<Rank3<1, 4, 4>>())?;
    let _: Tensor<Rank1<10>, f32, Cpu> = Closed::build(&device)?.try_forward(device.zeros::<Rank3<4, 9, 9>>())?;
    let _: Tensor<Rank3<2, 2, 2>, f32, Cpu> =
        elsewhere::Net::build(&device)?.try_forward(device.zeros::<Rank3<2, 4, 4>>())?;
    Ok(())
}
