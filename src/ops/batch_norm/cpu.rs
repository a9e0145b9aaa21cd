//! Batch normalization. Statistics are computed channel by channel, outputs example by example.

use std::ops::Range;

use super::BatchNormGeometry;
use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::{add_each, for_each_chunk};
use crate::ops::sums::{sum, sum_of, sums_of_pieces};

/// Adds up `sums` over all planes of a channel.
#[inline(always)]
fn over_channel<E: Element, const N: usize>(
    geometry: &BatchNormGeometry,
    channel: usize,
    sums: impl Fn(Range<usize>) -> [E; N],
) -> [E; N] {
    let BatchNormGeometry { batch, channels, spatial, .. } = *geometry;
    sums_of_pieces(batch, spatial, |example| {
        let start = (example * channels + channel) * spatial;
        sums(start..start + spatial)
    })
}

/// The mean and the biased variance of each channel.
///
/// They are computed from deviations from a first mean, whose rounding error is corrected. So the mean of equal values is exactly
/// this value, and their variance is 0.
#[once]
pub(super) fn statistics<E: Element>(geometry: &BatchNormGeometry, input: &[E]) -> (Vec<E>, Vec<E>) {
    let BatchNormGeometry { batch, channels, spatial, .. } = *geometry;
    assert_eq!(input.len(), batch * channels * spatial, "the input doesn't fit {geometry:?}");
    let count = E::of(geometry.count() as f64);
    let mut statistics = vec![(E::zero(), E::zero()); channels];
    for_each_chunk(
        &mut statistics,
        1,
        2 * geometry.count(),
        || (),
        |(), channel, statistics| {
            let [sum] = over_channel(geometry, channel, |plane| [sum(&input[plane])]);
            let near = sum / count;
            let [squares] = over_channel(geometry, channel, |plane| {
                let plane: &[E] = &input[plane];
                [sum_of(plane, plane, |value, _| (value - near) * (value - near))]
            });
            // If values vary little compared to their size, the rounding error of the first mean matters.
            let offset = if squares / count <= near * near * E::of(1e-4) {
                let [deviations] = over_channel(geometry, channel, |plane| {
                    let plane: &[E] = &input[plane];
                    [sum_of(plane, plane, |value, _| value - near)]
                });
                deviations / count
            } else {
                E::zero()
            };
            // `max` isn't used, because it would turn NaN into 0.
            let variance = squares / count - offset * offset;
            statistics[0] = (near + offset, if variance < E::zero() { E::zero() } else { variance });
        },
    );
    statistics.into_iter().unzip()
}

/// Adds values to a gradient.
#[once]
pub(super) fn add<E: Element>(values: &[E], gradient: &mut [E]) {
    gradient.iter_mut().zip(values).for_each(|(gradient, &value)| *gradient += value);
}

/// The statistics that each channel is normalized with.
pub(super) struct Normalizer<E> {
    mean: Vec<E>,
    /// One over the standard deviation.
    scale: Vec<E>,
    /// Whether these are the statistics of the batch itself, so that they depend on the input.
    from_batch: bool,
}

/// Sums over the values of each channel.
pub(super) struct Sums<E> {
    /// The sums of the output's gradient, which are the gradient of the bias.
    pub(super) upstream: Vec<E>,
    /// The sums of the output's gradient times the normalized input, which are the gradient of the weight.
    pub(super) products: Vec<E>,
}

/// The normalizer for the given statistics.
#[once]
pub(super) fn normalizer<E: Element>(
    mean: Vec<E>,
    variance: &[E],
    from_batch: bool,
    geometry: &BatchNormGeometry,
) -> Normalizer<E> {
    assert_eq!(mean.len(), geometry.channels, "the mean doesn't fit {geometry:?}");
    assert_eq!(variance.len(), geometry.channels, "the variance doesn't fit {geometry:?}");
    let epsilon = E::of(geometry.epsilon);
    Normalizer { mean, scale: variance.iter().map(|&v| (v + epsilon).sqrt().recip()).collect(), from_batch }
}

