//! Layers of a user's own, composed of the tensors of `shapewright::ops`: gradients, plans, files.

use std::marker::PhantomData;

use dfdx::tensor_ops::ReshapeTo;
use shapewright::layer::*;
use shapewright::ops::DynTensor;
use shapewright::prelude::*;
use shapewright::weights;

#[cfg(not(feature = "cuda"))]
use crate::flat::eval;
use crate::flat::train;
use crate::gradients::{batch_of, check};
use crate::support::{Taped, state};
#[cfg(not(feature = "cuda"))]
use crate::support::{assert_close, numbers, sample, tensor};

/// The parameters of [`Attention`].
#[derive(Clone, Debug, Module)]
pub struct AttentionModule<L: Described, P: Place, E: Dtype, D: Device<E>> {
    #[parameter(init = |weight| weight.try_fill_with_ones())]
    query: Tensor<(P::Size0, P::Size0), E, D>,
    #[parameter(init = |weight| weight.try_fill_with_ones())]
    key: Tensor<(P::Size0, P::Size0), E, D>,
    #[parameter(init = |weight| weight.try_fill_with_ones())]
    scale: Tensor<(P::Size0,), E, D>,
    layer: PhantomData<L>,
}

/// Attention of each position to itself and those before it: (length, width) → (length, width).
#[layer]
pub struct Attention;

impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Attention<A, K> {
    const INFERRED: Inferred = {
        let width = In::DIMS.last();
        Inferred::new(In::DIMS).parameters(&[width], 2 * width * width + width)
    };
    type Module<P: Place, E: Dtype, D: Device<E>> = AttentionModule<Self, P, E, D>;
}

impl<In: Shape, L: Described, P: Place, E: Dtype, D: Backend<E>> Forward<In, E, D> for AttentionModule<L, P, E, D> {
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        let (length, width) = (In::DIMS.as_slice()[0], In::DIMS.as_slice()[1]);
        let x = input.shaped(&[length, width])?;
        let (query, key) = (DynTensor::parameter(&self.query)?, DynTensor::parameter(&self.key)?);
        let keys = x.linear(&key, Some(&DynTensor::parameter(&self.scale)?))?;
        let scores = x.matmul(&query)?.matmul(&keys.transpose(-1, -2)?)?.affine(1.0 / (width as f64).sqrt(), 0.0)?;
        // Later positions are far below all others.
        let mask: Vec<E> = (0..length * length)
            .map(|at| E::from_f64(if at % length > at / length { -1e9 } else { 0.0 }).unwrap_or_default())
            .collect();
        let scores = scores.add(&DynTensor::constant(x.device(), &mask, &[length, length])?)?;
        let y = scores.softmax(-1)?.matmul(&x)?;
        Ok(y.into_elements()?.into())
    }
}

/// Each channel times what follows from the means of all: (channels, height, width) → the same.
#[layer]
pub struct Gate;

impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Gate<A, K> {
    const INFERRED: Inferred = Inferred::new(In::DIMS);
    type Module<P: Place, E: Dtype, D: Device<E>> = Self;
}

impl<In: Shape, E: Dtype, D: Backend<E>, A: Arguments, K: Keywords> Forward<In, E, D> for Gate<A, K> {
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        let x = input.shaped(In::DIMS.as_slice())?;
        let means = x.mean(&[-1, -2], true)?;
        let gates = means.sub(&means.mean(&[1], true)?)?.sigmoid()?;
        Ok(x.mul(&gates)?.into_elements()?.into())
    }
}

/// A bit of everything, on (4, 6).
#[layer]
pub struct Everything;

impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Everything<A, K> {
    const INFERRED: Inferred = Inferred::new(In::DIMS);
    type Module<P: Place, E: Dtype, D: Device<E>> = Self;
}

impl<In: Shape, E: Dtype, D: Backend<E>, A: Arguments, K: Keywords> Forward<In, E, D> for Everything<A, K> {
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        let x = input.shaped(&[4, 6])?;
        let parts = [x.narrow(-1, 0, 2)?.exp()?, x.narrow(-1, 2, 4)?.square()?];
        let joined = DynTensor::concat(&[&parts[1], &parts[0]], 2)?;
        let turned = joined.reshape(&[x.sizes()[0], 2, 2, 6])?.permute(&[0, 3, 1, 2])?.tanh()?;
        let greatest = turned.max(&[1], true)?.sub(&turned.min(&[1], true)?)?;
        let spread = greatest.abs()?.affine(1.0, 1.0)?.ln()?.add(&turned.sum(&[1, 3], true)?)?;
        let scaled = turned.div(&spread.pow(2.0)?.affine(1.0, 1.0)?.sqrt()?)?;
        let bounded = scaled.maximum(&turned.neg()?)?.minimum(&turned.recip()?.relu()?.affine(1.0, 1.0)?)?;
        let whole = bounded.sum(&[0], false)?.log_softmax(0)?;
        let y = bounded.mul(&whole)?.permute(&[0, 2, 3, 1])?.reshape(&[x.sizes()[0], 24])?;
        Ok(y.into_elements()?.into())
    }
}

network! { struct Attentive: Input<5, 4> { attention: Attention, Flatten, out: Linear<.., 3> } }
network! { struct Gated: Input<2, 4, 3> { conv: Conv2d<.., 3, 3, padding = 1>, Gate, ReLU, Flatten, out: Linear<.., 2> } }
network! { struct Whole: Input<4, 6> { first: Linear<.., 6>, Everything, last: Linear<.., 2> } }

