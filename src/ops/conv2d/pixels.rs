//! Convolution of images that are stored pixel by pixel, with the channels of a pixel together.
//!
//! Tensors store one channel after the other. So each input image is transposed and gets a border of zeros, and each output image
//! is transposed back. This takes a few percent of the time: each input element is copied once, but used by all outputs.

use super::Conv2dGeometry;
use crate::ops::choice::take;
use crate::ops::compiled::{Algorithm, Correlation, Fused, Grid, Parameters, Program, View, convolution};
use crate::ops::matrix::Write;
use crate::ops::parallel::{BATCH_PARTS, PRODUCTS_PER_STEP, for_each_chunk, splits, threads};
use crate::ops::sizes::product;
use crate::ops::sums::Cascade;
use crate::ops::transpose::Transposition;
use crate::ops::vectorized::InstructionSet;
use crate::ops::{Element, Window};

/// The view of one image with a border, which begins at a position of an arena; and the position after it.
///
/// # Panics
/// If the positions overflow.
pub(in crate::ops) fn view(start: usize, [channels, height, width]: [usize; 3], border: [usize; 4]) -> (View, usize) {
    let [above, below, left, right] = border;
    let sides = |size: usize, sides: [usize; 2]| sides.into_iter().try_fold(size, usize::checked_add);
    let end = || {
        let (rows, columns) = (sides(height, [above, below])?, sides(width, [left, right])?);
        let (row_stride, length) = (product(&[columns, channels])?, product(&[rows, columns, channels])?);
        Some((row_stride, start.checked_add(length)?))
    };
    let (row_stride, end) = end().unwrap_or_else(|| panic!("an image of {height} × {width} pixels has positions"));
    let start = start + above * row_stride + left * channels;
    let (example_stride, pixel_stride) = (end, channels);
    (View::new(Grid { start, examples: 1, height, width, channels, example_stride, row_stride, pixel_stride }), end)
}

/// Copies an image into an arena, pixel by pixel.
fn turn_in<E: Element>(image: &[E], view: &View, arena: &mut [E]) {
    let (rows, pixels, plane) = lines(view);
    let size = (view.channels, pixels);
    let turn = Transposition::new(InstructionSet::best(), size, (plane, view.pixel_stride), Write::Replace);
    (0..rows).for_each(|row| turn.run(&image[row * pixels..], &mut arena[view.at(0, row, 0)..]));
}

/// Copies an image out of an arena, channel by channel.
fn turn_out<E: Element>(arena: &[E], view: &View, write: Write, image: &mut [E]) {
    let (rows, pixels, plane) = lines(view);
    let size = (pixels, view.channels);
    let turn = Transposition::new(InstructionSet::best(), size, (view.pixel_stride, plane), write);
    (0..rows).for_each(|row| turn.run(&arena[view.at(0, row, 0)..], &mut image[row * pixels..]));
}

/// The number of rows that are transposed separately, the number of pixels in each, and the number of pixels in a plane.
fn lines(view: &View) -> (usize, usize, usize) {
    let plane = view.height * view.width;
    let is_whole = view.row_stride == view.width * view.pixel_stride;
    if is_whole { (1, plane, plane) } else { (view.height, view.width, plane) }
}

