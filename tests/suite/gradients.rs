//! Every gradient is the slope of the loss: finite differences in f64 through whole networks.
//!
//! The loss weighs every output with a number of its own. A difference of two losses, 2h apart, is right to about h², so
//! for h = 1e-5 what is asked for is an agreement to 1e-6.

use crate::flat::{eval, eval_logits, train, train_logits};
use dfdx::nn::tensor_collection::TensorCollection;
use dfdx::shapes::Shape;
use dfdx::tensor_ops::ReshapeTo;
use shapewright::prelude::*;

use crate::support::{Numbers, Taped, assert_close, numbers, sample, set_state, state, step, tensor};

const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 1e-6;

/// Compares the gradients of the input and of each parameter that trains with finite differences.
pub fn check<N, X: Shape, Y: Shape>(
    mut network: N,
    shape: X,
    forward: impl Fn(&mut N, Taped<X, f64>) -> Result<Taped<Y, f64>>,
) where
    N: TensorCollection<f64, AutoDevice> + Clone,
{
    let initial = random_state(state(&mut network));
    let values = sample(shape.num_elements(), 1);
    let mut output = |state: &Numbers, input: &[f64]| {
        set_state(&mut network, state);
        numbers(&forward(&mut network, tensor(shape, input).leaky_trace()).unwrap())
    };
    let cotangent = sample(output(&initial, &values).len(), 2);
    let mut slope = |change: &dyn Fn(f64) -> (Numbers, Vec<f64>)| {
        let mut loss = |by: f64| {
            let (state, input) = change(by);
            output(&state, &input).iter().zip(&cotangent).map(|(output, weight)| output * weight).sum::<f64>()
        };
        (loss(STEP) - loss(-STEP)) / (2.0 * STEP)
    };
    let of_input: Vec<f64> =
        (0..values.len()).map(|at| slope(&|by| (initial.clone(), moved(&values, at, by)))).collect();
    let of_parameters: Numbers = initial
        .iter()
        .map(|(name, parameter)| {
            let changed = |at: usize, by: f64| {
                let mut state = initial.clone();
                state.insert(name.clone(), moved(parameter, at, by));
                (state, values.clone())
            };
            (name.clone(), (0..parameter.len()).map(|at| slope(&|by| changed(at, by))).collect())
        })
        .collect();

    set_state(&mut network, &initial);
    let step = step(&mut network, &tensor(shape, &values), &cotangent, forward);
    assert!(step.output.iter().any(|&output| output != 0.0), "the network says something");
    assert_close(&step.input, &of_input, TOLERANCE, "input");
    for (name, gradient) in &step.parameters {
        assert_close(gradient, &of_parameters[name], TOLERANCE, name);
    }
}

/// The numbers with one of them moved.
fn moved(numbers: &[f64], at: usize, by: f64) -> Vec<f64> {
    let mut numbers = numbers.to_vec();
    numbers[at] += by;
    numbers
}

/// Parameters and statistics without zeros, and variances that are positive.
fn random_state(mut state: Numbers) -> Numbers {
    for (seed, (name, numbers)) in state.iter_mut().enumerate() {
        *numbers = sample(numbers.len(), 10 + seed as u64);
        if name.ends_with("running_var") {
            numbers.iter_mut().for_each(|variance| *variance += 1.5);
        }
    }
    state
}

/// A test for each network: `name [batch, one example] { layers }`, in training; where evaluation differs, that too.
macro_rules! gradients {
    ($forward:ident: $($name:ident [$($size:tt)*] { $($layers:tt)* })*) => {$(
        #[test]
        fn $name() {
            network! { struct Net: Input<$($size)*> { $($layers)* } }
            let network = AutoDevice::default().build_module::<Net, f64>();
            check(network, batch_of(Net::INPUT.as_slice()), |network: &mut Net<f64, AutoDevice>, input: Taped<(usize,), f64>| {
                let batch = (2, Net::INPUT.numel());
                $forward(network, input.reshape_like(&batch))
            });
        }
    )*};
}

/// Two examples, flat: so `check` is compiled for one shape of input.
pub fn batch_of(sizes: &[usize]) -> (usize,) {
    (2 * sizes.iter().product::<usize>(),)
}

mod training {
    use super::*;

