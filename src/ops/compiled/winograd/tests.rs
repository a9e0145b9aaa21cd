//! Tests of the precision of Winograd's algorithm.

use super::super::convolution::Algorithm;
use crate::ops::Window;
use crate::ops::conv2d::Conv2dGeometry;
use crate::ops::conv2d::pixels::convolve;
use crate::ops::matrix::Write;
use rand::{Rng, SeedableRng, rngs::StdRng};

/// The error bounds from the module's documentation.
#[test]
fn the_error_is_small() {
    let mut random = StdRng::seed_from_u64(1);
    // The sum of twelve uniform values is close enough to a normal distribution.
    let mut normal = |length: usize, deviation: f64| -> Vec<f64> {
        let mut one = || (0..12).map(|_| random.gen_range(-0.5..0.5)).sum::<f64>() * deviation;
        (0..length).map(|_| one()).collect()
    };
    for channels in [16, 64, 256] {
        let window = Window { input: 16, output: 16, kernel: 3, stride: 1, padding: 1, dilation: 1 };
        let geometry = Conv2dGeometry {
            batch: 1,
            in_channels: channels,
            out_channels: 16,
            groups: 1,
            vertical: window,
            horizontal: window,
        };
        let image = normal(channels * 256, 1.0);
        let weight = normal(16 * channels * 9, (1.0 / (channels * 9) as f64).sqrt());
        let mut exact = vec![0.0; 16 * 256];
        convolve(Algorithm::Direct, &geometry, &image, &weight, None, Write::Replace, &mut exact);
        let single = |numbers: &[f64]| numbers.iter().map(|&number| number as f32).collect::<Vec<_>>();
        // The rounding of the inputs to single precision isn't the algorithm's error.
        let (image, weight) = (single(&image), single(&weight));
        let double = |numbers: &[f32]| numbers.iter().map(|&number| f64::from(number)).collect::<Vec<_>>();
        convolve(Algorithm::Direct, &geometry, &double(&image), &double(&weight), None, Write::Replace, &mut exact);
        let error = |algorithm| {
            let mut output = vec![0.0_f32; 16 * 256];
            convolve(algorithm, &geometry, &image, &weight, None, Write::Replace, &mut output);
            let errors = output.iter().zip(&exact).map(|(&output, exact)| (f64::from(output) - exact).abs());
            errors.fold(0.0, f64::max)
        };
        let direct = error(Algorithm::Direct);
        assert!((1e-7..1e-5).contains(&direct), "{channels} channels: {direct:e}");
        for (algorithm, most) in [(Algorithm::Winograd(2), 1.0), (Algorithm::Winograd(4), 12.0)] {
            let factor = error(algorithm) / direct;
            assert!(factor <= most, "{algorithm:?} of {channels} channels: {factor} times the direct error");
        }
    }
}
