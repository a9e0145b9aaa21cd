use dfdx::prelude::*;

use super::cpu::{self, Kernel};
use super::{Conv2dGeometry, Conv2dKernel, portable};
use crate::ops::testing::{
    Outcome, Taped, Vector, assert_close, assert_differentiates, assert_same, run, run_on, sample, vector, weight,
};
use crate::ops::{Backend, Element, Window};

type Two = [usize; 2];

/// A geometry from PyTorch's arguments: batch, input and output channels, groups; height and width of each.
fn geometry(
    [batch, in_channels, out_channels, groups]: [usize; 4],
    [input, kernel, stride, padding, dilation]: [Two; 5],
) -> Conv2dGeometry {
    let window = |axis: usize| Window {
        input: input[axis],
        output: (input[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis] + 1,
        kernel: kernel[axis],
        stride: stride[axis],
        padding: padding[axis],
        dilation: dilation[axis],
    };
    Conv2dGeometry { batch, in_channels, out_channels, groups, vertical: window(0), horizontal: window(1) }
}

/// Unusual and ordinary geometries.
fn geometries() -> Vec<Conv2dGeometry> {
    let mut geometries = vec![
        geometry([2, 3, 4, 1], [[6, 5], [3, 3], [1, 1], [0, 0], [1, 1]]),
        geometry([2, 3, 4, 1], [[6, 5], [3, 3], [1, 1], [1, 1], [1, 1]]),
        geometry([3, 2, 5, 1], [[9, 7], [3, 2], [2, 3], [2, 0], [1, 2]]),
        geometry([1, 1, 1, 1], [[1, 1], [1, 1], [1, 1], [0, 0], [1, 1]]),
        geometry([2, 4, 6, 1], [[5, 3], [1, 1], [1, 1], [0, 0], [1, 1]]),
        geometry([2, 4, 6, 2], [[5, 3], [1, 1], [2, 2], [0, 0], [1, 1]]),
        geometry([2, 4, 6, 2], [[5, 4], [3, 3], [1, 2], [1, 2], [1, 1]]),
        geometry([2, 3, 3, 3], [[5, 6], [3, 3], [1, 1], [1, 1], [1, 1]]),
        geometry([2, 3, 6, 3], [[7, 6], [2, 3], [2, 2], [1, 0], [2, 1]]),
        geometry([2, 2, 3, 1], [[4, 5], [6, 7], [1, 1], [1, 1], [1, 1]]),
        geometry([2, 2, 3, 1], [[8, 9], [2, 2], [4, 5], [0, 0], [1, 1]]),
        geometry([11, 2, 3, 1], [[4, 4], [3, 3], [1, 1], [3, 3], [1, 1]]),
        geometry([0, 2, 3, 1], [[4, 4], [3, 3], [1, 1], [1, 1], [1, 1]]),
        geometry([0, 2, 2, 2], [[4, 4], [3, 3], [1, 1], [1, 1], [1, 1]]),
    ];
    // `Same` padding of an even kernel: one position less before the input than after it.
    let mut same = geometry([2, 2, 2, 1], [[5, 5], [4, 2], [1, 1], [0, 0], [1, 1]]);
    (same.vertical.padding, same.vertical.output, same.horizontal.output) = (1, 5, 5);
    geometries.push(same);
    geometries
}

/// Input, weight and bias for a geometry.
fn inputs(geometry: &Conv2dGeometry) -> Vec<Vec<f64>> {
    let input = geometry.batch * geometry.in_channels * geometry.input_plane();
    let weight = geometry.out_channels * geometry.fan_in();
    vec![sample(input, 1), sample(weight, 2), sample(geometry.out_channels, 3)]
}

/// The convolution and its gradients according to the definition, one product after the other.
fn naive(geometry: &Conv2dGeometry, inputs: &[Vec<f64>]) -> Outcome<f64> {
    let (x, w) = (&inputs[0], &inputs[1]);
    let mut output = vec![0.0; geometry.batch * geometry.out_channels * geometry.output_plane()];
    let mut gradients: Vec<Vec<f64>> = inputs.iter().map(|input| vec![0.0; input.len()]).collect();
    let (group_inputs, taps) = (geometry.group_inputs(), geometry.taps());
    for (at, output) in output.iter_mut().enumerate() {
        let (row, column) =
            (at / geometry.horizontal.output % geometry.vertical.output, at % geometry.horizontal.output);
        let (channel, example) = (
            at / geometry.output_plane() % geometry.out_channels,
            at / geometry.output_plane() / geometry.out_channels,
        );
        if let Some(bias) = inputs.get(2) {
            *output += bias[channel];
            gradients[2][channel] += weight(at);
        }
        for input in 0..group_inputs {
            let plane = example * geometry.in_channels + channel / geometry.group_outputs() * group_inputs + input;
            for tap in 0..taps {
                let (down, along) = (tap / geometry.horizontal.kernel, tap % geometry.horizontal.kernel);
                let position = geometry.vertical.position(row, down).zip(geometry.horizontal.position(column, along));
                if let Some((y, x_position)) = position {
                    let from = plane * geometry.input_plane() + y * geometry.horizontal.input + x_position;
                    let by = (channel * group_inputs + input) * taps + tap;
                    *output += x[from] * w[by];
                    gradients[0][from] += weight(at) * w[by];
                    gradients[1][by] += weight(at) * x[from];
                }
            }
        }
    }
    Outcome { output, gradients }
}

fn kernel<E: Element>(geometry: &Conv2dGeometry) -> impl Fn(Taped<E>, &[Vector<E>]) -> Taped<E>
where
    Cpu: Backend<E>,
{
    let length = geometry.batch * geometry.out_channels * geometry.output_plane();
    move |x, parameters| Cpu::try_conv2d(x, &parameters[0], parameters.get(1), (length,), geometry).unwrap()
}

fn composed(
    geometry: &Conv2dGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let length = geometry.batch * geometry.out_channels * geometry.output_plane();
    move |x, parameters| portable::conv2d(x, &parameters[0], parameters.get(1), (length,), geometry).unwrap()
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    let x: Tensor<Rank4<1, 1, 3, 3>, f32, _> = device.tensor([[[[1., 2., 3.], [4., 5., 6.], [7., 8., 9.]]]]);
    let weight: Tensor<Rank4<1, 1, 2, 2>, f32, _> = device.tensor([[[[1., 0.], [0., -2.]]]]);
    let bias = device.tensor([100.0_f32]);
    let geometry = geometry([1, 1, 1, 1], [[3, 3], [2, 2], [1, 1], [0, 0], [1, 1]]);
    let shape: Rank4<1, 1, 2, 2> = Default::default();
    let y = Cpu::try_conv2d(x.leaky_trace(), &weight, Some(&bias), shape, &geometry).unwrap();
    assert_eq!(y.array(), [[[[91., 90.], [88., 87.]]]]);
    let gradients = y.sum::<(), _>().backward();
    assert_eq!(gradients.get(&x).array(), [[[[1., 1., 0.], [1., -1., -2.], [0., -2., -2.]]]]);
    assert_eq!(gradients.get(&weight).array(), [[[[12., 16.], [24., 28.]]]]);
    assert_eq!(gradients.get(&bias).array(), [4.]);
}

#[test]
fn both_forms_are_the_definition() {
    for geometry in geometries() {
        let all = inputs(&geometry);
        for inputs in [&all[..], &all[..2]] {
            let (expected, what) = (naive(&geometry, inputs), format!("{geometry:?}"));
            assert_same(&run(inputs, kernel::<f64>(&geometry)), &expected, 1e-12, &what);
            assert_same(&run(inputs, composed(&geometry)), &expected, 1e-12, &format!("portable, {what}"));
            let single = run(inputs, kernel::<f32>(&geometry));
            assert_close(
                &single.output.iter().map(|&value| value as f64).collect::<Vec<_>>(),
                &expected.output,
                1e-4,
                &what,
            );
        }
    }
}

/// The output and the gradients of one kernel, on slices.
fn by<E: Element>(kernel: Kernel, geometry: &Conv2dGeometry, inputs: &[Vec<f64>]) -> Outcome<f64> {
    let numbers = |values: &[f64]| values.iter().map(|&value| E::of(value)).collect::<Vec<E>>();
    let back = |values: Vec<E>| values.iter().map(|value| value.to_f64().unwrap()).collect::<Vec<f64>>();
    let [x, w, bias] = [0, 1, 2].map(|input| numbers(&inputs[input]));
    let mut output = vec![E::zero(); geometry.batch * geometry.out_channels * geometry.output_plane()];
    let upstream: Vec<E> = (0..output.len()).map(|at| E::of(weight(at))).collect();
    cpu::forward(kernel, geometry, &x, &w, Some(&bias), &mut output);
    // Kernels add to the gradients, which aren't zero here.
    let mut gradients = [&x, &w, &bias].map(|of| vec![E::one(); of.len()]);
    cpu::input_gradient_by(kernel, geometry, &w, &upstream, &mut gradients[0]);
    cpu::weight_gradient_by(kernel, geometry, &x, &upstream, &mut gradients[1]);
    cpu::bias_gradient(geometry, &upstream, &mut gradients[2]);
    let gradients = gradients.map(|gradient| back(gradient.iter().map(|&number| number - E::one()).collect()));
    Outcome { output: back(output), gradients: gradients.into() }
}

#[test]
fn every_kernel_is_the_definition() {
    let larger = [
        geometry([2, 17, 20, 1], [[9, 13], [3, 3], [1, 1], [1, 1], [1, 1]]),
        geometry([3, 5, 33, 1], [[12, 8], [3, 3], [1, 1], [0, 2], [1, 1]]),
        geometry([2, 20, 20, 20], [[8, 9], [3, 3], [1, 1], [1, 1], [1, 1]]),
        geometry([2, 18, 12, 2], [[7, 8], [5, 3], [1, 1], [2, 1], [1, 2]]),
        geometry([2, 9, 40, 1], [[11, 10], [7, 7], [2, 2], [3, 3], [1, 1]]),
    ];
    for geometry in geometries().into_iter().chain(larger) {
        let inputs = inputs(&geometry);
        let expected = naive(&geometry, &inputs);
        for kernel in Kernel::all(&geometry) {
            let what = format!("{kernel:?}, {geometry:?}");
            assert_same(&by::<f64>(kernel, &geometry, &inputs), &expected, 1e-11, &what);
            // Winograd's transforms round a little more, most of all without fused multiply-add.
            assert_same(&by::<f32>(kernel, &geometry, &inputs), &expected, 3e-4, &what);
        }
    }
}

#[test]
fn gradients_are_the_slopes() {
    for geometry in &geometries()[..3] {
        assert_differentiates(&inputs(geometry), &format!("{geometry:?}"), kernel(geometry));
    }
}

#[test]
fn a_permuted_input_and_a_broadcast_weight_have_their_gradients() {
    let device = Cpu::default();
    let geometry = geometry([2, 3, 2, 1], [[4, 4], [3, 3], [1, 1], [1, 1], [1, 1]]);
    let x: Tensor<Rank4<4, 3, 4, 2>, f64, _> = device.sample_normal();
    let weight: Tensor<Rank3<3, 3, 3>, f64, _> = device.sample_normal();
    let convolve = |portably: bool| {
        let permuted = x.leaky_trace().permute::<Rank4<2, 3, 4, 4>, Axes4<3, 1, 0, 2>>();
        let repeated = weight.clone().broadcast::<Rank4<2, 3, 3, 3>, Axis<0>>();
        let (none, shape) = (None::<&Tensor<Rank1<2>, f64, Cpu>>, Rank4::<2, 2, 4, 4>::default());
        let y = match portably {
            true => portable::conv2d(permuted, &repeated, none, shape, &geometry),
            false => Cpu::try_conv2d(permuted, &repeated, none, shape, &geometry),
        };
        let y = y.unwrap();
        let output = y.as_vec();
        let gradients = y.square().sum::<(), _>().backward();
        Outcome { output, gradients: vec![gradients.get(&x).as_vec(), gradients.get(&weight).as_vec()] }
    };
    assert_same(&convolve(false), &convolve(true), 1e-12, "strided");
}

#[test]
fn an_empty_batch_may_be_permuted() {
    let device = Cpu::default();
    let geometry = geometry([0, 2, 1, 1], [[4, 4], [3, 3], [1, 1], [0, 0], [1, 1]]);
    let x: Tensor<(usize, Const<0>), f64, _> = device.zeros_like(&(32, Const));
    let weight: Tensor<Rank1<18>, f64, _> = device.ones();
    let permuted = x.leaky_trace().permute::<(Const<0>, usize), _>();
    let y = Cpu::try_conv2d(permuted, &weight, None::<&Vector<f64>>, (0,), &geometry).unwrap();
    let (_, tape) = y.split_tape();
    let gradients = device.zeros::<Rank0>().put_tape(tape).backward();
    assert_eq!(gradients.get(&weight).array(), [0.0; 18]);
    assert_eq!(gradients.get(&x).shape().num_elements(), 0);
}

#[test]
fn one_tensor_in_all_places_has_the_sum_of_the_gradients() {
    let geometry = geometry([1, 1, 1, 1], [[1, 1], [1, 1], [1, 1], [0, 0], [1, 1]]);
    let x: Vector<f64> = Cpu::default().tensor((vec![3.0], (1,)));
    let y = Cpu::try_conv2d(x.leaky_trace(), &x, Some(&x), (1,), &geometry).unwrap();
    assert_eq!(y.as_vec(), [12.0], "x² + x");
    assert_eq!(y.sum::<(), _>().backward().get(&x).as_vec(), [7.0], "2 x + 1");
}

#[test]
fn gradients_add_up_and_stay() {
    let geometry = geometry([1, 1, 1, 1], [[1, 1], [1, 1], [1, 1], [0, 0], [1, 1]]);
    let device = Cpu::default();
    let x: Vector<f64> = device.tensor((vec![3.0], (1,)));
    let w: Vector<f64> = device.tensor((vec![2.0], (1,)));
    let convolve = |x| Cpu::try_conv2d(x, &w, None::<&Vector<f64>>, (1,), &geometry).unwrap();
    let once = convolve(x.leaky_trace());
    let kept = once.retaped::<NoneTape>();
    let gradients = convolve(once).sum::<(), _>().backward();
    assert_eq!(gradients.get(&w).as_vec(), [12.0], "w² x");
    assert_eq!(gradients.get(&kept).as_vec(), [2.0], "what lies between has its gradient, too");
}

#[test]
fn results_do_not_depend_on_threads_nor_on_the_cache() {
    // A single example that is worth dividing: with padding, with a 1 × 1 kernel, and with groups.
    for geometry in [
        geometry([1, 16, 24, 1], [[41, 53], [3, 3], [1, 1], [1, 1], [1, 1]]),
        geometry([1, 64, 96, 1], [[29, 31], [1, 1], [1, 1], [0, 0], [1, 1]]),
        geometry([1, 32, 64, 2], [[40, 48], [3, 3], [1, 1], [1, 1], [1, 1]]),
    ] {
        let inputs = inputs(&geometry);
        let on_threads = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(&inputs, kernel::<f32>(&geometry)).output)
        };
        let expected = on_threads(1);
        assert_close(&on_threads(3), &expected, 0.0, &format!("{geometry:?}"));
        let composed: Vec<f32> = run(&inputs, composed(&geometry)).output.iter().map(|&value| value as f32).collect();
        assert_close(&expected, &composed, 1e-3, &format!("{geometry:?}, composed"));
    }

    let geometry = geometry([9, 8, 16, 1], [[20, 20], [3, 3], [1, 1], [1, 1], [1, 1]]);
    let inputs = inputs(&geometry);
    let on_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&inputs, kernel::<f32>(&geometry)))
    };
    let expected = on_threads(1);
    assert_same(&on_threads(2), &expected, 0.0, "two threads");
    assert_same(&on_threads(16), &expected, 0.0, "more threads than examples");

    let device = Cpu::default();
    device.enable_cache();
    for round in 0..3 {
        assert_same(&run_on(&device, &inputs, kernel::<f32>(&geometry)), &expected, 0.0, &format!("cached, {round}"));
    }
}

