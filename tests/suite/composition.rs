//! Networks made of networks do what PyTorch's do, and their tensors have the names that they have there.
//!
//! `tests/golden/composition.py` has the same networks in PyTorch.

use crate::flat::{eval, train};
use dfdx::tensor_ops::MeanTo;
use shapewright::prelude::*;

use crate::golden::{Golden, check};
use crate::support::{assert_close, numbers, sample, state, tensor};

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
    pub struct ConvBlock<
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
    pub struct Bottleneck<const C: usize, const STRIDE: usize = 1> {
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

network! { pub struct Bottlenecks: Input<3, 6, 4> { stem: Bottleneck<2>, stage: [Bottleneck<2>] * 2, last: Bottleneck<1, 2> } }

network! {
    pub struct Inception: Input<2, 5, 4> {
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
    pub struct Joined: Input<2, 3, 4> {
        Concat<[low: Conv2d<.., 2, 1>], [high: Conv2d<.., 2, (2, 1)>], dim = 2>,
        Concat<[Sigmoid], [wide: Conv2d<.., 2, (1, 3)>], dim = -1>,
        Flatten,
        Concat<[one: Linear<.., 3>], [two: Linear<.., 2>, Tanh], [Dropout<0.0>]>,
    }
}

network! {
    pub struct Added: Input<4> {
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
    pub struct UNet: Input<2, 8, 4> {
        Skip<[
            MaxPool2d<2>, down1: Conv2d<.., 4, 3, padding = 1>, SiLU,
            Skip<[MaxPool2d<2>, down2: Conv2d<.., 6, 3, padding = 1>, Tanh, up2: ConvTranspose2d<.., 3, 2, stride = 2>]>,
            mid: Conv2d<.., 4, 3, padding = 1>, Tanh, Upsample<2, mode = Bilinear>,
        ]>,
        out: Conv2d<.., 3, 1>,
    }
}

network! {
    pub struct TwoHeads: Input<1, 6, 5> {
        trunk: Conv2d<.., 3, 3>, bn: BatchNorm2d, Tanh,
        Split<[GlobalAvgPool2d, label: Linear<.., 4>, Softmax], [mask: Conv2d<.., 1, 1>]>,
    }
}

network! {
    pub struct ThreeHeads: Input<2, 3> {
        trunk: Linear<.., 4>, Tanh,
        Split<[Flatten, value: Linear<.., 1>], [rows: [Linear<.., 2>, BatchNorm1d, Tanh]], [Flatten]>,
    }
}

const TWICE: usize = 2;

network! {
    pub struct Stage<const FEATURES: usize, const COUNT: usize> {
        first: Linear<.., FEATURES>, rest: [Tanh, Linear<.., FEATURES>] * COUNT,
    }
}

network! {
    pub struct Lists: Input<4> {
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
            let build = || AutoDevice::default().build_module::<$network, f64>();
            let golden = |mode| Golden::read("composition", &format!("{}/{mode}", stringify!($case)));
            check(&golden("training"), build(), 1e-10, train);
            check(&golden("evaluation"), build(), 1e-10, |network, input| eval(network, input));
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

mod heads {
    use super::*;

    type Examples<B> = Tensor<(B, Const<1>, Const<6>, Const<5>), f32, AutoDevice>;

    fn examples<B: Dim>(batch: B) -> Examples<B> {
        tensor((batch, Const, Const, Const), &sample(batch.size() * 30, 1))
    }

    #[test]
    fn heads_leave_as_a_tuple_of_any_batch() {
        let net = TwoHeads::build(&AutoDevice::seed_from_u64(1)).unwrap();
        let (label, mask): (
            Tensor<(usize, Const<4>), f32, AutoDevice>,
            Tensor<(usize, Const<1>, Const<4>, Const<3>), f32, AutoDevice>,
        ) = net.forward(examples(2));
        let (constant, const_mask): (Tensor<Rank2<2, 4>, f32, AutoDevice>, Tensor<Rank4<2, 1, 4, 3>, f32, AutoDevice>) =
            net.forward(examples(Const::<2>));
        assert_eq!((label.as_vec(), mask.as_vec()), (constant.as_vec(), const_mask.as_vec()));
        let first: Tensor<Rank3<1, 6, 5>, f32, AutoDevice> = tensor(Default::default(), &sample(60, 1)[..30]);
        let (single, single_mask): (Tensor<Rank1<4>, f32, AutoDevice>, Tensor<Rank3<1, 4, 3>, f32, AutoDevice>) =
            net.forward(first);
        assert_close(&numbers(&single), &numbers(&label)[..4], 1e-6, "label");
        assert_close(&numbers(&single_mask), &numbers(&mask)[..12], 1e-6, "mask");
        let probabilities: f32 = single.as_vec().iter().sum();
        assert!((probabilities - 1.0).abs() < 1e-6);
    }

    /// The gradient of a sum of losses is the sum of the gradients, in the trunk too.
    #[test]
    fn losses_of_both_heads_train_the_trunk() {
        let net = TwoHeads::build(&AutoDevice::seed_from_u64(1)).unwrap();
        let gradients = |of_label: f32, of_mask: f32| {
            let (label, mask) = net.forward(examples(2).leaky_trace());
            let label = label.square();
            let loss = label.mean::<Rank0, _>() * of_label + mask.mean::<Rank0, _>() * of_mask;
            let gradients = loss.backward();
            [
                numbers(&gradients.get(&net.trunk.weight)),
                numbers(&gradients.get(&net.label.weight)),
                numbers(&gradients.get(&net.mask.weight)),
            ]
        };
        let (both, first, second) = (gradients(1.0, 1.0), gradients(1.0, 0.0), gradients(0.0, 1.0));
        for at in 0..3 {
            let sum: Vec<f64> = first[at].iter().zip(&second[at]).map(|(first, second)| first + second).collect();
            assert_close(&both[at], &sum, 1e-6, "sum");
        }
        assert!(first[0] != second[0] && first[0].iter().chain(&second[0]).all(|&slope| slope != 0.0));
        assert!(first[2].iter().chain(&second[1]).all(|&slope| slope == 0.0), "heads don't see each other's loss");
    }
}
