//! Forms of the grammar: delimiters, trailing commas, visibility, raw names, paths, the number of arguments and layers.
use shapewright::prelude::*;

mod inner {
    pub const SIZE: usize = 4;
    pub mod layers {
        pub use shapewright::prelude::Linear;
    }
}
use inner::layers as l;

type Paths = network!(Input<{ inner::SIZE }>, l::Linear<.., self::inner::SIZE>, ::shapewright::layers::ReLU, crate::inner::layers::Linear<.., 2>,);
type Trailing = network![Input<4,>, Linear<.., 2, bias = false,>, MaxOf<>,];
type MaxOf = network!(ReLU);
type Scalar0 = network!(Input<>, ReLU);
type Rank1 = network!(Input<2>, ReLU);
type Rank2 = network!(Input<2, 3>, Softmax<dim = -1>);
type Rank3 = network!(Input<2, 3, 4>, Conv2d<out_channels = 2, kernel_size = (2, { 1 + 1 },)>);
type Rank4 = network!(Input<2, 3, 4, 5>, Flatten);
type Rank5 = network!(Input<2, 3, 4, 5, 6>, ReLU);
type Eight = network!(Input<2, 9, 9>, Conv2d<in_channels = .., out_channels = 4, kernel_size = 3, stride = 1, padding = Same, dilation = 1, groups = 2, bias = true>);
type EightLists = network!(Input<2>, Sum<[ReLU], [ReLU], [ReLU], [ReLU], [ReLU], [ReLU], [ReLU], [Tanh]>);

network! { struct Private: Input<2> { r#type: ReLU, r#fn: Linear<.., 2>, _hidden: Tanh } }
network! { pub struct Public: Input<2> { ReLU } }
network! { pub(crate) struct Crate: Input<2> { ReLU } }
network! { pub(in crate) struct In: Input<2> { ReLU } }
network! {
    /// Documented.
    #[must_use]
    #[allow(dead_code)]
    struct WithAttributes: Input<2> { ReLU, }
}
network! {
    struct Eightfold<const A: usize, const B: usize, const C: usize, const D: usize, const E: f64, const F: bool, const G: usize = 7, const H: usize = { 4 * 2 },> {
        Linear<.., { A + B + C + D + G + H }, bias = F>, Dropout<E>,
    }
}
network! { struct Called: Input<2> { Eightfold<1, 2, 3, 4, 0.5, true, H = 9>, Eightfold<1, 2, 3, 4, 0.5, false, 6, 7> } }

fn generic<T: Default>() -> Result<T> {
    network! { struct Local: Input<2> { fc: Linear<.., 3> } }
    type Alias = network!(Input<2>, [Linear<.., 3>] * 1);
    let device = Cpu::default();
    let _: Tensor<(Const<3>,), f32, Cpu> = Local::build(&device)?.try_forward(device.tensor([1.0, 2.0]))?;
    let _: Tensor<(Const<3>,), f32, Cpu> = Alias::build(&device)?.try_forward(device.tensor([1.0, 2.0]))?;
    Ok(T::default())
}

struct Holder<N: Network> {
    network: N,
}

fn main() -> Result<()> {
    let device = Cpu::default();
    let private = Private::build(&device)?;
    let _: &Tensor<(Const<2>, Const<2>), f32, Cpu> = &private.r#fn.weight;
    let _: Tensor<(), f32, Cpu> = Scalar0::build(&device)?.try_forward(device.tensor(1.0))?;
    let _: Tensor<(usize,), f32, Cpu> = Scalar0::build(&device)?.try_forward(device.zeros_like(&(3,)))?;
    assert_eq!(Rank1::OUTPUT.as_slice(), [2]);
    assert_eq!(Rank2::OUTPUT.as_slice(), [2, 3]);
    assert_eq!(Rank3::OUTPUT.as_slice(), [2, 2, 3]);
    assert_eq!(Rank4::OUTPUT.as_slice(), [120]);
    let _: Tensor<(Const<2>, Const<3>, Const<4>, Const<5>, Const<6>), f32, Cpu> =
        Rank5::build(&device)?.try_forward(device.zeros::<(Const<2>, Const<3>, Const<4>, Const<5>, Const<6>)>())?;
    let _: Tensor<(Const<4>, Const<9>, Const<9>), f32, Cpu> = Eight::build(&device)?.try_forward(device.zeros::<(Const<2>, Const<9>, Const<9>)>())?;
    EightLists::build(&device)?.try_forward(device.tensor([1.0, 2.0]))?;
    assert_eq!(Called::PARAMS, 2 * 26 + 26 + 26 * 23);
    assert_eq!((Paths::PARAMS, Trailing::PARAMS), (4 * 4 + 4 + 4 * 2 + 2, 8));
    let holder = Holder { network: Public::build(&device)? };
    holder.network.try_forward(device.tensor([1.0, 2.0]))?;
    Crate::build(&device)?.try_forward(device.tensor([1.0, 2.0]))?;
    In::build(&device)?.try_forward(device.tensor([1.0, 2.0]))?;
    let _ = WithAttributes::build(&device)?;
    generic::<u8>()?;
    Ok(())
}
