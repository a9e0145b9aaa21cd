//! Every layer does what PyTorch's does, forwards and backwards.
//!
//! The golden values are made by `tests/golden/make.py` in f64. f64 is compared with them to 1e-10 and f32 to 1e-5:
//! absolute below 1, relative above.

use std::fs;
use std::path::Path;

use crate::flat::{Flat, eval, train};
use dfdx::nn::tensor_collection::TensorCollection;
use safetensors::SafeTensors;
use shapewright::ops::Element;
use shapewright::prelude::*;
use shapewright::shape::Shape;

use crate::support::{Numbers, Step, assert_close, set_state, state, step, tensor};

/// The golden values of one case.
pub struct Golden {
    bytes: Vec<u8>,
    case: String,
}

impl Golden {
    pub fn read(file: &str, case: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file).with_extension("safetensors");
        Golden { bytes: fs::read(path).unwrap(), case: format!("{case}/") }
    }

    /// Shape and bytes of a tensor.
    pub fn get(&self, name: &str) -> (Vec<usize>, Vec<[u8; 8]>) {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = file.tensor(&format!("{}{name}", self.case)).unwrap();
        (view.shape().to_vec(), view.data().as_chunks().0.to_vec())
    }

    pub fn numbers(&self, name: &str) -> Vec<f64> {
        self.get(name).1.into_iter().map(f64::from_le_bytes).collect()
    }

    /// All tensors whose names begin in `kind/`, without that.
    fn all(&self, kind: &str) -> Numbers {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let prefix = format!("{}{kind}/", self.case);
        let names = file.names().into_iter().filter_map(|name| name.strip_prefix(&prefix));
        names.map(|name| (name.to_string(), self.numbers(&format!("{kind}/{name}")))).collect()
    }
}

/// A batch that carries a tape.
type Taped<E> = Flat<E, AutoDevice, OwnedTape<E, AutoDevice>>;

/// Compares one step of a network with the golden values. Several outputs are one there.
pub fn check<E, N>(
    golden: &Golden,
    mut network: N,
    tolerance: f64,
    forward: impl FnOnce(&mut N, Taped<E>) -> Result<Taped<E>>,
) where
    E: Element,
    AutoDevice: Backend<E>,
    N: Network<Dtype = E, Device = AutoDevice> + TensorCollection<E, AutoDevice>,
{
    let initial = golden.all("state");
    assert!(state(&mut network).keys().eq(initial.keys()), "the tensors' names are PyTorch's");
    set_state(&mut network, &initial);
    let (shape, _) = golden.get("input");
    assert_eq!(shape[1..], *N::Input::DIMS.as_slice(), "the example's shape");
    let input = tensor((shape[0], N::Input::DIMS.numel()), &golden.numbers("input"));
    compile(&network, &input, tolerance);
    let mut step = step(&mut network, &input, &golden.numbers("cotangent"), forward);
    if N::Output::DIMS.count() == 1 {
        step.shape = [&step.shape[..1], N::Output::DIMS.as_slice()].concat();
    }
    compare(golden, &step, initial, &state(&mut network), tolerance);
}

/// Compares a compiled plan with the network, in evaluation, on the first example.
#[cfg(not(feature = "cuda"))]
fn compile<E, N>(network: &N, input: &Tensor<(usize, usize), E, AutoDevice>, tolerance: f64)
where
    E: Element,
    AutoDevice: Backend<E>,
    N: Network<Dtype = E, Device = AutoDevice>,
{
    let numbers = |numbers: &[E]| numbers.iter().map(|number| number.to_f64().unwrap()).collect::<Vec<_>>();
    let expected = eval(network, input.clone()).unwrap().as_vec();
    let mut output = vec![E::nan(); N::Output::DIMS.numel()];
    let example = &input.as_vec()[..N::Input::DIMS.numel()];
    network.compile::<1>().unwrap().session().unwrap().run(example, &mut output).unwrap();
    assert_close(&numbers(&output), &numbers(&expected[..output.len()]), tolerance, "the plan's output");
}

