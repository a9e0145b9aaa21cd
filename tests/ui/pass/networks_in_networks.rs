//! A network is a layer, private or public, named or not; a condition on it holds for all that is made of it.
use shapewright::prelude::*;

network! { struct Inner: Input<16> { Linear<.., 8>, ReLU } }
type Open = network!(Linear<.., 4>, Tanh);
type Closed = network!(Input<4>, Linear<.., 3>);
network! { pub struct Outer: Input<16> { inner: Inner, Open, closed: Closed, LogSoftmax<dim = -1> } }
network! { #[cfg(any())] pub struct NotThere: Input<16> { DoesNotExist } }

pub mod elsewhere {
    use shapewright::prelude::*;
    network! { pub struct Public: Input<16> { pub_in: super::Outer, out: Linear<.., 2> } }
}

fn main() -> Result<()> {
    let device = Cpu::default();
    let mut outer = Outer::build(&device)?;
    assert_eq!(Outer::PARAMS, 16 * 8 + 8 + 8 * 4 + 4 + 4 * 3 + 3);
    assert_eq!(outer.num_trainable_params(), Outer::PARAMS);
    let logits: Tensor<Rank2<5, 3>, f32, Cpu> = outer.try_train_logits(device.zeros::<Rank2<5, 16>>())?;
    assert_eq!(logits.array()[0], logits.array()[4]);
    let _: Tensor<Rank1<2>, f32, Cpu> = elsewhere::Public::build(&device)?.try_forward(device.zeros::<Rank1<16>>())?;
    Ok(())
}