/// The factor and the summand of each channel that normalize it.
#[once]
pub(super) fn line<E: Element>(
    normalizer: &Normalizer<E>,
    weight: Option<&[E]>,
    bias: Option<&[E]>,
) -> (Vec<E>, Vec<E>) {
    let channels = normalizer.mean.iter().zip(&normalizer.scale).enumerate();
    let line = channels.map(|(channel, (&mean, &scale))| {
        let scale = scale * factor(weight, channel);
        (scale, bias.map_or(E::zero(), |bias| bias[channel]) - mean * scale)
    });
    line.unzip()
}

/// Writes the normalized values.
#[once]
pub(super) fn forward<E: Element>(
    normalizer: &Normalizer<E>,
    geometry: &BatchNormGeometry,
    input: &[E],
    weight: Option<&[E]>,
    bias: Option<&[E]>,
    output: &mut [E],
) {
    let BatchNormGeometry { channels, spatial, .. } = *geometry;
    assert_eq!(input.len(), geometry.batch * channels * spatial, "the input doesn't fit {geometry:?}");
    for parameter in weight.iter().chain(&bias) {
        assert_eq!(parameter.len(), channels, "a parameter doesn't fit {geometry:?}");
    }
    let length = channels * spatial;
    for_each_chunk(
        output,
        length,
        length,
        || (),
        |(), example, output| {
            let input = &input[example * length..][..length];
            let planes = output.chunks_exact_mut(spatial).zip(input.chunks_exact(spatial));
            for (channel, (output, input)) in planes.enumerate() {
                let (mean, scale) = (normalizer.mean[channel], normalizer.scale[channel] * factor(weight, channel));
                let shift = bias.map_or(E::zero(), |bias| bias[channel]);
                output.iter_mut().zip(input).for_each(|(output, &value)| *output = (value - mean) * scale + shift);
            }
        },
    );
}

/// The sums that the gradients share.
#[once]
pub(super) fn sums<E: Element>(
    normalizer: &Normalizer<E>,
    geometry: &BatchNormGeometry,
    input: &[E],
    upstream: &[E],
) -> Sums<E> {
    let (channels, steps) = (geometry.channels, geometry.count());
    let mut sums = Sums { upstream: vec![E::zero(); channels], products: vec![E::zero(); channels] };
    add_each(&mut sums.upstream, steps, |channel| over_channel(geometry, channel, |plane| [sum(&upstream[plane])])[0]);
    add_each(&mut sums.products, steps, |channel| {
        // Values are centered inside the sum: the difference of two large sums would lose precision.
        let (mean, scale) = (normalizer.mean[channel], normalizer.scale[channel]);
        let [products] = over_channel(geometry, channel, |plane| {
            [sum_of(&input[plane.clone()], &upstream[plane], |value, upstream| (value - mean) * upstream) * scale]
        });
        products
    });
    sums
}

/// Adds to the gradient of the input.
#[once]
pub(super) fn input_gradient<E: Element>(
    normalizer: &Normalizer<E>,
    geometry: &BatchNormGeometry,
    input: &[E],
    weight: Option<&[E]>,
    upstream: &[E],
    sums: &Sums<E>,
    gradient: &mut [E],
) {
    let (length, spatial) = (geometry.channels * geometry.spatial, geometry.spatial);
    let count = E::of(geometry.count() as f64);
    for_each_chunk(
        gradient,
        length,
        length,
        || (),
        |(), example, gradient| {
            let (input, upstream) = (&input[example * length..][..length], &upstream[example * length..][..length]);
            let planes = input.chunks_exact(spatial).zip(upstream.chunks_exact(spatial));
            for (channel, (gradient, (input, upstream))) in gradient.chunks_exact_mut(spatial).zip(planes).enumerate() {
                let (mean, scale) = (normalizer.mean[channel], normalizer.scale[channel]);
                let (shift, slope) = match normalizer.from_batch {
                    true => (sums.upstream[channel] / count, sums.products[channel] / count * scale),
                    false => (E::zero(), E::zero()),
                };
                let scale = scale * factor(weight, channel);
                for ((gradient, &value), &upstream) in gradient.iter_mut().zip(input).zip(upstream) {
                    *gradient += scale * (upstream - shift - (value - mean) * slope);
                }
            }
        },
    );
}

/// The weight of a channel, or 1 if there is none.
fn factor<E: Element>(weight: Option<&[E]>, channel: usize) -> E {
    weight.map_or(E::one(), |weight| weight[channel])
}