#[test]
fn a_batch_that_does_not_fit_the_workspace_is_halved() {
    let geometry = geometry([5, 4, 6, 2], [[5, 4], [3, 2], [1, 2], [1, 0], [1, 1]]);
    let device = AutoDevice::default();
    let [x, weight, bias] = &inputs(&geometry)[..] else { panic!("input, weight and bias") };
    let [x, weight, bias] = [x, weight, bias].map(|values| vector::<f64, _>(&device, values));
    let output = (geometry.batch * geometry.out_channels * geometry.output_plane(),);
    let within = |workspace| {
        portable::conv2d_within(workspace, x.clone(), &weight, Some(&bias), output, &geometry).unwrap().as_vec()
    };
    let whole = within(usize::MAX);
    let example = geometry.in_channels * geometry.taps() * geometry.output_plane() * size_of::<f64>();
    for workspace in [0, example, 2 * example, 4 * example] {
        assert_eq!(within(workspace), whole, "{workspace} bytes");
    }
}

/// For any geometry, no kernel reads outside a tensor. In each of these, positions or sizes overflow to valid ones, and the
/// tensors are as long as the wrapped products.
#[test]
fn sizes_that_wrap_are_refused() {
    let usual = geometry([1, 8, 8, 1], [[8, 8], [1, 1], [1, 1], [0, 0], [1, 1]]);
    let window = |change: fn(&mut Window)| {
        let mut changed = Window { output: 4, ..usual.vertical };
        change(&mut changed);
        Conv2dGeometry { vertical: changed, ..usual }
    };
    let refused = [
        window(|window| window.stride = 6148914691236517206),
        window(|window| (window.kernel, window.dilation) = (3, 1 << 63)),
        window(|window| window.padding = usize::MAX - 4),
        window(|window| window.stride = 0),
        window(|window| window.kernel = 0),
        Conv2dGeometry { batch: (1 << 62) + 1, in_channels: 4, out_channels: 4, ..usual },
        Conv2dGeometry { in_channels: 1 << 63, out_channels: 1 << 63, ..usual },
        Conv2dGeometry { groups: 0, ..usual },
    ];
    for geometry in refused {
        let length = |sizes: [usize; 4]| sizes.into_iter().fold(1, usize::wrapping_mul);
        let Conv2dGeometry { batch, in_channels, out_channels, groups, vertical, horizontal } = geometry;
        let tensor = |sizes: [usize; 4]| Cpu::default().zeros_like(&(length(sizes),));
        let input: Tensor<(usize,), f32, Cpu> = tensor([batch, in_channels, vertical.input, horizontal.input]);
        let inputs = in_channels.checked_div(groups).unwrap_or(1);
        let weight: Tensor<(usize,), f32, Cpu> = tensor([out_channels, inputs, vertical.kernel, horizontal.kernel]);
        let output = (length([batch, out_channels, vertical.output, horizontal.output]),);
        let bias = None::<&Tensor<(usize,), f32, Cpu>>;
        let kernel = || Cpu::try_conv2d(input.clone(), &weight, bias, output, &geometry).is_ok();
        let portable = || portable::conv2d(input.clone(), &weight, bias, output, &geometry).is_ok();
        let forms: [&dyn Fn() -> bool; 2] = [&kernel, &portable];
        for form in forms {
            let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(form)).unwrap_err();
            let message = panic.downcast_ref::<String>().unwrap_or_else(|| panic!("no message of {geometry:?}"));
            let expected = ["a window must have", "doesn't fit", "must divide into groups"];
            assert!(expected.iter().any(|expected| message.contains(expected)), "{geometry:?}: {message}");
        }
    }
}
