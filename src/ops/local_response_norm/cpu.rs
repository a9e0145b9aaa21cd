//! Local response normalization, one example after the other.

use super::LocalResponseNormGeometry;
use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::for_each_chunk;

/// The approximate number of elementary steps for a power.
const POWER: usize = 32;

/// The number of elements of an example, and the number of elementary steps that it takes.
fn example(geometry: &LocalResponseNormGeometry) -> (usize, usize) {
    let length = geometry.channels * geometry.spatial;
    (length, length.saturating_mul(geometry.size.min(geometry.channels) + POWER))
}

/// Applies `number` to the elements of some channels of an example, and adds them to `line`.
fn add<E: Element>(line: &mut [E], channels: impl Iterator<Item = usize>, example: &[E], number: impl Fn(E) -> E) {
    for channel in channels {
        let values = &example[channel * line.len()..][..line.len()];
        line.iter_mut().zip(values).for_each(|(sum, &value)| *sum += number(value));
    }
}

/// Writes the base of the divisor, `s`, for each element of an example.
fn scales<E: Element>(geometry: &LocalResponseNormGeometry, input: &[E], scales: &mut [E]) {
    let (share, k) = (E::of(geometry.alpha / geometry.size as f64), E::of(geometry.k));
    for (channel, line) in scales.chunks_exact_mut(geometry.spatial).enumerate() {
        line.fill(E::zero());
        add(line, geometry.near(channel), input, |value| value * value);
        line.iter_mut().for_each(|sum| *sum = k + share * *sum);
    }
}

/// Writes the normalized values.
#[once]
pub(super) fn forward<E: Element>(geometry: &LocalResponseNormGeometry, input: &[E], output: &mut [E]) {
    let ((length, steps), power) = (example(geometry), E::of(-geometry.beta));
    assert_eq!(input.len(), geometry.batch * length, "the input doesn't fit {geometry:?}");
    for_each_chunk(
        output,
        length,
        steps,
        || (),
        |(), number, output| {
            let input = &input[number * length..][..length];
            scales(geometry, input, output);
            output.iter_mut().zip(input).for_each(|(output, &input)| *output = input * output.powf(power));
        },
    );
}

/// Adds to the gradient of the input: dx = dy · s^−beta − 2 · alpha · beta / size · x · Σ dy · x · s^(−beta − 1), with the sum
/// over the channels that x is near to.
#[once]
pub(super) fn input_gradient<E: Element>(
    geometry: &LocalResponseNormGeometry,
    input: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    let ((length, steps), power) = (example(geometry), E::of(-geometry.beta));
    let share = E::of(2.0 * geometry.alpha * geometry.beta / geometry.size as f64);
    let scratch = || (vec![E::zero(); length], vec![E::zero(); geometry.spatial]);
    let task = |(terms, line): &mut (Vec<E>, Vec<E>), number: usize, gradient: &mut [E]| {
        let (input, upstream) = (&input[number * length..][..length], &upstream[number * length..][..length]);
        scales(geometry, input, terms);
        for (((gradient, term), &input), &upstream) in gradient.iter_mut().zip(&mut *terms).zip(input).zip(upstream) {
            let scale = *term;
            let normalized = upstream * scale.powf(power);
            *gradient += normalized;
            *term = normalized * input / scale;
        }
        for (channel, gradient) in gradient.chunks_exact_mut(geometry.spatial).enumerate() {
            line.fill(E::zero());
            add(line, geometry.reached(channel), terms, |term| term);
            let input = &input[channel * geometry.spatial..];
            gradient.iter_mut().zip(input).zip(&*line).for_each(|((gradient, &input), &sum)| {
                *gradient -= share * input * sum;
            });
        }
    };
    for_each_chunk(gradient, length, steps, scratch, task);
}
