//! Activations, convolutions and affine maps, and the sizes that they are measured at.

use std::fmt::{Display, Formatter};

use shapewright::ops::{
    Window,
    activation::{self, ActivationKernel, Function},
    conv2d::{Conv2dGeometry, Conv2dKernel},
    linear::{LinearGeometry, LinearKernel},
};
use shapewright::{Result, prelude::*};

use crate::measure::{Numbers, Operation};

/// A function of each number by itself.
pub struct Activation(pub Function);

/// All functions.
pub const ACTIVATIONS: [Function; 10] = [
    Function::Relu(activation::Relu),
    Function::LeakyRelu(activation::LeakyRelu { negative_slope: 0.01 }),
    Function::Gelu(activation::Gelu),
    Function::GeluTanh(activation::GeluTanh),
    Function::Sigmoid(activation::Sigmoid),
    Function::Tanh(activation::Tanh),
    Function::Silu(activation::Silu),
    Function::Relu6(activation::Relu6),
    Function::Hardsigmoid(activation::Hardsigmoid),
    Function::Hardswish(activation::Hardswish),
];

impl Display for Activation {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Function::LeakyRelu(_) => write!(formatter, "LeakyRelu"),
            function => write!(formatter, "{function:?}"),
        }
    }
}

impl Operation for Activation {
    fn inputs(&self) -> usize {
        32 * 64 * 28 * 28
    }

    fn run<T: InputTape<f32, Cpu>>(&self, input: Numbers<T>, _: &[Numbers]) -> Result<Numbers<T>> {
        Ok(Cpu::try_activation(input, self.0)?)
    }
}

/// A square convolution with bias, padded so that only the stride makes the image smaller.
pub struct Convolution {
    batch: usize,
    inputs: usize,
    side: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    groups: usize,
}

/// A small network's for digits; VGG's on small images; ResNet's stem, body and bottleneck; MobileNet's, channel by channel.
pub const CONVOLUTIONS: [Convolution; 6] = [
    Convolution { batch: 64, inputs: 1, side: 28, outputs: 8, kernel: 3, stride: 1, groups: 1 },
    Convolution { batch: 32, inputs: 32, side: 32, outputs: 32, kernel: 3, stride: 1, groups: 1 },
    Convolution { batch: 1, inputs: 3, side: 224, outputs: 64, kernel: 7, stride: 2, groups: 1 },
    Convolution { batch: 8, inputs: 64, side: 56, outputs: 64, kernel: 3, stride: 1, groups: 1 },
    Convolution { batch: 8, inputs: 256, side: 14, outputs: 1024, kernel: 1, stride: 1, groups: 1 },
    Convolution { batch: 8, inputs: 96, side: 56, outputs: 96, kernel: 3, stride: 1, groups: 96 },
];

impl Convolution {
    fn geometry(&self) -> Conv2dGeometry {
        let &Convolution { batch, inputs, side, outputs, kernel, stride, groups } = self;
        let (output, padding) = (side.div_ceil(stride), kernel / 2);
        let window = Window { input: side, output, kernel, stride, padding, dilation: 1 };
        Conv2dGeometry {
            batch,
            in_channels: inputs,
            out_channels: outputs,
            groups,
            vertical: window,
            horizontal: window,
        }
    }

    fn outputs(&self) -> usize {
        self.batch * self.outputs * self.side.div_ceil(self.stride).pow(2)
    }

    fn fan_in(&self) -> usize {
        self.inputs / self.groups * self.kernel * self.kernel
    }
}

impl Display for Convolution {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let Convolution { batch, inputs, side, outputs, kernel, stride, groups } = self;
        write!(formatter, "{kernel}×{kernel}, {inputs} → {outputs}, {batch} of {side}×{side}")?;
        if *stride > 1 {
            write!(formatter, ", stride {stride}")?;
        }
        if *groups > 1 { write!(formatter, ", groups {groups}") } else { Ok(()) }
    }
}

impl Operation for Convolution {
    fn inputs(&self) -> usize {
        self.batch * self.inputs * self.side * self.side
    }

    fn parameters(&self) -> Vec<usize> {
        vec![self.outputs * self.fan_in(), self.outputs]
    }

    fn items(&self) -> usize {
        self.outputs() * self.fan_in()
    }

    fn run<T: InputTape<f32, Cpu>>(&self, input: Numbers<T>, parameters: &[Numbers]) -> Result<Numbers<T>> {
        let (weight, bias) = (&parameters[0], Some(&parameters[1]));
        Ok(Cpu::try_conv2d(input, weight, bias, (self.outputs(),), &self.geometry())?)
    }
}

/// An affine map with bias.
pub struct Linear(LinearGeometry);

/// A perceptron's, one example and many; the head of a network for photographs.
pub const LINEARS: [Linear; 4] = [
    Linear(LinearGeometry { rows: 1, inputs: 784, outputs: 512 }),
    Linear(LinearGeometry { rows: 64, inputs: 784, outputs: 512 }),
    Linear(LinearGeometry { rows: 1, inputs: 512, outputs: 1000 }),
    Linear(LinearGeometry { rows: 32, inputs: 2048, outputs: 1000 }),
];

impl Display for Linear {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let LinearGeometry { rows, inputs, outputs } = self.0;
        write!(formatter, "{rows} × {inputs} → {outputs}")
    }
}

impl Operation for Linear {
    fn inputs(&self) -> usize {
        self.0.rows * self.0.inputs
    }

    fn parameters(&self) -> Vec<usize> {
        vec![self.0.outputs * self.0.inputs, self.0.outputs]
    }

    fn items(&self) -> usize {
        self.inputs() * self.0.outputs
    }

    fn run<T: InputTape<f32, Cpu>>(&self, input: Numbers<T>, parameters: &[Numbers]) -> Result<Numbers<T>> {
        let (weight, bias) = (&parameters[0], Some(&parameters[1]));
        Ok(Cpu::try_linear(input, weight, bias, (self.0.rows * self.0.outputs,), &self.0)?)
    }
}