    gradients! { train:
        multilayer_perceptron [4] {
            Linear<.., 6>, GELU, Linear<.., 5, bias = false>, SiLU, Linear<.., 4>, Tanh, Linear<.., 3>, Sigmoid,
        }
        rows [3, 4] { Linear<.., 5>, GELU<approximate = Tanh>, Linear<.., 2>, Softmax<dim = 2>, Flatten, Linear<.., 3> }
        classifier [1, 7, 6] {
            Conv2d<.., 3, 3, padding = 1>, ReLU, MaxPool2d<2>, Conv2d<.., 4, 2>, LeakyReLU<0.2>, Flatten,
            Linear<.., 3>, LogSoftmax,
        }
        convolutions [2, 7, 6] {
            Conv2d<.., 4, (3, 2), stride = (2, 1), padding = (0, 1)>, Tanh,
            Conv2d<.., 4, 3, padding = Same, dilation = 2, groups = 2>, SiLU,
            Conv2d<.., 8, 3, stride = 2, padding = Same, groups = 4, bias = false>, Tanh,
            Conv2d<.., 2, 1>,
        }
        pooling [2, 9, 8] {
            AvgPool2d<3, stride = 2, padding = 1>, Tanh, MaxPool2d<2, stride = 1, dilation = (1, 2)>,
            AvgPool2d<2, stride = 1, padding = 1, count_include_pad = false>, AdaptiveAvgPool2d<(3, 2)>, Softmax,
            Conv2d<.., 3, 2>, GlobalAvgPool2d, Linear<.., 2>,
        }
        upsampling [2, 3, 2] {
            Upsample<2, mode = Bilinear>, Conv2d<.., 3, 3>, Tanh, Upsample<(1, 2)>, SiLU,
            Upsample<size = (2, 5), mode = Bilinear, align_corners = true>,
        }
        transposed_convolutions [2, 2, 3] {
            ConvTranspose2d<.., 4, 3, stride = 2, padding = 1, output_padding = 1>, Tanh,
            ConvTranspose2d<.., 2, (2, 1), stride = (1, 2), groups = 2, dilation = (2, 1), bias = false>, SiLU,
            ConvTranspose2d<.., 2, 1>,
        }
        batch_normalized_images [2, 4, 3] {
            Conv2d<.., 3, 2, bias = false>, BatchNorm2d, SiLU, Conv2d<.., 2, 1>, BatchNorm2d<affine = false>, Flatten,
            Linear<.., 2>,
        }
        layer_normalized [3, 4] { LayerNorm<eps = 0.1>, Mish, Linear<.., 3>, LayerNorm<dims = 2>, Linear<.., 2>, LayerNorm<bias = false> }
        batch_normalized_sequences [3, 4] { BatchNorm1d<eps = 0.1>, Tanh, Linear<.., 2>, BatchNorm1d, Softmax<dim = 2> }
    }
}

/// Where evaluation isn't training: the statistics are constants, and dropout is the identity.
mod evaluation {
    use super::*;

    gradients! { eval:
        batch_normalized_images [2, 4, 3] {
            Conv2d<.., 3, 2, bias = false>, BatchNorm2d, SiLU, Conv2d<.., 2, 1>, BatchNorm2d<affine = false>, Flatten,
            Linear<.., 2>,
        }
        batch_normalized_features [4] { Linear<.., 3>, BatchNorm1d, Dropout<0.9>, Linear<.., 2> }
    }
}

/// The gradient of the logits is that of the network without its softmax, in both modes.
mod logits {
    use super::*;

    gradients! { train_logits:
        in_training [4] { Linear<.., 3>, BatchNorm1d, Linear<.., 3>, Softmax }
    }
    gradients! { eval_logits:
        in_evaluation [2, 2, 2] { Conv2d<.., 3, 2>, Flatten, Dropout<0.5>, BatchNorm1d, Linear<.., 3>, LogSoftmax }
    }
}

mod dropout {
    use super::*;

    const COUNT: usize = 100_000;

    network! { struct Dropped: Input<COUNT> { Dropout<0.3> } }

