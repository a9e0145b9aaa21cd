//! Chooses the kernel of a convolution.

use super::{Conv2dGeometry, pixels, unfolded};
use crate::ops::Element;
use crate::ops::choice::asked;
use crate::ops::compiled::Algorithm;
use crate::ops::matrix::Write;
use crate::ops::once::once;
use crate::ops::parallel::add_each;
use crate::ops::sums::{sum, sums_of_pieces};

/// How a convolution, or one of its gradients, is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// Matrix products of the unfolded image.
    Unfolded,
    /// Kernels for images that are stored pixel by pixel, with the channels of a pixel together.
    Pixels(Algorithm),
}

impl Kernel {
    /// The kernels that can compute a convolution. For gradients that a kernel can't compute, [`Unfolded`](Kernel::Unfolded) is
    /// used.
    #[cfg(test)]
    pub(super) fn all(geometry: &Conv2dGeometry) -> impl Iterator<Item = Self> + use<> {
        [Self::Unfolded].into_iter().chain(Algorithm::all(geometry).map(Self::Pixels))
    }

    /// The fastest kernel according to measurements (see `benches/README.md`), or the requested one.
    pub(super) fn best(geometry: &Conv2dGeometry) -> Self {
        match asked().convolution {
            Some(Self::Unfolded) => return Self::Unfolded,
            Some(Self::Pixels(_)) => return Self::Pixels(Algorithm::best(geometry)),
            None => {}
        }
        // In a build without optimization all kernels here are slow, but Cargo can still optimize the dependency `gemm`.
        if cfg!(debug_assertions) {
            return Self::Unfolded;
        }
        // Other kernels need enough channels to fill a vector, and enough work to make up for converting images to pixels.
        let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
        match Algorithm::best(geometry) {
            Algorithm::Direct if outputs < 8 || inputs * geometry.taps() < 16 => Self::Unfolded,
            algorithm => Self::Pixels(algorithm),
        }
    }
}

/// Writes the convolution into an output of zeros.
#[once]
pub(super) fn forward<E: Element>(
    kernel: Kernel,
    geometry: &Conv2dGeometry,
    input: &[E],
    weight: &[E],
    bias: Option<&[E]>,
    output: &mut [E],
) {
    match kernel {
        Kernel::Unfolded => unfolded::convolve(geometry, input, weight, bias, Write::Replace, output),
        Kernel::Pixels(algorithm) => {
            pixels::convolve(algorithm, geometry, input, weight, bias, Write::Replace, output);
        }
    }
}

/// Adds the convolution to the output, without a bias.
#[once]
pub(in crate::ops) fn add<E: Element>(geometry: &Conv2dGeometry, input: &[E], weight: &[E], output: &mut [E]) {
    match Kernel::best(geometry) {
        Kernel::Unfolded => unfolded::convolve(geometry, input, weight, None, Write::Add, output),
        Kernel::Pixels(algorithm) => pixels::convolve(algorithm, geometry, input, weight, None, Write::Add, output),
    }
}

/// Adds to the gradient of the input.
#[once]
pub(super) fn input_gradient_by<E: Element>(
    kernel: Kernel,
    geometry: &Conv2dGeometry,
    weight: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    match (kernel, pixels::backwards(geometry)) {
        (Kernel::Pixels(algorithm), Some(backwards)) => {
            // This convolution has the same kernel size, but another image size.
            let can = Algorithm::all(&backwards).any(|other| other == algorithm);
            let algorithm = if can { algorithm } else { Algorithm::Direct };
            let weight = pixels::turned(geometry, weight);
            pixels::convolve(algorithm, &backwards, upstream, &weight, None, Write::Add, gradient);
        }
        _ => unfolded::input_gradient(geometry, weight, upstream, gradient),
    }
}

/// As [`input_gradient_by`], by the fastest kernel.
#[once]
pub(in crate::ops) fn input_gradient<E: Element>(
    geometry: &Conv2dGeometry,
    weight: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    let kernel = pixels::backwards(geometry).map_or(Kernel::Unfolded, |backwards| Kernel::best(&backwards));
    input_gradient_by(kernel, geometry, weight, upstream, gradient);
}

/// Adds to the gradient of the weight.
#[once]
pub(super) fn weight_gradient_by<E: Element>(
    kernel: Kernel,
    geometry: &Conv2dGeometry,
    input: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    match kernel {
        Kernel::Pixels(_) if geometry.groups == 1 => pixels::weight_gradient(geometry, input, upstream, gradient),
        _ => unfolded::weight_gradient(geometry, input, upstream, gradient),
    }
}

/// As [`weight_gradient_by`], by the fastest kernel.
#[once]
pub(in crate::ops) fn weight_gradient<E: Element>(
    geometry: &Conv2dGeometry,
    input: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    let kernel = match Kernel::best(geometry) {
        Kernel::Pixels(_) if geometry.groups == 1 => Kernel::Pixels(Algorithm::Direct),
        _ => Kernel::Unfolded,
    };
    weight_gradient_by(kernel, geometry, input, upstream, gradient);
}

/// Adds to the gradient of the bias.
#[once]
pub(super) fn bias_gradient<E: Element>(geometry: &Conv2dGeometry, upstream: &[E], gradient: &mut [E]) {
    add_channel_sums(geometry.batch, geometry.output_plane(), upstream, gradient);
}

/// Adds the sum of each channel, over all examples.
#[once]
pub(in crate::ops) fn add_channel_sums<E: Element>(batch: usize, plane: usize, values: &[E], sums: &mut [E]) {
    let channels = sums.len();
    add_each(sums, batch * plane, |channel| {
        let sum = |example: usize| [sum(&values[(example * channels + channel) * plane..][..plane])];
        let [sum] = sums_of_pieces(batch, plane, sum);
        sum
    });
}
