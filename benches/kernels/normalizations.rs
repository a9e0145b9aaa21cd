//! Pooling, normalization and softmax, and the sizes that they are measured at.

use std::fmt::{Display, Formatter};

use shapewright::ops::{
    Window,
    batch_norm::{BatchNormGeometry, BatchNormKernel},
    max_pool2d::{MaxPool2dGeometry, MaxPool2dKernel},
    softmax::{Scale, SoftmaxGeometry, SoftmaxKernel},
};
use shapewright::{Result, prelude::*};

use crate::measure::{Numbers, Operation};

/// Square max pooling.
pub struct Pooling {
    planes: usize,
    side: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
}

/// VGG's on small images, ResNet's, and one of Inception's that keeps the size.
pub const POOLINGS: [Pooling; 3] = [
    Pooling { planes: 32 * 32, side: 32, kernel: 2, stride: 2, padding: 0 },
    Pooling { planes: 8 * 64, side: 112, kernel: 3, stride: 2, padding: 1 },
    Pooling { planes: 8 * 192, side: 28, kernel: 3, stride: 1, padding: 1 },
];

impl Display for Pooling {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let Pooling { planes, side, kernel, stride, .. } = self;
        write!(formatter, "{kernel}×{kernel}, stride {stride}, {planes} of {side}×{side}")
    }
}

impl Operation for Pooling {
    fn inputs(&self) -> usize {
        self.planes * self.side * self.side
    }

    fn run<T: InputTape<f32, Cpu>>(&self, input: Numbers<T>, _: &[Numbers]) -> Result<Numbers<T>> {
        let &Pooling { planes, side, kernel, stride, padding } = self;
        let output = (side + 2 * padding - kernel) / stride + 1;
        let window = Window { input: side, output, kernel, stride, padding, dilation: 1 };
        let geometry = MaxPool2dGeometry { planes, vertical: window, horizontal: window };
        Ok(Cpu::try_max_pool2d(input, (planes * output * output,), &geometry)?)
    }
}

/// Batch normalization.
pub struct BatchNorm {
    sizes: BatchNormGeometry,
    /// Whether statistics are given, as in evaluation.
    given: bool,
}

const WIDE: BatchNormGeometry = BatchNormGeometry { batch: 8, channels: 64, spatial: 56 * 56, epsilon: 1e-5 };
const DEEP: BatchNormGeometry = BatchNormGeometry { batch: 8, channels: 512, spatial: 7 * 7, epsilon: 1e-5 };

/// ResNet's first and last, in training and in evaluation.
pub const NORMALIZATIONS: [BatchNorm; 4] = [
    BatchNorm { sizes: WIDE, given: false },
    BatchNorm { sizes: WIDE, given: true },
    BatchNorm { sizes: DEEP, given: false },
    BatchNorm { sizes: DEEP, given: true },
];

impl Display for BatchNorm {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let BatchNormGeometry { batch, channels, spatial, .. } = self.sizes;
        let statistics = if self.given { "given statistics" } else { "the batch's statistics" };
        write!(formatter, "{batch} of {channels} × {spatial}, {statistics}")
    }
}

impl Operation for BatchNorm {
    fn inputs(&self) -> usize {
        self.sizes.batch * self.sizes.channels * self.sizes.spatial
    }

    /// Weight and bias, and what stands for mean and variance.
    fn parameters(&self) -> Vec<usize> {
        vec![self.sizes.channels; 4]
    }

    fn run<T: InputTape<f32, Cpu>>(&self, input: Numbers<T>, parameters: &[Numbers]) -> Result<Numbers<T>> {
        let [weight, bias, mean, root] = parameters else { unreachable!("there are four parameters") };
        let (weight, bias) = (Some(weight), Some(bias));
        if self.given {
            // A variance isn't negative.
            let variance = root.clone().try_square()?;
            return Ok(Cpu::try_batch_norm_eval(input, weight, bias, mean, &variance, &self.sizes)?);
        }
        let (output, _) = Cpu::try_batch_norm_train(input, weight, bias, (self.sizes.channels,), &self.sizes)?;
        Ok(output)
    }
}

/// Softmax.
pub struct Softmax(SoftmaxGeometry);

/// Digits, photographs, and the pixels of pictures.
pub const SOFTMAXES: [Softmax; 3] = [
    Softmax(SoftmaxGeometry { outer: 64, classes: 10, inner: 1 }),
    Softmax(SoftmaxGeometry { outer: 32, classes: 1000, inner: 1 }),
    Softmax(SoftmaxGeometry { outer: 4, classes: 21, inner: 128 * 128 }),
];

impl Display for Softmax {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let SoftmaxGeometry { outer, classes, inner } = self.0;
        write!(formatter, "{outer} × {classes} × {inner}")
    }
}

impl Operation for Softmax {
    fn inputs(&self) -> usize {
        self.0.outer * self.0.classes * self.0.inner
    }

    fn run<T: InputTape<f32, Cpu>>(&self, input: Numbers<T>, _: &[Numbers]) -> Result<Numbers<T>> {
        Ok(Cpu::try_softmax(input, Scale::Linear, &self.0)?)
    }
}