macro_rules! networks {
    ($($name:ident $network:ident $batch:literal;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn gradients_are_the_slopes() {
                let network = AutoDevice::default().build_module::<$network, f64>();
                let sizes = [$network::INPUT.numel()];
                let forward = |network: &mut _, input: Taped<(usize,), f64>| {
                    train(network, input.reshape_like(&(2, $network::INPUT.numel())))
                };
                check(network, batch_of(&sizes), forward);
            }

            #[test]
            #[cfg(not(feature = "cuda"))]
            fn a_plan_computes_the_same() {
                let network = $network::build(&AutoDevice::default()).unwrap();
                let directory = tempfile::tempdir().unwrap();
                let path = directory.path().join("net.plan");
                let input = sample($batch * $network::INPUT.numel(), 3);
                let expected = numbers(&eval(&network, tensor(($batch, $network::INPUT.numel()), &input)).unwrap());
                let input: Vec<f32> = input.into_iter().map(|value| value as f32).collect();
                let plan = network.compile::<$batch>().unwrap();
                plan.save(&path).unwrap();
                for plan in [plan, shapewright::plan::Plan::load(&path).unwrap()] {
                    let mut output = vec![0.0; expected.len()];
                    plan.session().unwrap().run(&input, &mut output).unwrap();
                    let output: Vec<f64> = output.into_iter().map(f64::from).collect();
                    assert_close(&output, &expected, 1e-5, "plan");
                }
            }

            #[test]
            fn what_is_saved_is_loaded() {
                let directory = tempfile::tempdir().unwrap();
                let path = directory.path().join("net.safetensors");
                let device = AutoDevice::default();
                let (mut one, mut other) = ($network::build(&device).unwrap(), $network::build(&device).unwrap());
                weights::save(&one, &path).unwrap();
                weights::load(&mut other, &path).unwrap();
                assert_eq!(state(&mut one), state(&mut other));
            }
        }
    )*};
}

networks! {
    attentive Attentive 2;
    gated Gated 3;
    whole Whole 1;
}

#[test]
fn sizes_that_do_not_fit_are_errors() {
    let dev = AutoDevice::default();
    let zeros = |sizes: &[usize]| {
        let elements: Vec<f32> = vec![0.0; sizes.iter().product()];
        DynTensor::<f32, AutoDevice>::constant(&dev, &elements, sizes).unwrap()
    };
    let (a, b) = (zeros(&[2, 3]), zeros(&[4, 5]));
    for (error, why) in [
        (a.add(&b).unwrap_err(), "sizes must be equal, counted from the last, or 1, but are [2, 3] and [4, 5]"),
        (a.matmul(&b).unwrap_err(), "matrices of [2, 3] and [4, 5] can't be multiplied"),
        (a.linear(&b, None).unwrap_err(), "a weight of [4, 5] can't transform the last axis of [2, 3]"),
        (a.reshape(&[7]).unwrap_err(), "a tensor of [2, 3] can't be reshaped to [7]"),
        (a.sum(&[2], false).unwrap_err(), "there is no axis 2 in a tensor of [2, 3]"),
        (a.softmax(-3).unwrap_err(), "there is no axis -3 in a tensor of [2, 3]"),
        (a.permute(&[0, 0]).unwrap_err(), "each axis of [2, 3] must occur once in [0, 0]"),
        (a.narrow(1, 2, 2).unwrap_err(), "there are no positions 2 to 4 along axis 1 of [2, 3]"),
        (DynTensor::concat(&[&a, &b], 0).unwrap_err(), "[2, 3] and [4, 5] can't be concatenated along axis 0"),
        (zeros(&[0, 2]).max(&[0], false).unwrap_err(), "axes 0 to 0 of [0, 2] have no elements to reduce"),
        (DynTensor::constant(&dev, &[1.0_f32], &[2]).map(|_| ()).unwrap_err(), "1 elements can't have the sizes [2]"),
    ] {
        assert_eq!(error.to_string(), why);
    }
}

/// x times x, of which one factor is detached: the gradient is x, not 2 x.
#[layer]
pub struct HalfSquare;

impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for HalfSquare<A, K> {
    const INFERRED: Inferred = Inferred::new(In::DIMS);
    type Module<P: Place, E: Dtype, D: Device<E>> = Self;
}

impl<In: Shape, E: Dtype, D: Backend<E>, A: Arguments, K: Keywords> Forward<In, E, D> for HalfSquare<A, K> {
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        let x = input.shaped(In::DIMS.as_slice())?;
        Ok(x.mul(&x.detach()?)?.into_elements()?.into())
    }
}

#[test]
fn what_is_detached_has_no_gradient() {
    type Net = network!(Input<2>, HalfSquare);
    let dev = AutoDevice::default();
    let x: Tensor<Rank1<2>, f32, _> = dev.tensor([3.0, -2.0]);
    let y = Net::build(&dev).unwrap().forward(x.leaky_trace());
    assert_eq!(y.array(), [9.0, 4.0]);
    assert_eq!(y.sum::<Rank0, _>().backward().get(&x).array(), [3.0, -2.0]);
}

#[test]
fn too_many_axes_are_an_error() {
    let x = DynTensor::constant(&AutoDevice::default(), &[1.0_f32], &[1; 9]).unwrap();
    let error = x.add(&x).unwrap_err();
    assert!(error.to_string().starts_with("there are at most 8 axes, but 9"), "{error}");
}
