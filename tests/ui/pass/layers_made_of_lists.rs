//! Every layer that is made of lists, in each of its forms, in types and in items, in each other.
use shapewright::prelude::*;

const DEEP: bool = true;

network! {
    struct Net: Input<4, 8, 8> {
        Residual<[Conv2d<.., 4, 3, padding = 1>, ReLU]>,
        Residual<[conv: Conv2d<.., 8, 3, stride = 2, padding = 1>], shortcut = [downsample: Conv2d<.., 8, 1, stride = 2>]>,
        Residual<[ReLU], shortcut = [unused: Conv2d<99, 98, 97>]>,
        Sum<[Conv2d<.., 8, 1>], [Conv2d<.., 8, 3, padding = Same>], [ReLU]>,
        Concat<[Conv2d<.., 2, 1>], [Conv2d<.., 3, 1>], [Sum<[ReLU], [Tanh]>]>,
        Concat<[ReLU], [Tanh], dim = 2>,
        Skip<[Conv2d<.., 3, 1>]>,
        Skip<[Conv2d<.., 16, 1>, ReLU], dim = -1>,
        If<true, then = [norm: BatchNorm2d]>,
        If<false, then = [MaxPool2d<100>], otherwise = [chosen: MaxPool2d<2>]>,
        If<condition = DEEP, otherwise = [ReLU]>,
        If<condition = { !DEEP }, then = [wrong: Linear<1, 2>]>,
        Flatten,
        Split<[value: Linear<.., 2>], [policy: Linear<.., 3>, Softmax]>,
    }
}
type Alias = network!(Input<4>, Residual<[Concat<[Linear<.., 2>], [Linear<.., 2>]>]>, Split<[Linear<.., 2>], [ReLU], [Tanh]>);
type One = network!(Input<4>, Sum<[ReLU]>, Concat<[ReLU]>, Split<[Linear<.., 2>]>);

fn main() -> Result<()> {
    let device = Cpu::default();
    let net = Net::build(&device)?;
    assert!(net.downsample.is_some() && net.unused.is_none() && net.wrong.is_none() && net.norm.is_some());
    let _: &Tensor<Rank4<8, 4, 3, 3>, f32, Cpu> = &net.conv.weight;
    let (value, policy) = net.try_forward(device.zeros::<Rank3<4, 8, 8>>())?;
    let _: (Tensor<Rank1<2>, f32, Cpu>, Tensor<Rank1<3>, f32, Cpu>) = (value, policy);
    let (_, _, last) = Alias::build(&device)?.try_forward(device.zeros::<Rank2<5, 4>>())?;
    let _: Tensor<Rank2<5, 4>, f32, Cpu> = last;
    let _: Tensor<Rank1<2>, f32, Cpu> = One::build(&device)?.try_forward(device.zeros::<Rank1<4>>())?;
    Ok(())
}