/// Plans are for CPUs.
#[cfg(feature = "cuda")]
fn compile<N, I>(_: &N, _: &I, _: f64) {}

fn compare(golden: &Golden, step: &Step, before: Numbers, after: &Numbers, tolerance: f64) {
    assert_eq!(step.shape, golden.get("output").0, "the output's shape is PyTorch's");
    assert_close(&step.output, &golden.numbers("output"), tolerance, "output");
    let mut gradients = golden.all("gradient");
    assert_close(&step.input, &gradients.remove("input").unwrap(), tolerance, "gradient of the input");
    assert!(step.parameters.keys().eq(gradients.keys()), "the parameters that train are PyTorch's");
    for (name, gradient) in &gradients {
        assert_close(&step.parameters[name], gradient, tolerance, &format!("gradient of {name}"));
    }
    let mut expected = before;
    expected.extend(golden.all("after"));
    for (name, expected) in &expected {
        assert_close(&after[name], expected, tolerance, &format!("{name} afterwards"));
    }
}

/// How near a type comes to the golden values.
trait Near {
    const TOLERANCE: f64;
}
impl Near for f32 {
    const TOLERANCE: f64 = 1e-5;
}
impl Near for f64 {
    const TOLERANCE: f64 = 1e-10;
}

/// A test for each case of a file: `name [sizes of one example] (layer)`. Each costs the compiler half a second, so f32
/// runs where its kernel is another one, or its limits are.
macro_rules! goldens {
    ($file:ident of $E:ty, $forward:ident: $($(#[$only:meta])? $case:ident [$($size:tt)*] ($($layer:tt)*);)*) => {$(
        #[test]
        $(#[$only])?
        fn $case() {
            network! { struct Net: Input<$($size)*> { layer: $($layer)* } }
            let network = AutoDevice::default().build_module::<Net, $E>();
            let golden = Golden::read(stringify!($file), stringify!($case));
            check(&golden, network, <$E>::TOLERANCE, |network, input| $forward(network, input));
        }
    )*};
}

mod linear {
    use super::*;

    goldens! { linear of f64, train:
        features [5] (Linear<.., 4>);
        features_without_bias [5] (Linear<5, 4, bias = false>);
        rows [2, 3] (Linear<3, 4>);
        rows_without_bias [2, 3] (Linear<.., 4, bias = false>);
        one_to_one [1] (Linear<.., 1>);
    }
}

mod conv2d {
    use super::*;

    goldens! { conv2d of f64, train:
        plain [2, 6, 5] (Conv2d<2, 3, 3>);
        without_bias [2, 6, 5] (Conv2d<.., 3, 3, bias = false>);
        pointwise [3, 4, 3] (Conv2d<.., 4, 1>);
        pointwise_stride [3, 5, 4] (Conv2d<.., 2, 1, stride = 2>);
        rectangular_kernel [2, 5, 6] (Conv2d<.., 3, (2, 3)>);
        stride [2, 8, 7] (Conv2d<.., 3, 3, stride = 2>);
        stride_pair [1, 4, 9] (Conv2d<.., 2, 2, stride = (1, 3)>);
        padding [2, 5, 4] (Conv2d<.., 3, 3, padding = 1>);
        padding_pair [2, 5, 4] (Conv2d<.., 3, 3, padding = (0, 2)>);
        padding_wider_than_kernel [1, 3, 2] (Conv2d<.., 2, 2, padding = 3>);
        stride_and_padding [2, 7, 6] (Conv2d<.., 3, (3, 5), stride = (2, 1), padding = (1, 2)>);
        dilation [2, 7, 6] (Conv2d<.., 3, 3, dilation = 2>);
        dilation_pair_and_padding [2, 6, 5] (Conv2d<.., 3, (3, 2), padding = 2, dilation = (2, 3)>);
        groups [4, 5, 4] (Conv2d<.., 6, 3, groups = 2>);
        groups_everything [4, 7, 8]
            (Conv2d<4, 2, 3, stride = 2, padding = 1, dilation = (1, 2), groups = 2, bias = false>);
        depthwise [3, 5, 4] (Conv2d<.., 3, 3, padding = 1, groups = 3>);
        depthwise_multiplied [2, 7, 5] (Conv2d<.., 6, 3, stride = 2, groups = 2>);
        same [2, 5, 4] (Conv2d<.., 3, 3, padding = Same>);
        same_even_kernel [2, 5, 4] (Conv2d<.., 3, (2, 4), padding = Same>);
        same_odd_stride [2, 6, 7] (Conv2d<.., 3, 3, stride = 2, padding = Same>);
        same_pixels_left_out [1, 5, 7] (Conv2d<.., 2, 1, stride = 3, padding = Same>);
        same_dilation [1, 6, 5] (Conv2d<.., 2, 3, stride = 2, dilation = 2, padding = Same>);
    }
}

mod pooling {
    use super::*;

    goldens! { pooling of f64, train:
        max [2, 4, 6] (MaxPool2d<2>);
        max_leaves_pixels_out [2, 5, 7] (MaxPool2d<2>);
        max_stride [2, 5, 4] (MaxPool2d<3, stride = 1>);
        max_rectangular [1, 6, 7] (MaxPool2d<(2, 3), stride = (3, 2)>);
        max_padding [2, 6, 5] (MaxPool2d<3, stride = 2, padding = 1>);
        max_padding_pair [1, 6, 5] (MaxPool2d<(3, 2), padding = (1, 0)>);
        max_dilation [2, 5, 6] (MaxPool2d<2, stride = 1, dilation = (2, 3)>);
        max_ties [2, 6, 6] (MaxPool2d<3, stride = 2, padding = 1>);
        max_of_negative_with_padding [1, 3, 3] (MaxPool2d<2, stride = 1, padding = 1>);
        max_of_nan [1, 3, 3] (MaxPool2d<2, stride = 1>);
        max_of_infinities [1, 2, 2] (MaxPool2d<2, stride = 1, padding = 1>);
        max_ceil [2, 6, 7] (MaxPool2d<3, stride = 2, ceil_mode = true>);
        max_ceil_padding [1, 5, 4] (MaxPool2d<2, padding = 1, ceil_mode = true>);
        max_ceil_smaller_than_kernel [1, 2, 3] (MaxPool2d<3, stride = 2, ceil_mode = true>);
        max_same [1, 5, 4] (MaxPool2d<2, padding = Same>);
        average [2, 4, 6] (AvgPool2d<2>);
        average_stride [2, 7, 6] (AvgPool2d<3, stride = 2>);
        average_rectangular [1, 5, 7] (AvgPool2d<(2, 3), stride = (1, 2)>);
        average_padding [2, 6, 5] (AvgPool2d<3, stride = 2, padding = 1>);
        average_padding_left_out [2, 6, 5] (AvgPool2d<3, stride = 2, padding = 1, count_include_pad = false>);
        average_padding_pair_left_out [1, 4, 5]
            (AvgPool2d<(2, 4), stride = 1, padding = (1, 2), count_include_pad = false>);
        average_same [1, 6, 4] (AvgPool2d<3, stride = 2, padding = Same>);
        adaptive_even [2, 4, 6] (AdaptiveAvgPool2d<2>);
        adaptive_uneven [2, 7, 5] (AdaptiveAvgPool2d<(3, 2)>);
        adaptive_larger_than_image [1, 2, 3] (AdaptiveAvgPool2d<(3, 5)>);
        global_average [3, 4, 5] (GlobalAvgPool2d);
        flatten [2, 3, 4] (Flatten);
        flatten_rows [2, 3] (Flatten);
    }
}

/// The same layers in both modes; the files differ.
macro_rules! batch_norms {
    ($($file:ident, $forward:ident;)*) => {$(
        mod $file {
            use super::*;

            goldens! { $file of f64, $forward:
                features [4] (BatchNorm1d<4>);
                sequences [3, 5] (BatchNorm1d);
                images [3, 4, 2] (BatchNorm2d);
                images_without_affine [2, 3, 3] (BatchNorm2d<.., affine = false>);
                features_without_affine [4] (BatchNorm1d<affine = false>);
                momentum [2, 3, 2] (BatchNorm2d<momentum = 0.75>);
                momentum_one [3] (BatchNorm1d<momentum = 1>);
                eps [3] (BatchNorm1d<3, eps = 0.5>);
                all_keywords [2, 2, 3] (BatchNorm2d<2, eps = 0.001, momentum = 0.3, affine = false>);
            }
        }
    )*};
}

batch_norms! {
    batch_norm_training, train;
    batch_norm_evaluation, eval;
}

mod activations {
    use super::*;

    goldens! { activations of f64, train:
        relu [2, 3, 3] (ReLU);
        leaky_relu [2, 3, 3] (LeakyReLU);
        leaky_relu_slope [2, 3, 3] (LeakyReLU<0.25>);
        gelu [2, 3, 3] (GELU);
        gelu_tanh [2, 3, 3] (GELU<approximate = Tanh>);
        mish [2, 3, 3] (Mish);
        silu [2, 3, 3] (SiLU);
        sigmoid [2, 3, 3] (Sigmoid);
        tanh [2, 3, 3] (Tanh);
        relu6 [2, 3, 3] (ReLU6);
        hardsigmoid [2, 3, 3] (Hardsigmoid);
        hardswish [2, 3, 3] (Hardswish);
        relu_at_edges [16] (ReLU);
        leaky_relu_at_edges [16] (LeakyReLU);
        leaky_relu_slope_at_edges [16] (LeakyReLU<negative_slope = 0.25>);
        gelu_at_edges [16] (GELU);
        gelu_tanh_at_edges [16] (GELU<approximate = Tanh>);
        mish_at_edges [16] (Mish);
        silu_at_edges [16] (SiLU);
        sigmoid_at_edges [16] (Sigmoid);
        tanh_at_edges [16] (Tanh);
        relu6_at_edges [16] (ReLU6);
        hardsigmoid_at_edges [16] (Hardsigmoid);
        hardswish_at_edges [16] (Hardswish);
        relu_beyond_numbers [3] (ReLU);
        leaky_relu_beyond_numbers [3] (LeakyReLU);
        #[cfg_attr(feature = "cuda", ignore = "composed, its gradient at infinity is 1, and not NaN")]
        gelu_beyond_numbers [3] (GELU);
        gelu_tanh_beyond_numbers [3] (GELU<approximate = Tanh>);
        #[cfg_attr(feature = "cuda", ignore = "composed, its gradient at infinity is finite, and not NaN")]
        mish_beyond_numbers [3] (Mish);
        silu_beyond_numbers [3] (SiLU);
        sigmoid_beyond_numbers [3] (Sigmoid);
        tanh_beyond_numbers [3] (Tanh);
        relu6_beyond_numbers [3] (ReLU6);
        #[cfg_attr(feature = "cuda", ignore = "composed, its gradient at NaN is 1/6, and not 0")]
        hardsigmoid_beyond_numbers [3] (Hardsigmoid);
        #[cfg_attr(feature = "cuda", ignore = "composed, its gradient at infinity is NaN, and not 1")]
        hardswish_beyond_numbers [3] (Hardswish);
    }
}

mod local_response_norm {
    use super::*;

    goldens! { local_response_norm of f64, train:
        images [5, 2, 3] (LocalResponseNorm<3>);
        sequences [4, 3] (LocalResponseNorm<5, alpha = 0.5>);
        even [4, 2, 2] (LocalResponseNorm<2, alpha = 1.0>);
        larger_than_image [3, 2, 2] (LocalResponseNorm<9, alpha = 1.0>);
        everything [6, 2, 2] (LocalResponseNorm<4, 0.5, 1.5, 2.0>);
    }
}

mod layer_norm {
    use super::*;

    goldens! { layer_norm of f64, train:
        features [5] (LayerNorm);
        rows [3, 4] (LayerNorm<4, eps = 0.5>);
        two_dimensions [2, 3, 4] (LayerNorm<12, dims = 2>);
        images [2, 3, 4] (LayerNorm<dims = 3>);
        without_bias [2, 3] (LayerNorm<bias = false>);
        without_affine [2, 3] (LayerNorm<elementwise_affine = false>);
    }
}

mod softmax {
    use super::*;

    goldens! { softmax of f64, train:
        softmax_of_features [5] (Softmax);
        softmax_of_channels [4, 2, 3] (Softmax);
        softmax_of_rows [3, 4] (Softmax<dim = 2>);
        softmax_of_columns [3, 4] (Softmax<1>);
        softmax_of_image_rows [2, 3, 4] (Softmax<dim = 2>);
        softmax_of_image_columns [2, 3, 4] (Softmax<dim = 3>);
        softmax_far_apart [4] (Softmax);
        softmax_masked [4] (Softmax);
        log_softmax_of_features [5] (LogSoftmax);
        log_softmax_of_channels [4, 2, 3] (LogSoftmax);
        log_softmax_of_rows [3, 4] (LogSoftmax<dim = 2>);
        log_softmax_of_columns [3, 4] (LogSoftmax<1>);
        log_softmax_of_image_rows [2, 3, 4] (LogSoftmax<dim = 2>);
        log_softmax_of_image_columns [2, 3, 4] (LogSoftmax<dim = 3>);
        log_softmax_far_apart [4] (LogSoftmax);
        log_softmax_masked [4] (LogSoftmax);
    }
}

mod upsample {
    use super::*;

    goldens! { upsample of f64, train:
        nearest [2, 3, 4] (Upsample<2>);
        nearest_factors [2, 3, 4] (Upsample<(3, 1), mode = Nearest>);
        nearest_size [2, 3, 4] (Upsample<size = (5, 7)>);
        nearest_smaller [1, 5, 7] (Upsample<size = 3>);
        bilinear [2, 3, 4] (Upsample<2, mode = Bilinear>);
        bilinear_factors [2, 3, 4] (Upsample<scale_factor = (1, 3), mode = Bilinear, align_corners = false>);
        bilinear_size [1, 3, 4] (Upsample<size = (5, 2), mode = Bilinear>);
        bilinear_corners [2, 3, 2] (Upsample<3, mode = Bilinear, align_corners = true>);
        bilinear_corners_size [2, 3, 4] (Upsample<size = (1, 7), mode = Bilinear, align_corners = true>);
        bilinear_pixel [3, 1, 1] (Upsample<(2, 3), mode = Bilinear>);
    }
}

mod conv_transpose2d {
    use super::*;

    goldens! { conv_transpose2d of f64, train:
        plain [2, 4, 3] (ConvTranspose2d<2, 3, 3>);
        without_bias [2, 3, 4] (ConvTranspose2d<.., 3, 2, stride = 2, bias = false>);
        pointwise [3, 3, 2] (ConvTranspose2d<.., 4, 1>);
        pointwise_stride [3, 3, 2] (ConvTranspose2d<.., 2, 1, stride = 2>);
        rectangular_kernel [2, 3, 4] (ConvTranspose2d<.., 3, (2, 3)>);
        stride_pair [1, 3, 3] (ConvTranspose2d<.., 2, 2, stride = (1, 3)>);
        padding [2, 3, 4] (ConvTranspose2d<.., 3, 4, stride = 2, padding = 1>);
        padding_pair [2, 3, 4] (ConvTranspose2d<.., 3, 3, stride = 2, padding = (0, 2)>);
        output_padding [2, 4, 3] (ConvTranspose2d<.., 3, 3, stride = 2, padding = 1, output_padding = 1>);
        output_padding_of_dilation [1, 2, 3] (ConvTranspose2d<.., 2, 2, output_padding = (2, 0), dilation = (3, 1)>);
        dilation [2, 3, 2] (ConvTranspose2d<.., 3, 3, dilation = 2>);
        groups [4, 3, 2] (ConvTranspose2d<.., 6, 3, groups = 2>);
        depthwise [3, 2, 3] (ConvTranspose2d<.., 3, 2, stride = 2, groups = 3>);
        everything [4, 3, 4] (ConvTranspose2d<
            4, 2, (3, 2), stride = (2, 3), padding = (1, 0), output_padding = (1, 2), groups = 2, bias = false,
            dilation = (1, 2),
        >);
    }
}

mod single_precision {
    use super::*;

    goldens! { upsample of f32, eval:
        nearest_size [2, 3, 4] (Upsample<size = (5, 7)>);
        bilinear [2, 3, 4] (Upsample<2, mode = Bilinear>);
    }

    goldens! { conv_transpose2d of f32, eval:
        output_padding [2, 4, 3] (ConvTranspose2d<.., 3, 3, stride = 2, padding = 1, output_padding = 1>);
        groups [4, 3, 2] (ConvTranspose2d<.., 6, 3, groups = 2>);
    }

    goldens! { linear of f32, eval:
        features [5] (Linear<.., 4>);
        rows_without_bias [2, 3] (Linear<.., 4, bias = false>);
    }

    goldens! { conv2d of f32, eval:
        plain [2, 6, 5] (Conv2d<2, 3, 3>);
        pointwise [3, 4, 3] (Conv2d<.., 4, 1>);
        groups_everything [4, 7, 8]
            (Conv2d<4, 2, 3, stride = 2, padding = 1, dilation = (1, 2), groups = 2, bias = false>);
        depthwise [3, 5, 4] (Conv2d<.., 3, 3, padding = 1, groups = 3>);
        same_odd_stride [2, 6, 7] (Conv2d<.., 3, 3, stride = 2, padding = Same>);
    }

    goldens! { pooling of f32, eval:
        max_padding [2, 6, 5] (MaxPool2d<3, stride = 2, padding = 1>);
        max_ties [2, 6, 6] (MaxPool2d<3, stride = 2, padding = 1>);
        average_padding_left_out [2, 6, 5] (AvgPool2d<3, stride = 2, padding = 1, count_include_pad = false>);
        adaptive_uneven [2, 7, 5] (AdaptiveAvgPool2d<(3, 2)>);
        global_average [3, 4, 5] (GlobalAvgPool2d);
    }

    goldens! { batch_norm_training of f32, train:
        images [3, 4, 2] (BatchNorm2d);
        momentum [2, 3, 2] (BatchNorm2d<momentum = 0.75>);
    }

    goldens! { batch_norm_evaluation of f32, eval:
        eps [3] (BatchNorm1d<3, eps = 0.5>);
    }

    goldens! { activations of f32, eval:
        relu_at_edges [16] (ReLU);
        leaky_relu_at_edges [16] (LeakyReLU);
        leaky_relu_slope_at_edges [16] (LeakyReLU<negative_slope = 0.25>);
        gelu_at_edges [16] (GELU);
        gelu_tanh_at_edges [16] (GELU<approximate = Tanh>);
        silu_at_edges [16] (SiLU);
        sigmoid_at_edges [16] (Sigmoid);
        tanh_at_edges [16] (Tanh);
    }

    goldens! { softmax of f32, eval:
        softmax_of_channels [4, 2, 3] (Softmax);
        softmax_far_apart [4] (Softmax);
        log_softmax_far_apart [4] (LogSoftmax);
    }
}
