//! Layers that a user defines. A plan computes them if they use only the operations of `Backend`, however they regroup a batch.
//! Otherwise the error names the layer.

use super::{check, compare, randomize};
use crate::layer::*;
use crate::ops::avg_pool2d::AvgPool2dGeometry;
use crate::ops::batch_norm::BatchNormGeometry;
use crate::ops::concat::ConcatGeometry;
use crate::ops::local_response_norm::LocalResponseNormGeometry;
use crate::ops::max_pool2d::MaxPool2dGeometry;
use crate::ops::softmax::{Scale, SoftmaxGeometry};
use crate::ops::upsample::{Mode, Stretch, UpsampleGeometry};
use crate::ops::{Bins, Window};
use crate::prelude::*;
use dfdx::prelude::{PutTape, SplitTape};

/// Reads each column of a matrix of six rows as an example of 2 × 3 elements, transposes it, applies tanh, and transposes it
/// back.
#[layer]
struct Turned;
stateless!(Turned: |dims, _| Inferred::new(dims), |input, _, _| {
    let (batch, numbers) = *input.shape();
    let columns = numbers / 6;
    let x = D::try_transpose(input, 6, columns)?;
    let x = D::try_transpose(D::try_reshape(x, &(batch * columns, 6))?, 2, 3)?;
    let x = D::try_activation(x, crate::ops::activation::Tanh)?;
    let x = D::try_reshape(D::try_transpose(x, 3, 2)?, &(batch, numbers))?;
    Ok(D::try_transpose(x, columns, 6)?)
});

/// Reads the whole batch as planes of 4 × 4, whatever the number of examples is.
#[layer]
struct Planes;
stateless!(Planes: |dims, _| Inferred::new(dims), |input, _, _| {
    let (batch, numbers) = *input.shape();
    let planes = batch * numbers / 16;
    let window = Window { input: 4, output: 2, kernel: 2, stride: 2, padding: 0, dilation: 1 };
    let geometry = MaxPool2dGeometry { planes, vertical: window, horizontal: window };
    let x = D::try_max_pool2d(input, (planes, 4), &geometry)?;
    let stretch = Stretch { input: 2, output: 8, factor: None };
    let geometry = UpsampleGeometry { planes, vertical: stretch, horizontal: stretch, mode: Mode::Nearest };
    let x = D::try_upsample(x, (planes, 64), &geometry)?;
    let bins = Bins::adaptive(8, 4);
    let geometry = AvgPool2dGeometry { planes, vertical: bins.clone(), horizontal: bins };
    Ok(D::try_avg_pool2d(x, (batch, numbers), &geometry)?)
});

/// Reads every two values as an example of two channels.
#[layer]
struct Pairs;
stateless!(Pairs: |dims, _| Inferred::new(dims), |input, _, _| {
    let (batch, numbers) = *input.shape();
    let pairs = batch * numbers / 2;
    let x = D::try_reshape(input, &(pairs, 2))?;
    let geometry =
        LocalResponseNormGeometry { batch: pairs, channels: 2, spatial: 1, size: 2, alpha: 0.5, beta: 0.75, k: 1.0 };
    let (one, other) = Value::from(D::try_local_response_norm(x, &geometry)?).fork();
    let geometry = ConcatGeometry { batch: pairs, rows: 1, parts: vec![2, 2] };
    let x = D::try_concat(vec![one.elements()?, other.elements()?], &geometry)?;
    let geometry = SoftmaxGeometry { outer: pairs * 2, classes: 2, inner: 1 };
    let x = D::try_softmax(x, Scale::Linear, &geometry)?;
    let geometry = crate::ops::narrow::NarrowGeometry { outer: pairs, length: 4, start: 1, width: 2 };
    Ok(D::try_reshape(D::try_narrow(x, (pairs, 2), &geometry)?, &(batch, numbers))?)
});

#[test]
fn a_layer_may_read_a_batch_as_another() {
    compare!(2 of network!(Input<6, 4>, Turned));
    compare!(2 of network!(Input<6, 2, 2>, Conv2d<.., 6, 3, padding = 1>, Turned, Conv2d<.., 2, 1>));
    compare!(1 of network!(Input<24>, Linear<.., 12>, Turned, ReLU));
    // Three planes of a batch of two examples: one of the planes has elements of both.
    compare!(2 of network!(Input<24>, Planes));
    compare!(2 of network!(Input<3, 4, 4>, Conv2d<.., 3, 3, padding = 1>, Planes, Conv2d<.., 2, 3>));
    compare!(2 of network!(Input<6>, Pairs, Linear<.., 3>));
    compare!(3 of network!(Input<2, 2, 3>, Conv2d<.., 4, 1>, Pairs, Conv2d<.., 2, 1>));
}

/// Values that other steps read as a pixel with a border of zeros, or that are part of a concatenation.
#[test]
fn what_it_reads_may_lie_anywhere() {
    compare!(2 of network!(Input<6, 1, 1>, Conv2d<.., 6, 1>, Tanh,
        Concat<[Conv2d<.., 4, 3, padding = 1>, Flatten], [Flatten, Turned], [Flatten, Pairs]>));
    compare!(2 of network!(Input<6, 2, 2>, Concat<[Conv2d<.., 6, 3, padding = 1>, Turned], [Conv2d<.., 6, 1>, Pairs], [Planes]>,
        Conv2d<.., 3, 3, padding = 1>));
    compare!(2 of network!(Input<6, 1, 1>, Turned, Conv2d<.., 4, 3, padding = 1>));
    compare!(2 of network!(Input<6, 1, 1>, Pairs, Conv2d<.., 4, 3, padding = 1>));
}