/// The convolution, which replaces the output or is added to it.
pub(in crate::ops) fn convolve<E: Element>(
    algorithm: Algorithm,
    geometry: &Conv2dGeometry,
    input: &[E],
    weight: &[E],
    bias: Option<&[E]>,
    write: Write,
    output: &mut [E],
) {
    let Conv2dGeometry { in_channels, out_channels, vertical, horizontal, .. } = *geometry;
    if output.is_empty() {
        return;
    }
    take(algorithm.name());
    let one = Conv2dGeometry { batch: 1, ..*geometry };
    let (from, end) = view(0, [in_channels, vertical.input, horizontal.input], algorithm.border(&one));
    let (to, end) = view(end, [out_channels, vertical.output, horizontal.output], [0; 4]);
    let mut program = Program::new(end);
    let parameters =
        Parameters { geometry: &one, weight, bias, input: from, output: to, residual: None, fused: Fused::Identity };
    program.push(convolution(InstructionSet::best(), algorithm, &parameters));
    let (image, plane) = (in_channels * geometry.input_plane(), out_channels * geometry.output_plane());
    let steps = plane * geometry.fan_in() / PRODUCTS_PER_STEP;
    let parts = if splits(geometry.batch, steps) { threads() } else { 1 };
    let run = |arena: &mut _, number: usize, output: &mut [E]| {
        program.run_alone(arena, parts, |numbers| turn_in(&input[number * image..][..image], &from, numbers));
        turn_out(arena.get(0..end), &to, write, output);
    };
    if parts > 1 {
        let mut arena = program.new_arena(parts);
        output.chunks_exact_mut(plane).enumerate().for_each(|(number, output)| run(&mut arena, number, output));
    } else {
        for_each_chunk(output, plane, steps, || program.new_arena(1), run);
    }
}

/// The convolution that computes the input's gradient from the output's, if the input's gradient is a convolution.
pub(super) fn backwards(geometry: &Conv2dGeometry) -> Option<Conv2dGeometry> {
    let window = |window: &Window| {
        let padding = ((window.kernel - 1) * window.dilation).checked_sub(window.padding)?;
        (window.stride == 1).then_some(Window { input: window.output, output: window.input, padding, ..*window })
    };
    Some(Conv2dGeometry {
        batch: geometry.batch,
        in_channels: geometry.out_channels,
        out_channels: geometry.in_channels,
        groups: geometry.groups,
        vertical: window(&geometry.vertical)?,
        horizontal: window(&geometry.horizontal)?,
    })
}

/// The weights of the convolution that computes the input's gradient: each kernel is rotated by 180°, and input and output
/// channels are exchanged.
pub(crate) fn turned<E: Element>(geometry: &Conv2dGeometry, weight: &[E]) -> Vec<E> {
    let (inputs, outputs, taps) = (geometry.group_inputs(), geometry.group_outputs(), geometry.taps());
    let mut turned = Vec::with_capacity(weight.len());
    for input in 0..geometry.in_channels {
        let (group, input) = (input / inputs, input % inputs);
        for output in group * outputs..(group + 1) * outputs {
            turned.extend(weight[(output * inputs + input) * taps..][..taps].iter().rev());
        }
    }
    turned
}

/// Adds to the gradient of the weight.
pub(super) fn weight_gradient<E: Element>(geometry: &Conv2dGeometry, input: &[E], upstream: &[E], gradient: &mut [E]) {
    let batch = geometry.batch;
    if upstream.is_empty() || gradient.is_empty() {
        return;
    }
    take(Algorithm::Direct.name());
    let correlation = Correlation::new(InstructionSet::best(), &Conv2dGeometry { batch: 1, ..*geometry });
    let (image, plane) =
        (geometry.in_channels * geometry.input_plane(), geometry.out_channels * geometry.output_plane());
    let ([to_input, to_upstream], length) = (correlation.views(), correlation.sums());
    let examples = batch.div_ceil(BATCH_PARTS);
    // Each part of the batch has a sum of its own.
    let mut sums = vec![E::zero(); batch.div_ceil(examples) * length];
    let steps = examples * plane * geometry.fan_in() / PRODUCTS_PER_STEP;
    for_each_chunk(
        &mut sums,
        length,
        steps,
        || (correlation.arena(), Cascade::new(length)),
        |(arena, cascade), part, sums| {
            for example in part * examples..((part + 1) * examples).min(batch) {
                turn_in(&input[example * image..][..image], &to_input, arena.all());
                turn_in(&upstream[example * plane..][..plane], &to_upstream, arena.all());
                correlation.add(arena, cascade);
            }
            cascade.drain(sums);
        },
    );
    let (first, others) = sums.split_at_mut(length);
    for other in others.chunks_exact(length) {
        first.iter_mut().zip(other).for_each(|(sum, &other)| *sum += other);
    }
    correlation.each(|weight, sum| gradient[weight] += first[sum]);
}
