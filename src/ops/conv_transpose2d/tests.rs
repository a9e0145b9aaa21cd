use dfdx::prelude::*;

use super::{ConvTranspose2dGeometry, ConvTranspose2dKernel, portable};
use crate::ops::testing::{
    Outcome, Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, weight,
};
use crate::ops::{Backend, Element, Window};

type Two = [usize; 2];

/// A geometry from PyTorch's arguments: batch, input and output channels, groups; height and width of each. The last pair is the
/// padding of the output.
fn geometry(
    [batch, in_channels, out_channels, groups]: [usize; 4],
    [input, kernel, stride, padding, dilation, more]: [Two; 6],
) -> ConvTranspose2dGeometry {
    let window = |axis: usize| Window {
        input: input[axis],
        output: (input[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + more[axis] + 1
            - 2 * padding[axis],
        kernel: kernel[axis],
        stride: stride[axis],
        padding: padding[axis],
        dilation: dilation[axis],
    };
    ConvTranspose2dGeometry { batch, in_channels, out_channels, groups, vertical: window(0), horizontal: window(1) }
}

/// Unusual and ordinary geometries.
fn geometries() -> Vec<ConvTranspose2dGeometry> {
    vec![
        geometry([2, 3, 4, 1], [[3, 4], [3, 3], [1, 1], [0, 0], [1, 1], [0, 0]]),
        geometry([2, 3, 2, 1], [[4, 3], [3, 3], [2, 2], [1, 1], [1, 1], [1, 1]]),
        geometry([1, 4, 2, 2], [[3, 2], [2, 3], [2, 3], [0, 1], [3, 2], [0, 2]]),
        geometry([1, 1, 1, 1], [[1, 1], [1, 1], [1, 1], [0, 0], [1, 1], [0, 0]]),
        geometry([2, 4, 6, 1], [[5, 3], [1, 1], [1, 1], [0, 0], [1, 1], [0, 0]]),
        geometry([2, 4, 6, 2], [[5, 3], [1, 1], [2, 2], [0, 0], [1, 1], [1, 0]]),
        geometry([2, 3, 3, 3], [[4, 5], [3, 3], [2, 1], [1, 1], [1, 1], [0, 0]]),
        geometry([2, 6, 3, 3], [[4, 3], [2, 3], [2, 2], [1, 0], [2, 1], [1, 1]]),
        geometry([2, 2, 3, 1], [[2, 3], [2, 2], [4, 5], [0, 0], [1, 1], [3, 4]]),
        geometry([11, 2, 3, 1], [[4, 4], [4, 4], [2, 2], [1, 1], [1, 1], [0, 0]]),
        geometry([0, 2, 3, 1], [[4, 4], [3, 3], [1, 1], [1, 1], [1, 1], [0, 0]]),
        geometry([0, 2, 2, 2], [[4, 4], [3, 3], [1, 1], [1, 1], [1, 1], [0, 0]]),
    ]
}

/// Input, weight and bias for a geometry.
fn inputs(geometry: &ConvTranspose2dGeometry) -> Vec<Vec<f64>> {
    let input = geometry.batch * geometry.in_channels * geometry.vertical.input * geometry.horizontal.input;
    let weight = geometry.in_channels * geometry.out_channels / geometry.groups * geometry.taps();
    vec![sample(input, 1), sample(weight, 2), sample(geometry.out_channels, 3)]
}

/// The transposed convolution and its gradients according to the definition, one product after the other.
fn naive(geometry: &ConvTranspose2dGeometry, inputs: &[Vec<f64>]) -> Outcome<f64> {
    let ConvTranspose2dGeometry { batch, in_channels, out_channels, groups, vertical, horizontal } = *geometry;
    let (x, w) = (&inputs[0], &inputs[1]);
    let plane = geometry.output_plane();
    let mut output = vec![0.0; batch * out_channels * plane];
    let mut gradients: Vec<Vec<f64>> = inputs.iter().map(|input| vec![0.0; input.len()]).collect();
    if let Some(bias) = inputs.get(2) {
        for (at, output) in output.iter_mut().enumerate() {
            *output = bias[at / plane % out_channels];
            gradients[2][at / plane % out_channels] += weight(at);
        }
    }
    let (group_inputs, group_outputs) = (in_channels / groups, out_channels / groups);
    for (from, &value) in x.iter().enumerate() {
        let (row, column) = (from / horizontal.input % vertical.input, from % horizontal.input);
        let image = from / (vertical.input * horizontal.input);
        let (example, channel) = (image / in_channels, image % in_channels);
        for by in channel * group_outputs * geometry.taps()..(channel + 1) * group_outputs * geometry.taps() {
            let out = channel / group_inputs * group_outputs + by / geometry.taps() % group_outputs;
            let (down, along) = (by / horizontal.kernel % vertical.kernel, by % horizontal.kernel);
            let y = (row * vertical.stride + down * vertical.dilation).checked_sub(vertical.padding);
            let x = (column * horizontal.stride + along * horizontal.dilation).checked_sub(horizontal.padding);
            let inside = y.zip(x).filter(|&(y, x)| y < vertical.output && x < horizontal.output);
            if let Some((y, x)) = inside {
                let at = (example * out_channels + out) * plane + y * horizontal.output + x;
                output[at] += value * w[by];
                gradients[0][from] += weight(at) * w[by];
                gradients[1][by] += weight(at) * value;
            }
        }
    }
    Outcome { output, gradients }
}

fn kernel<E: Element>(geometry: &ConvTranspose2dGeometry) -> impl Fn(Taped<E>, &[Vector<E>]) -> Taped<E>
where
    Cpu: Backend<E>,
{
    let length = geometry.batch * geometry.out_channels * geometry.output_plane();
    move |x, parameters| Cpu::try_conv_transpose2d(x, &parameters[0], parameters.get(1), (length,), geometry).unwrap()
}

fn composed(
    geometry: &ConvTranspose2dGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let length = geometry.batch * geometry.out_channels * geometry.output_plane();
    move |x, parameters| portable::conv_transpose2d(x, &parameters[0], parameters.get(1), (length,), geometry).unwrap()
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    let x: Tensor<Rank4<1, 1, 1, 2>, f32, _> = device.tensor([[[[1., 2.]]]]);
    let weight: Tensor<Rank4<1, 1, 2, 2>, f32, _> = device.tensor([[[[1., 10.], [0., -2.]]]]);
    let bias = device.tensor([100.0_f32]);
    let geometry = geometry([1, 1, 1, 1], [[1, 2], [2, 2], [1, 1], [0, 0], [1, 1], [0, 0]]);
    let shape: Rank4<1, 1, 2, 3> = Default::default();
    let y = Cpu::try_conv_transpose2d(x.leaky_trace(), &weight, Some(&bias), shape, &geometry).unwrap();
    assert_eq!(y.array(), [[[[101., 112., 120.], [100., 98., 96.]]]]);
    let gradients = y.sum::<(), _>().backward();
    assert_eq!(gradients.get(&x).array(), [[[[9., 9.]]]]);
    assert_eq!(gradients.get(&weight).array(), [[[[3., 3.], [3., 3.]]]]);
    assert_eq!(gradients.get(&bias).array(), [6.]);
}

/// A case that uses every argument of PyTorch's function.
#[test]
fn both_forms_are_pytorchs() {
    let geometry = geometry([1, 2, 4, 2], [[2, 3], [3, 2], [2, 3], [1, 0], [1, 2], [1, 0]]);
    let weights: Vec<f64> = (0..24).rev().map(weight).collect();
    let inputs = [(0..12).map(weight).collect(), weights, vec![0.5, -1.0, 2.0, 0.0]];
    #[rustfmt::skip]
    let output = vec![
        0.34, 0.5, 0.9, 0.9, 0.5, -0.5, 0.58, 0.5, 0.3, -0.02, 0.5, 0.5, 1.1, 0.5, 0.78, 0.46, 0.5, 0.62,
        0.26, 0.5, 1.1, 0.82, 0.5, -0.3, 0.5, 0.5, 0.5, 0.62, 0.5, 0.14, 0.34, 0.5, 0.98, 0.5, 0.5, 0.5,
        -1.32, -1.0, -0.76, -0.2, -1.0, -1.6, -0.84, -1.0, -1.12, -0.6, -1.0, -1.4, -1.44, -1.0, 0.0, -0.96, -1.0, -0.8,
        -1.48, -1.0, -0.64, -0.36, -1.0, -1.48, -1.0, -1.0, -1.0, -1.12, -1.0, -1.6, -0.84, -1.0, -0.2, -1.0, -1.0, -1.0,
        2.8, 2.0, 2.16, 1.4, 2.0, 1.88, 2.2, 2.0, 2.04, 1.92, 2.0, 2.24, 2.2, 2.0, 1.68, 2.04, 2.0, 2.0,
        3.0, 2.0, 2.2, 1.6, 2.0, 1.92, 2.4, 2.0, 2.08, 1.4, 2.0, 2.8, 2.24, 2.0, 1.68, 1.76, 2.0, 2.32,
        0.48, 0.0, -0.16, -0.36, 0.0, 0.12, 0.12, 0.0, -0.04, -0.8, 0.0, -0.48, 0.6, 0.0, 0.08, -0.2, 0.0, -0.24,
        0.6, 0.0, -0.2, -0.24, 0.0, 0.08, 0.24, 0.0, -0.08, -1.0, 0.0, 0.4, 0.4, 0.0, -0.16, -0.4, 0.0, 0.16,
    ];
    let gradients = vec![
        vec![-1.28, -1.96, -2.2, 0.04, -0.16, -0.36, 3.48, 1.52, -2.2, -2.68, -0.84, 0.12],
        vec![
            1.4, -0.24, -0.64, 1.28, 1.4, -0.64, 0.04, -0.28, -0.84, -0.24, 0.32, -0.84, -0.72, 0.0, -0.28, -0.68,
            0.12, -0.28, -0.52, 1.08, 1.32, -0.4, 0.4, 1.32,
        ],
        vec![0.8, 0.2, -0.4, -1.0],
    ];
    let expected = Outcome { output, gradients };
    assert_same(&run(&inputs, kernel::<f64>(&geometry)), &expected, 1e-12, "kernel");
    assert_same(&run(&inputs, composed(&geometry)), &expected, 1e-12, "portable");
}

#[test]
fn both_forms_are_the_definition() {
    for geometry in geometries() {
        let all = inputs(&geometry);
        for inputs in [&all[..], &all[..2]] {
            let (expected, what) = (naive(&geometry, inputs), format!("{geometry:?}"));
            assert_same(&run(inputs, kernel::<f64>(&geometry)), &expected, 1e-12, &what);
            assert_same(&run(inputs, composed(&geometry)), &expected, 1e-12, &format!("portable, {what}"));
            let single = run(inputs, kernel::<f32>(&geometry)).output;
            let single: Vec<f64> = single.into_iter().map(f64::from).collect();
            assert_close(&single, &expected.output, 1e-4, &what);
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
    let geometry = geometry([2, 3, 2, 1], [[4, 4], [3, 3], [2, 2], [1, 1], [1, 1], [1, 1]]);
    let x: Tensor<Rank4<4, 3, 4, 2>, f64, _> = device.sample_normal();
    let weight: Tensor<Rank3<2, 3, 3>, f64, _> = device.sample_normal();
    let convolve = |portably: bool| {
        let permuted = x.leaky_trace().permute::<Rank4<2, 3, 4, 4>, Axes4<3, 1, 0, 2>>();
        let repeated = weight.clone().broadcast::<Rank4<3, 2, 3, 3>, Axis<0>>();
        let (none, shape) = (None::<&Vector<f64>>, Rank4::<2, 2, 8, 8>::default());
        let y = match portably {
            true => portable::conv_transpose2d(permuted, &repeated, none, shape, &geometry),
            false => Cpu::try_conv_transpose2d(permuted, &repeated, none, shape, &geometry),
        };
        let y = y.unwrap();
        let output = y.as_vec();
        let gradients = y.square().sum::<(), _>().backward();
        Outcome { output, gradients: vec![gradients.get(&x).as_vec(), gradients.get(&weight).as_vec()] }
    };
    assert_same(&convolve(false), &convolve(true), 1e-12, "strided");
}

#[test]
fn gradients_add_up() {
    let device = Cpu::default();
    for (channels, groups) in [(1, 1), (2, 2)] {
        let pixel = geometry([1, channels, channels, groups], [[1, 1], [1, 1], [1, 1], [0, 0], [1, 1], [0, 0]]);
        let x: Vector<f64> = device.tensor((vec![3.0; channels], (channels,)));
        let w: Vector<f64> = device.tensor((vec![2.0; channels], (channels,)));
        let convolve = |x| Cpu::try_conv_transpose2d(x, &w, None::<&Vector<f64>>, (channels,), &pixel).unwrap();
        let once = convolve(x.leaky_trace());
        let skip = once.retaped::<OwnedTape<f64, Cpu>>();
        let twice = convolve(once);
        // The product with 0.5 comes last, so that its gradient is there before the kernel adds to it.
        let gradients = (twice + skip * 0.5).sum::<(), _>().backward();
        assert_eq!(gradients.get(&w).as_vec(), vec![13.5; channels], "2 w x + x / 2");
        assert_eq!(gradients.get(&x).as_vec(), vec![5.0; channels], "w² + w / 2");
    }
}

/// The window slides over the output here, so the positions in the output are checked for overflow, not those in the input.
#[test]
fn positions_that_wrap_are_refused() {
    let window = Window { input: 4, output: 9, kernel: 1, stride: 6148914691236517206, padding: 0, dilation: 1 };
    let usual = Window { stride: 1, ..window };
    for (vertical, horizontal) in [(window, usual), (usual, window)] {
        let geometry =
            ConvTranspose2dGeometry { batch: 1, in_channels: 8, out_channels: 8, groups: 1, vertical, horizontal };
        let tensor = |length: usize| -> Tensor<(usize,), f32, Cpu> { Cpu::default().zeros_like(&(length,)) };
        let (input, weight, bias) = (tensor(8 * 16), tensor(64), None::<&Tensor<(usize,), f32, Cpu>>);
        let convolve =
            || Cpu::try_conv_transpose2d(input, &weight, bias, (8 * 81,), &geometry).map(|output| output.as_vec());
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(convolve)).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap_or_else(|| panic!("no message of {geometry:?}"));
        assert!(message.contains("a window must have"), "{message}");
    }
}
