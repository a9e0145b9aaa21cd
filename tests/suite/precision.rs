//! Sums of so many values that single precision would lose the last ones, if they were added one by one.

use crate::support::assert_close;
use shapewright::prelude::*;

/// How far a sum of equal values may be off.
const TOLERANCE: f64 = 5e-6;

fn cpu() -> Cpu {
    Cpu::default()
}

#[test]
fn the_loss_of_many_pixels_is_the_loss_of_one() {
    let logits: Tensor<Rank4<4, 2, 512, 512>, f32, Cpu> = cpu().zeros();
    let labels = vec![1; 4 * 512 * 512];
    let loss = CrossEntropyLoss::default().try_forward(logits, &labels[..]).unwrap();
    assert_close(&[f64::from(loss.array())], &[std::f64::consts::LN_2], TOLERANCE, "cross-entropy");
}

#[test]
fn the_mean_of_many_errors_is_that_of_one() {
    let target: Tensor<Rank2<2048, 2048>, f32, Cpu> = cpu().zeros();
    let output = || target.clone().trace(Gradients::leaky()) + 0.3;
    let error = f64::from(0.3_f32);
    let close = |loss: f32, expected: f64, what: &str| assert_close(&[f64::from(loss)], &[expected], TOLERANCE, what);
    close(MSELoss::default().forward(output(), &target).array(), error * error, "MSE");
    close(HuberLoss::default().forward(output(), &target).array(), error * error / 2.0, "Huber");
    close(SmoothL1Loss::default().forward(output(), &target).array(), error * error / 2.0, "smooth L1");
    let sum = MSELoss::default().reduction(Reduction::Sum).forward(output(), &target);
    close(sum.array() / 4_194_304.0, error * error, "the sum of squares");
}

network! { struct Pointwise: Input<1, 512, 512> { conv: Conv2d<.., 1, 1> } }
network! { struct Depthwise: Input<2, 512, 512> { conv: Conv2d<.., 2, 3, groups = 2, padding = 1, stride = 2> } }
network! { struct Wide: Input<1> { out: Linear<.., 2> } }

/// The gradients of a bias and of a weight are sums over all examples and positions.
#[test]
fn gradients_of_many_positions_are_right() {
    // An output of 0 that should be −0.15: the squared error has the slope 0.3 everywhere.
    let (slope, input) = (2.0 * f64::from(0.15_f32), f64::from(0.7_f32));
    macro_rules! gradients {
        ($net:ident, $layer:ident, $input:expr) => {{
            let mut net = $net::build(&cpu()).unwrap();
            (net.$layer.weight, net.$layer.bias) = (cpu().zeros(), Some(cpu().zeros()));
            let output = net.try_train($input.leaky_trace()).unwrap();
            let target = cpu().zeros_like(output.shape()) - 0.15;
            let loss = MSELoss::default().reduction(Reduction::Sum).forward(output, &target);
            let gradients = loss.try_backward().unwrap();
            let (weight, bias) = (gradients.get(&net.$layer.weight), gradients.get(net.$layer.bias.as_ref().unwrap()));
            (weight.as_vec(), bias.as_vec())
        }};
    }
    let close = |actual: Vec<f32>, expected: f64, what: &str| {
        for actual in actual {
            assert_close(&[f64::from(actual) / expected], &[1.0], TOLERANCE, what);
        }
    };
    let images: Tensor<Rank4<4, 1, 512, 512>, f32, Cpu> = cpu().ones() * 0.7;
    let (weight, bias) = gradients!(Pointwise, conv, images);
    close(bias, slope * 1_048_576.0, "convolution, bias");
    close(weight, slope * input * 1_048_576.0, "convolution, weight");

    let images: Tensor<Rank4<4, 2, 512, 512>, f32, Cpu> = cpu().ones() * 0.7;
    let (weight, bias) = gradients!(Depthwise, conv, images);
    close(bias, slope * 262_144.0, "depthwise convolution, bias");
    close(vec![weight[4], weight[13]], slope * input * 262_144.0, "depthwise convolution, weight");

    let rows: Tensor<(usize, Const<1>), f32, Cpu> = cpu().ones_like(&(1 << 20, Const)) * 0.7;
    let (weight, bias) = gradients!(Wide, out, rows);
    close(bias, slope * 1_048_576.0, "linear, bias");
    close(weight, slope * input * 1_048_576.0, "linear, weight");
}

/// More values than single precision can count.
#[test]
fn the_average_of_ones_is_one() {
    const SIZE: usize = 4200;
    type Net = network!(Input<1, SIZE, SIZE>, GlobalAvgPool2d);
    let net = Net::build(&cpu()).unwrap();
    let image: Tensor<Rank4<1, 1, SIZE, SIZE>, f32, Cpu> = cpu().ones();
    assert_eq!(net.try_forward(image.clone()).unwrap().as_vec(), [1.0]);
    let plan = net.compile::<1>().unwrap();
    let mut average = [0.0];
    plan.session().unwrap().run(&image.as_vec(), &mut average).unwrap();
    assert_eq!(average, [1.0], "as a plan");
}

network! { struct Normalized: Input<2, 224, 224> { norm: BatchNorm2d } }
network! { struct Features: Input<10> { norm: BatchNorm1d } }

/// What doesn't vary is its own mean, so that the bias alone is left of it.
#[test]
fn constant_channels_are_normalized_to_the_bias() {
    let mut net = Normalized::build(&cpu()).unwrap();
    for value in [-2.1179_f32, 0.1, 1e-30, 3e7] {
        let images: Tensor<Rank4<32, 2, 224, 224>, f32, Cpu> = cpu().zeros::<Rank4<32, 2, 224, 224>>() + value;
        let output = net.try_train(images.leaky_trace()).unwrap();
        assert!(output.as_vec().iter().all(|&output| output == 0.0), "{value}");
    }

    let mut net = Features::build(&cpu()).unwrap();
    let rows: Tensor<Rank2<10, 10>, f32, Cpu> = cpu().zeros::<Rank2<10, 10>>() + 1.2e7;
    let output = net.try_train(rows.leaky_trace()).unwrap();
    assert_eq!(output.as_vec(), [0.0; 100]);
    assert_eq!(net.norm.running_mean.as_vec(), [1.2e6; 10]);
    assert_close(
        &net.norm.running_var.as_vec().into_iter().map(f64::from).collect::<Vec<_>>(),
        &[0.9; 10],
        1e-6,
        "running variance",
    );
}
