//! Networks made of networks do what PyTorch's do, and their tensors have the names that they have there.
//!
//! `tests/golden/composition.py` has the same networks in PyTorch.

use shapewright::layer::Forward;
use shapewright::prelude::*;

use crate::golden::{Golden, check};
use crate::support::state;

network! {
    pub struct BasicBlock<const C: usize, const STRIDE: usize = 1> {
        Residual<
            [
                conv1: Conv2d<.., C, 3, stride = STRIDE, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU,
                conv2: Conv2d<.., C, 3, padding = 1, bias = false>, bn2: BatchNorm2d,
            ],
            shortcut = [downsample: [Conv2d<.., C, 1, stride = STRIDE, bias = false>, BatchNorm2d]],
        >,
        ReLU,
    }
}

network! {
    pub struct ResNet: Input<2, 6, 6> {
        conv1: Conv2d<.., 4, 3, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU,
        layer1: [BasicBlock<4>] * 2,
        layer2: [BasicBlock<6, STRIDE = 2>, BasicBlock<6>],
        GlobalAvgPool2d, fc: Linear<.., 3>,
    }
}

network! {
    /// A parameter of each type, each with a default.
    struct ConvBlock<
        const C: usize,
        const KERNEL: usize = 3,
        const STRIDE: usize = 1,
        const NORMALIZE: bool = true,
        const SLOPE: f64 = 0.1,
    > {
        conv: Conv2d<.., C, KERNEL, stride = STRIDE, padding = { KERNEL / 2 }, bias = { !NORMALIZE }>,
        If<NORMALIZE, then = [bn: BatchNorm2d]>,
        If<{ SLOPE > 0.0 }, then = [LeakyReLU<SLOPE>], otherwise = [Tanh]>,
    }
}

network! {
    /// Blocks in a block.
    struct Bottleneck<const C: usize, const STRIDE: usize = 1> {
        Residual<
            [
                reduce: ConvBlock<C, 1>,
                spread: ConvBlock<C, STRIDE = STRIDE, NORMALIZE = false>,
                expand: ConvBlock<{ C * 4 }, 1, SLOPE = 0.0>,
            ],
            shortcut = [If<{ STRIDE > 1 }, then = [AvgPool2d<STRIDE>]>, project: Conv2d<.., { C * 4 }, 1>],
        >,
        ReLU,
    }
}

network! { struct Bottlenecks: Input<3, 6, 4> { stem: Bottleneck<2>, stage: [Bottleneck<2>] * 2, last: Bottleneck<1, 2> } }

network! {
    struct Inception: Input<2, 5, 4> {
        Concat<
            [branch1: Conv2d<.., 2, 1>],
            [branch2: [Conv2d<.., 3, 1>, SiLU, Conv2d<.., 2, (1, 3), padding = (0, 1)>]],
            [
                branch3: Conv2d<.., 2, 1>,
                Concat<
                    [branch3a: Conv2d<.., 1, (3, 1), padding = (1, 0)>],
                    [branch3b: Conv2d<.., 2, (1, 3), padding = (0, 1)>],
                >,
            ],
            [MaxPool2d<3, stride = 1, padding = 1>],
        >,
        Tanh,
        Concat<[last: Conv2d<.., 2, 1>]>,
    }
}

network! {
    struct Joined: Input<2, 3, 4> {
        Concat<[low: Conv2d<.., 2, 1>], [high: Conv2d<.., 2, (2, 1)>], dim = 2>,
        Concat<[Sigmoid], [wide: Conv2d<.., 2, (1, 3)>], dim = -1>,
        Flatten,
        Concat<[one: Linear<.., 3>], [two: Linear<.., 2>, Tanh], [Dropout<0.0>]>,
    }
}

network! {
    struct Added: Input<4> {
        Residual<[
            Sum<
                [one: Linear<.., 4>],
                [two: [Linear<.., 3>, BatchNorm1d, Tanh, Linear<.., 4, bias = false>]],
                [Tanh, three: Linear<.., 4>],
            >,
            bn: BatchNorm1d,
        ]>,
    }
}

network! {
    struct UNet: Input<2, 8, 4> {
        Skip<[
            MaxPool2d<2>, down1: Conv2d<.., 4, 3, padding = 1>, SiLU,
            Skip<[MaxPool2d<2>, down2: Conv2d<.., 6, 3, padding = 1>, Tanh, up2: ConvTranspose2d<.., 3, 2, stride = 2>]>,
            mid: Conv2d<.., 4, 3, padding = 1>, Tanh, Upsample<2, mode = Bilinear>,
        ]>,
        out: Conv2d<.., 3, 1>,
    }
}

network! {
    struct TwoHeads: Input<1, 6, 5> {
        trunk: Conv2d<.., 3, 3>, bn: BatchNorm2d, Tanh,
        Split<[GlobalAvgPool2d, label: Linear<.., 4>, Softmax], [mask: Conv2d<.., 1, 1>]>,
    }
}

network! {
    struct ThreeHeads: Input<2, 3> {
        trunk: Linear<.., 4>, Tanh,
        Split<[Flatten, value: Linear<.., 1>], [rows: [Linear<.., 2>, BatchNorm1d, Tanh]], [Flatten]>,
    }
}

const TWICE: usize = 2;

network! {
    struct Stage<const FEATURES: usize, const COUNT: usize> {
        first: Linear<.., FEATURES>, rest: [Tanh, Linear<.., FEATURES>] * COUNT,
    }
}

network! {
    struct Lists: Input<4> {
        [Linear<.., 4>, [Tanh, Linear<.., 4>]],
        body: [Linear<.., 4>, Tanh] * 3,
        once: [fc: Linear<.., 5>, Sigmoid] * 1,
        same: Linear<.., 5> * TWICE,
        never: [Linear<.., 5>] * 0,
        stage: Stage<6, COUNT = 2>,
        short: Stage<3, 0>,
        head: [norm: BatchNorm1d, out: Linear<.., 2>],
    }
}

/// Outputs, gradients and statistics, in training and in evaluation. `check` compares the tensors' names too.
macro_rules! like_pytorch {
    ($($case:ident $network:ident;)*) => {$(
        #[test]
        fn $case() {
            let build = || Cpu::default().build_module::<$network, f64>();
            let golden = |mode| Golden::read("composition", &format!("{}/{mode}", stringify!($case)));
            check(&golden("training"), build(), 1e-10, |network, input| {
                Forward::<<$network as Network>::Input, _, _>::train(network, input)
            });
            check(&golden("evaluation"), build(), 1e-10, |network, input| {
                Forward::<<$network as Network>::Input, _, _>::eval(network, input)
            });
            let mut network = build();
            assert_eq!(network.num_trainable_params(), $network::PARAMS);
            let state: usize = state(&mut network).values().map(Vec::len).sum();
            assert!(state >= $network::PARAMS);
        }
    )*};
}

like_pytorch! {
    resnet ResNet;
    bottlenecks Bottlenecks;
    inception Inception;
    joined Joined;
    added Added;
    unet UNet;
    two_heads TwoHeads;
    three_heads ThreeHeads;
    lists Lists;
}
