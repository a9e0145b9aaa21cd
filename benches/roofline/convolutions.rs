//! The convolutions of ResNet-18 on images of 224 × 224, each once.

use std::fmt::{Display, Formatter};
use std::time::{Duration, Instant};

use shapewright::prelude::*;

/// A square convolution of one example, padded so that only the stride makes the image smaller.
#[derive(Clone, Copy)]
pub struct Convolution {
    pub inputs: usize,
    pub side: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
}

impl Convolution {
    /// Multiplications and additions of the direct definition.
    pub fn operations(&self) -> f64 {
        let fan_in = self.inputs * self.kernel * self.kernel;
        (2 * self.outputs * self.output_plane() * fan_in) as f64
    }

    /// How many bytes are moved if input, weights and output are each moved once.
    pub fn bytes(&self) -> f64 {
        let weights = self.outputs * self.inputs * self.kernel * self.kernel;
        let numbers = self.inputs * self.side * self.side + weights + self.outputs * self.output_plane();
        (numbers * size_of::<f32>()) as f64
    }

    /// Operations for each of those bytes.
    pub fn intensity(&self) -> f64 {
        self.operations() / self.bytes()
    }

    fn output_plane(&self) -> usize {
        self.side.div_ceil(self.stride).pow(2)
    }
}

impl Display for Convolution {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let Convolution { inputs, side, outputs, kernel, stride } = self;
        let by = if *stride == 1 { String::new() } else { format!(" / {stride}") };
        write!(formatter, "{kernel}×{kernel}{by}, {inputs} → {outputs}, {side}×{side}")
    }
}

/// Measures: the seconds of the convolution, and of the whole call.
pub type Time = fn() -> Result<(f64, f64)>;

/// Convolutions that are written as channels, height and width, channels, kernel, stride.
macro_rules! convolutions {
    ($($inputs:tt, $side:tt => $outputs:tt, $kernel:tt, $stride:tt;)*) => {[$({
        type Layer = network!(
            Input<$inputs, $side, $side>,
            Conv2d<.., $outputs, $kernel, stride = $stride, padding = { $kernel / 2 }>
        );
        let convolution =
            Convolution { inputs: $inputs, side: $side, outputs: $outputs, kernel: $kernel, stride: $stride };
        let time: Time = || time(&Layer::build(&Cpu::seed_from_u64(1))?);
        (convolution, time)
    }),*]};
}

/// All of them, and how each is measured.
pub fn resnet18() -> [(Convolution, Time); 11] {
    convolutions! {
        3, 224 => 64, 7, 2;
        64, 56 => 64, 3, 1;
        64, 56 => 128, 3, 2;
        64, 56 => 128, 1, 2;
        128, 28 => 128, 3, 1;
        128, 28 => 256, 3, 2;
        128, 28 => 256, 1, 2;
        256, 14 => 256, 3, 1;
        256, 14 => 512, 3, 2;
        256, 14 => 512, 1, 2;
        512, 7 => 512, 3, 1;
    }
}

/// The best of the runs of half a second, on one thread. The convolution is the step that costs most.
fn time<N: Network<Dtype = f32, Device = Cpu>>(layer: &N) -> Result<(f64, f64)> {
    let mut session = layer.compile::<1>()?.session_with_threads(1)?;
    let input = Cpu::seed_from_u64(2).sample_normal_like(&(Plan::<N::Input, N::Output, 1>::INPUTS,)).as_vec();
    let mut output = vec![0.0; Plan::<N::Input, N::Output, 1>::OUTPUTS];
    let (mut best, mut call) = (Duration::MAX, Duration::MAX);
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(500) {
        let start = Instant::now();
        let steps = session.run_timed(&input, &mut output)?;
        call = call.min(start.elapsed());
        best = best.min(steps.into_iter().max().map_or(Duration::MAX, |(_, time)| time));
    }
    Ok((best.as_secs_f64(), call.as_secs_f64()))
}
