//! Average pooling, one axis after the other.

use super::AvgPool2dGeometry;
use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::for_each_chunk;
use crate::ops::sums::{add_lines, sum};

/// The approximate number of elementary steps for one plane.
fn steps(geometry: &AvgPool2dGeometry) -> usize {
    geometry.input_plane() + geometry.output_plane()
}

/// Writes the average of each bin.
#[once]
pub(super) fn forward<E: Element>(geometry: &AvgPool2dGeometry, input: &[E], output: &mut [E]) {
    let (length, width) = (geometry.input_plane(), geometry.horizontal.input);
    let task = |line: &mut Vec<E>, number: usize, output: &mut [E]| {
        let plane = &input[number * length..][..length];
        for (down, output) in geometry.vertical.bins.iter().zip(output.chunks_mut(geometry.horizontal.bins.len())) {
            line.fill(E::zero());
            add_lines(plane[down.start * width..down.end * width].chunks_exact(width), line);
            for (along, output) in geometry.horizontal.bins.iter().zip(output) {
                *output = sum(&line[along.start..along.end]) / E::of((down.divisor * along.divisor) as f64);
            }
        }
    };
    for_each_chunk(output, geometry.output_plane(), steps(geometry), || vec![E::zero(); width], task);
}

/// Divides the gradient of each output by the bin's divisor, and adds it to the gradients of the elements in the bin.
#[once]
pub(super) fn input_gradient<E: Element>(geometry: &AvgPool2dGeometry, upstream: &[E], gradient: &mut [E]) {
    let (outputs, width) = (geometry.output_plane(), geometry.horizontal.input);
    let task = |line: &mut Vec<E>, number: usize, gradient: &mut [E]| {
        let upstream = &upstream[number * outputs..][..outputs];
        for (down, upstream) in geometry.vertical.bins.iter().zip(upstream.chunks(geometry.horizontal.bins.len())) {
            line.fill(E::zero());
            for (along, &upstream) in geometry.horizontal.bins.iter().zip(upstream) {
                let share = upstream / E::of((down.divisor * along.divisor) as f64);
                line[along.start..along.end].iter_mut().for_each(|line| *line += share);
            }
            for row in gradient[down.start * width..down.end * width].chunks_exact_mut(width) {
                row.iter_mut().zip(&*line).for_each(|(gradient, &share)| *gradient += share);
            }
        }
    };
    for_each_chunk(gradient, geometry.input_plane(), steps(geometry), || vec![E::zero(); width], task);
}
