//! Transposed convolution with the kernels of the convolution from the output to the input.

use super::ConvTranspose2dGeometry;
use crate::ops::Element;
use crate::ops::conv2d::cpu as convolution;
use crate::ops::once::once;

/// Writes the transposed convolution into an output of zeros.
#[once]
pub(super) fn forward<E: Element>(
    geometry: &ConvTranspose2dGeometry,
    input: &[E],
    weight: &[E],
    bias: Option<&[E]>,
    output: &mut [E],
) {
    if let Some(bias) = bias {
        let channels = output.chunks_exact_mut(geometry.output_plane().max(1));
        channels.zip(bias.iter().cycle()).for_each(|(channel, &bias)| channel.fill(bias));
    }
    convolution::input_gradient(&geometry.convolution(), weight, input, output);
}

/// Adds to the gradient of the input.
#[once]
pub(super) fn input_gradient<E: Element>(
    geometry: &ConvTranspose2dGeometry,
    weight: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    convolution::add(&geometry.convolution(), upstream, weight, gradient);
}

/// Adds to the gradient of the weight.
#[once]
pub(super) fn weight_gradient<E: Element>(
    geometry: &ConvTranspose2dGeometry,
    input: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    convolution::weight_gradient(&geometry.convolution(), upstream, input, gradient);
}

/// Adds to the gradient of the bias.
#[once]
pub(super) fn bias_gradient<E: Element>(geometry: &ConvTranspose2dGeometry, upstream: &[E], gradient: &mut [E]) {
    convolution::add_channel_sums(geometry.batch, geometry.output_plane(), upstream, gradient);
}
