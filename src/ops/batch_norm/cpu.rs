//! Batch normalization: statistics channel by channel, values example by example.

use super::BatchNormGeometry;
use crate::ops::Element;
use crate::ops::element::{sum, sum_of};
use crate::ops::parallel::{add_each, for_each_chunk};

/// The sum over a channel of what `value` makes of each of its planes.
fn over_channel<E: Element>(
    geometry: &BatchNormGeometry,
    channel: usize,
    value: impl Fn(std::ops::Range<usize>) -> E,
) -> E {
    let BatchNormGeometry { batch, channels, spatial, .. } = *geometry;
    let planes = (0..batch).map(|example| (example * channels + channel) * spatial);
    planes.fold(E::zero(), |total, start| total + value(start..start + spatial))
}

/// The mean and the biased variance of each channel.
pub(super) fn statistics<E: Element>(geometry: &BatchNormGeometry, input: &[E]) -> (Vec<E>, Vec<E>) {
    let BatchNormGeometry { batch, channels, spatial, .. } = *geometry;
    assert_eq!(input.len(), batch * channels * spatial, "the input doesn't fit {geometry:?}");
    let (steps, count) = (geometry.count(), E::of(geometry.count() as f64));
    let mut mean = vec![E::zero(); channels];
    add_each(&mut mean, steps, |channel| over_channel(geometry, channel, |plane| sum(&input[plane])) / count);
    let mut variance = vec![E::zero(); channels];
    add_each(&mut variance, steps, |channel| {
        let mean = mean[channel];
        let squares = |plane| {
            let plane: &[E] = &input[plane];
            sum_of(plane, plane, |value, _| (value - mean) * (value - mean))
        };
        over_channel(geometry, channel, squares) / count
    });
    (mean, variance)
}

/// Adds values to a gradient.
pub(super) fn add<E: Element>(values: &[E], gradient: &mut [E]) {
    gradient.iter_mut().zip(values).for_each(|(gradient, &value)| *gradient += value);
}

/// What each channel is normalized by.
pub(super) struct Normalizer<E> {
    mean: Vec<E>,
    /// One over the standard deviation.
    scale: Vec<E>,
    /// Whether these are the statistics of the very batch, so that they depend on the input.
    from_batch: bool,
}

/// Sums over the values of each channel.
pub(super) struct Sums<E> {
    /// Of the output's gradient: that of the bias.
    pub(super) upstream: Vec<E>,
    /// Of the output's gradient times the normalized input: that of the weight.
    pub(super) products: Vec<E>,
}

impl<E: Element> Normalizer<E> {
    pub(super) fn new(mean: Vec<E>, variance: &[E], from_batch: bool, geometry: &BatchNormGeometry) -> Self {
        assert_eq!(mean.len(), geometry.channels, "the mean doesn't fit {geometry:?}");
        assert_eq!(variance.len(), geometry.channels, "the variance doesn't fit {geometry:?}");
        let epsilon = E::of(geometry.epsilon);
        Normalizer { mean, scale: variance.iter().map(|&v| (v + epsilon).sqrt().recip()).collect(), from_batch }
    }

    /// Each channel's factor and summand, which together normalize it.
    pub(super) fn line(&self, weight: Option<&[E]>, bias: Option<&[E]>) -> (Vec<E>, Vec<E>) {
        let channels = self.mean.iter().zip(&self.scale).enumerate();
        let line = channels.map(|(channel, (&mean, &scale))| {
            let scale = scale * factor(weight, channel);
            (scale, bias.map_or(E::zero(), |bias| bias[channel]) - mean * scale)
        });
        line.unzip()
    }

    /// Writes the normalized values.
    pub(super) fn forward(
        &self,
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
                    let (mean, scale) = (self.mean[channel], self.scale[channel] * factor(weight, channel));
                    let shift = bias.map_or(E::zero(), |bias| bias[channel]);
                    output.iter_mut().zip(input).for_each(|(output, &value)| *output = (value - mean) * scale + shift);
                }
            },
        );
    }

    /// What the gradients have in common.
    pub(super) fn sums(&self, geometry: &BatchNormGeometry, input: &[E], upstream: &[E]) -> Sums<E> {
        let (channels, steps) = (geometry.channels, geometry.count());
        let mut sums = Sums { upstream: vec![E::zero(); channels], products: vec![E::zero(); channels] };
        add_each(&mut sums.upstream, steps, |channel| over_channel(geometry, channel, |plane| sum(&upstream[plane])));
        add_each(&mut sums.products, steps, |channel| {
            // Centered inside the sum: the difference of two great sums would lose digits.
            let (mean, scale) = (self.mean[channel], self.scale[channel]);
            let product = |plane: std::ops::Range<usize>| {
                let centered = |value: E, upstream: E| (value - mean) * upstream;
                sum_of(&input[plane.clone()], &upstream[plane], centered) * scale
            };
            over_channel(geometry, channel, product)
        });
        sums
    }

    /// Adds to the gradient of the input.
    pub(super) fn input_gradient(
        &self,
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
                for (channel, (gradient, (input, upstream))) in
                    gradient.chunks_exact_mut(spatial).zip(planes).enumerate()
                {
                    let (mean, scale) = (self.mean[channel], self.scale[channel]);
                    let (shift, slope) = match self.from_batch {
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
}

/// What a channel is multiplied by.
fn factor<E: Element>(weight: Option<&[E]>, channel: usize) -> E {
    weight.map_or(E::one(), |weight| weight[channel])
}
