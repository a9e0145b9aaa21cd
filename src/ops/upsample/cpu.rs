//! Upsampling, one axis after the other.

use super::UpsampleGeometry;
use super::stretch::Source;
use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::for_each_chunk;

/// The approximate number of elementary steps for an output value.
const STEPS: usize = 4;

/// A [`Source`] with weights of the element type.
#[derive(Clone, Copy)]
struct Blend<E> {
    low: usize,
    high: usize,
    /// The weights of both. If that of `high` is 0, `high` isn't read: it may be infinite or NaN.
    shares: (E, E),
}

impl<E: Element> Blend<E> {
    fn new(Source { low, high, share }: &Source) -> Self {
        Blend { low: *low, high: *high, shares: (E::of(1.0 - share), E::of(*share)) }
    }

    /// Whether the value of `low` is used as it is.
    fn is_plain(&self) -> bool {
        self.shares.1 == E::zero()
    }
}

/// The blends of both axes.
fn blends<E: Element>(geometry: &UpsampleGeometry) -> [Vec<Blend<E>>; 2] {
    [&geometry.vertical, &geometry.horizontal]
        .map(|stretch| stretch.sources(geometry.mode).iter().map(Blend::new).collect())
}

/// Writes the upsampled images.
#[once]
pub(super) fn forward<E: Element>(geometry: &UpsampleGeometry, input: &[E], output: &mut [E]) {
    let (length, width) = (geometry.input_plane(), geometry.horizontal.input);
    let [vertical, horizontal] = blends::<E>(geometry);
    let task = |line: &mut Vec<E>, number: usize, output: &mut [E]| {
        let row = |position: usize| &input[number * length + position * width..][..width];
        for (down, output) in vertical.iter().zip(output.chunks_exact_mut(horizontal.len())) {
            if down.is_plain() {
                line.copy_from_slice(row(down.low));
            } else {
                let rows = row(down.low).iter().zip(row(down.high));
                let (low_share, high_share) = down.shares;
                line.iter_mut().zip(rows).for_each(|(line, (&low, &high))| *line = low * low_share + high * high_share);
            }
            for (along, output) in horizontal.iter().zip(output) {
                let low = line[along.low];
                *output = if along.is_plain() { low } else { low * along.shares.0 + line[along.high] * along.shares.1 };
            }
        }
    };
    let steps = STEPS * geometry.output_plane();
    for_each_chunk(output, geometry.output_plane(), steps, || vec![E::zero(); width], task);
}

/// Adds the gradient of each output to those of the values that it was interpolated from.
#[once]
pub(super) fn input_gradient<E: Element>(geometry: &UpsampleGeometry, upstream: &[E], gradient: &mut [E]) {
    let (outputs, width) = (geometry.output_plane(), geometry.horizontal.input);
    let [vertical, horizontal] = blends::<E>(geometry);
    let task = |line: &mut Vec<E>, number: usize, gradient: &mut [E]| {
        let upstream = &upstream[number * outputs..][..outputs];
        for (down, upstream) in vertical.iter().zip(upstream.chunks_exact(horizontal.len())) {
            line.fill(E::zero());
            for (along, &upstream) in horizontal.iter().zip(upstream) {
                line[along.low] += upstream * along.shares.0;
                if !along.is_plain() {
                    line[along.high] += upstream * along.shares.1;
                }
            }
            let mut add = |position: usize, share: E| {
                let row = &mut gradient[position * width..][..width];
                row.iter_mut().zip(&*line).for_each(|(gradient, &line)| *gradient += line * share);
            };
            add(down.low, down.shares.0);
            if !down.is_plain() {
                add(down.high, down.shares.1);
            }
        }
    };
    let steps = STEPS * geometry.output_plane();
    for_each_chunk(gradient, geometry.input_plane(), steps, || vec![E::zero(); width], task);
}