    /// Of n numbers a share p is 0, up to five standard errors, and the others are divided by 1 − p: the mean stays and the
    /// variance is p / (1 − p).
    #[test]
    fn a_share_is_dropped_and_the_mean_stays() {
        let dev = AutoDevice::seed_from_u64(5);
        let mut net = Dropped::build(&dev).unwrap();
        let output = numbers(&net.train(dev.ones::<Rank1<COUNT>>()));
        assert!(output.iter().all(|&y| y == 0.0 || (y - 1.0 / 0.7).abs() < 1e-6));
        let (p, n) = (0.3_f64, COUNT as f64);
        let dropped = output.iter().filter(|&&y| y == 0.0).count() as f64 / n;
        assert!((dropped - p).abs() < 5.0 * (p * (1.0 - p) / n).sqrt(), "{dropped} are dropped");
        let mean = output.iter().sum::<f64>() / n;
        assert!((mean - 1.0).abs() < 5.0 * (p / (1.0 - p) / n).sqrt(), "the mean is {mean}");
        let variance = output.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / n;
        assert!((variance - p / (1.0 - p)).abs() < 0.01, "the variance is {variance}");
    }

    /// Neighbours, and examples of a batch, are dropped independently of each other.
    #[test]
    fn numbers_are_dropped_independently() {
        let dev = AutoDevice::seed_from_u64(6);
        let mut net = Dropped::build(&dev).unwrap();
        let output = numbers(&net.train(dev.ones::<Rank2<2, COUNT>>()));
        for distance in [1, 2, 8, 64, 1 << 13, COUNT] {
            let pairs = output.len() - distance;
            let both = (0..pairs).filter(|&at| output[at] == 0.0 && output[at + distance] == 0.0).count();
            let share = both as f64 / pairs as f64;
            assert!((share - 0.09).abs() < 5.0 * (0.09 * 0.91 / pairs as f64).sqrt() * 1.5, "{share} at {distance}");
        }
    }

    /// What was dropped has no gradient; what was kept has the upstream gradient divided by 1 − p.
    #[test]
    fn the_gradient_takes_the_mask_of_the_output() {
        let mut net = AutoDevice::seed_from_u64(7).build_module::<Dropped, f64>();
        let (values, cotangent) = (sample(COUNT, 1), sample(COUNT, 2));
        let input = tensor((Const::<COUNT>,), &values);
        let step = step(&mut net, &input, &cotangent, |net: &mut Dropped<f64, AutoDevice>, input| net.try_train(input));
        for at in 0..COUNT {
            let factor = if step.output[at] == 0.0 { 0.0 } else { 1.0 / 0.7 };
            assert!((step.output[at] - values[at] * factor).abs() < 1e-12);
            assert!((step.input[at] - cotangent[at] * factor).abs() < 1e-12);
        }
    }

    #[test]
    fn each_pass_drops_others_and_a_seed_repeats_them() {
        let passes = |seed| {
            let dev = AutoDevice::seed_from_u64(seed);
            let mut net = Dropped::build(&dev).unwrap();
            [(); 2].map(|()| net.train(dev.ones::<Rank1<COUNT>>()).as_vec())
        };
        let [first, second] = passes(8);
        assert_ne!(first, second);
        assert_eq!(passes(8), [first, second]);
        assert_ne!(passes(8), passes(9));
    }

    #[test]
    fn evaluation_drops_nothing() {
        let dev = AutoDevice::default();
        let input = dev.sample_normal::<Rank1<COUNT>>();
        assert!(Dropped::build(&dev).unwrap().forward(input.clone()).as_vec() == input.as_vec());
    }

    #[test]
    fn nothing_and_everything_can_be_dropped() {
        type Keep = network!(Input<64>, Dropout<0.0>);
        type Drop = network!(Input<64>, Dropout<1>);
        let values = sample(64, 3);
        let input: Tensor<Rank1<64>, f64, _> = tensor(Default::default(), &values);
        let cotangent = sample(64, 4);
        let mut keep = AutoDevice::default().build_module::<Keep, f64>();
        let kept = step(&mut keep, &input, &cotangent, |net, input| net.try_train(input));
        assert_eq!((kept.output, kept.input), (values, cotangent.clone()));
        let mut drop = AutoDevice::default().build_module::<Drop, f64>();
        let dropped = step(&mut drop, &input, &cotangent, |net, input| net.try_train(input));
        assert_eq!((dropped.output, dropped.input), (vec![0.0; 64], vec![0.0; 64]));
    }
}