/// Computes with an operation of dfdx's own.
#[layer]
struct Square;
stateless!(Square: |dims, _| Inferred::new(dims), |input, _, _| Ok(input.try_square()?));

/// Normalizes with the statistics of its input.
#[layer]
struct Itself;
stateless!(Itself: |dims, _| Inferred::new(dims), |input, _, _| {
    let geometry = BatchNormGeometry { batch: 1, channels: 1, spatial: In::DIMS.numel(), epsilon: 1e-5 };
    let none: Option<&Tensor<(usize,), E, D>> = None;
    Ok(D::try_batch_norm_train(input, none, none, (1,), &geometry)?.0)
});

network! { struct Block { ReLU, square: Square, Linear<.., 3> } }
network! { struct Within: Input<3> { Linear<.., 3>, block: Block, Softmax } }
network! { struct InAList: Input<3> { Residual<[Linear<.., 3>, Square]>, ReLU } }
network! { struct Last: Input<3> { ReLU, out: Square } }

fn why<N: Network<Device = Cpu, Dtype = f32>>(network: Result<N>) -> String {
    network.unwrap().compile::<1>().err().map_or_else(String::new, |error| error.to_string())
}

#[test]
fn a_layer_that_cannot_be_recorded_is_named() {
    let dev = Cpu::default();
    let dfdx = |layer: &str| {
        format!(
            "this network can't be compiled: {layer} computes by operations of dfdx's own, which a plan doesn't know; a layer \
             that is compiled computes by those of `shapewright::ops` alone"
        )
    };
    assert_eq!(why(Within::build(&dev)), dfdx("layer 2 `square: Square` of `Block`"));
    // The output of a list's last layer is checked where the list ends: in the layer around the list.
    assert_eq!(why(InAList::build(&dev)), dfdx("layer 1 `Residual<[…]>` of `InAList`"));
    assert_eq!(why(Last::build(&dev)), dfdx("layer 2 `out: Square` of `Last`"));
    type Open = network!(Linear<.., 3>, Square, ReLU);
    type Closed = network!(Input<3>, ReLU, Open, [Tanh] * 2);
    assert_eq!(why(Closed::build(&dev)), dfdx("layer 2 `Square`"));

    type Depends = network!(Input<3>, ReLU, Itself, ReLU);
    let error = why(Depends::build(&dev));
    let why = "normalizes by the statistics of its input, but a plan does so by fixed ones alone";
    assert_eq!(error, format!("this network can't be compiled: layer 2 `Itself` {why}"));
}

/// Stops the gradient: its output is what it received.
#[layer]
struct Stop;
stateless!(Stop: |dims, _| Inferred::new(dims), |input, _, _| Value::constant(input.split_tape().0).elements());

/// Scales its input by a weight that follows from it.
#[layer]
struct ByItself;
stateless!(ByItself: |dims, _| Inferred::new(dims), |input, _, _| {
    let device = input.device().clone();
    let (ones, zeros): (Tensor<(usize,), E, D>, Tensor<(usize,), E, D>) = (device.try_ones_like(&(3,))?, device.try_zeros_like(&(3,))?);
    D::constant(&ones);
    D::constant(&zeros);
    let (input, tape) = input.split_tape();
    let weight = input.clone().try_reshape_like(&(3,))?;
    let geometry = BatchNormGeometry { batch: 1, channels: 3, spatial: 1, epsilon: 0.0 };
    Ok(D::try_batch_norm_eval(input.put_tape(tape), Some(&weight), None, &zeros, &ones, &geometry)?)
});

/// Makes a table of another type of elements, which isn't recorded.
#[layer]
struct Table;
stateless!(Table: |dims, _| Inferred::new(dims), |input, _, _| {
    use crate::ops::DynTensor;
    let table = DynTensor::<f64, Cpu>::constant(&Cpu::default(), &[0.0, 1.0, 2.0], &[3])?.exp()?.into_elements()?.as_vec();
    let table: Vec<E> = table.into_iter().map(|value| E::from_f64(value).unwrap_or_default()).collect();
    let x = Value::from(input).shaped(&[3])?;
    x.add(&DynTensor::constant(x.device(), &table, &[3])?)?.into_elements()
});

#[test]
fn what_is_constant_is_known() {
    compare!(2 of network!(Input<3>, Residual<[Tanh, Stop, Linear<.., 3>]>));
    compare!(2 of network!(Input<3>, Linear<.., 3>, Table, ReLU));
    let error = why(<network!(Input<3>, ReLU, ByItself)>::build(&Cpu::default()));
    let expected = "computes the weights of an operation from its input, but those of a plan stay as they are";
    assert_eq!(error, format!("this network can't be compiled: layer 2 `ByItself` {expected}"));
}

network! { struct Views: Input<3> { fc: Linear<.., 3>, bn: BatchNorm1d } }

/// Parameters that are views of other tensors are copied by the operations that read them.
#[test]
fn parameters_may_be_views() {
    let dev = Cpu::seed_from_u64(1);
    let mut network = Views::build(&dev).unwrap();
    let weight: Tensor<Rank2<3, 3>, f32, _> = dev.sample_normal();
    network.fc.weight = weight.permute();
    network.fc.bias = Some(dev.tensor(0.5).broadcast());
    network.bn.running_mean = dev.tensor(0.25).broadcast();
    check::<_, 2, f32>(&network, 1e-5);
}
