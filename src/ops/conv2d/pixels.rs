//! Convolution of images whose pixels lie together, the channels of a pixel side by side.
//!
//! Tensors have their channels one after the other, so images are turned over on the way in, with a border of zeros, and on the
//! way out. That takes a few percent of the time: each number is read for all outputs, and written once.

use super::Conv2dGeometry;
use crate::ops::compiled::{Algorithm, Correlation, Fused, Parameters, Program, View, convolution};
use crate::ops::matrix::Write;
use crate::ops::parallel::{for_each_chunk, splits, threads};
use crate::ops::vectorized::{InstructionSet, vectorized};
use crate::ops::{Element, Window};

/// Into how many parts the batch is divided, at most, when gradients of the weight are summed over it.
const PARTS: usize = 8;

/// How many multiplications take the time of one elementary step.
const PRODUCTS_PER_STEP: usize = 16;

/// One image in an arena, with a border, from a position on; and the position behind it.
pub(in crate::ops) fn view(start: usize, [channels, height, width]: [usize; 3], border: [usize; 4]) -> (View, usize) {
    let [above, below, left, right] = border;
    let (pixel_stride, row_stride) = (channels, (left + width + right) * channels);
    let end = start + (above + height + below) * row_stride;
    let start = start + above * row_stride + left * pixel_stride;
    (View { start, examples: 1, height, width, channels, example_stride: end, row_stride, pixel_stride }, end)
}

/// How many channels, and how many pixels of a row, are turned over at a time: the latter fill a line of the cache, of which
/// images of a power of two can only keep a few.
const CHANNELS: usize = 8;
const PIXELS: usize = 16;

/// A part of an image that is turned over at a time.
struct Block {
    /// Where it begins in the usual order, and how far it is there from a channel to the next.
    usual: (usize, usize),
    /// Where it begins in an arena, and how far it is there from a pixel to the next.
    turned: (usize, usize),
    /// How many channels and pixels it has.
    size: (usize, usize),
}

/// The blocks of an image.
fn blocks(view: &View) -> impl Iterator<Item = Block> + use<> {
    let (view, plane) = (*view, view.height * view.width);
    (0..view.height).flat_map(move |row| {
        (0..view.channels).step_by(CHANNELS).flat_map(move |channel| {
            (0..view.width).step_by(PIXELS).map(move |column| Block {
                usual: (channel * plane + row * view.width + column, plane),
                turned: (view.at(0, row, column) + channel, view.pixel_stride),
                size: ((view.channels - channel).min(CHANNELS), (view.width - column).min(PIXELS)),
            })
        })
    })
}

/// `N` numbers from a position on.
#[inline(always)]
fn some<E, const N: usize>(numbers: &[E], start: usize) -> &[E; N] {
    numbers[start..].first_chunk().expect("a block lies in its image")
}

/// As [`some`], to be written.
#[inline(always)]
fn some_mut<E, const N: usize>(numbers: &mut [E], start: usize) -> &mut [E; N] {
    numbers[start..].first_chunk_mut().expect("a block lies in its image")
}

vectorized! {
    fn turn_all_in<E, const FUSES: bool>(image: &[E], view: &View, arena: &mut [E]) {
        for Block { usual, turned, size } in blocks(view) {
            if size == (CHANNELS, PIXELS) {
                let channels: [&[E; PIXELS]; CHANNELS] = std::array::from_fn(|channel| some(image, usual.0 + channel * usual.1));
                (0..PIXELS).for_each(|pixel| {
                    let to: &mut [E; CHANNELS] = some_mut(arena, turned.0 + pixel * turned.1);
                    *to = std::array::from_fn(|channel| channels[channel][pixel]);
                });
                continue;
            }
            for channel in 0..size.0 {
                for pixel in 0..size.1 {
                    arena[turned.0 + pixel * turned.1 + channel] = image[usual.0 + channel * usual.1 + pixel];
                }
            }
        }
    }

    fn turn_all_out<E, const FUSES: bool>(arena: &[E], view: &View, write: Write, image: &mut [E]) {
        for Block { usual, turned, size } in blocks(view) {
            if size == (CHANNELS, PIXELS) {
                let pixels: [&[E; CHANNELS]; PIXELS] = std::array::from_fn(|pixel| some(arena, turned.0 + pixel * turned.1));
                (0..CHANNELS).for_each(|channel| {
                    let to: &mut [E; PIXELS] = some_mut(image, usual.0 + channel * usual.1);
                    let line: [E; PIXELS] = std::array::from_fn(|pixel| pixels[pixel][channel]);
                    match write {
                        Write::Replace => *to = line,
                        Write::Add => to.iter_mut().zip(line).for_each(|(to, number)| *to += number),
                    }
                });
                continue;
            }
            for channel in 0..size.0 {
                for pixel in 0..size.1 {
                    let number = arena[turned.0 + pixel * turned.1 + channel];
                    let to = &mut image[usual.0 + channel * usual.1 + pixel];
                    *to = if write == Write::Add { *to + number } else { number };
                }
            }
        }
    }
}

/// Turns an image over, into an arena.
fn turn_in<E: Element>(image: &[E], view: &View, arena: &mut [E]) {
    turn_all_in(InstructionSet::best(), image, view, arena);
}

/// Turns an image back.
fn turn_out<E: Element>(arena: &[E], view: &View, write: Write, image: &mut [E]) {
    turn_all_out(InstructionSet::best(), arena, view, write, image);
}

/// The convolution: in the place of what is there, or in addition to it.
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

/// The convolution that takes the gradient of the output to that of the input, if it is one.
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

/// The weights of the convolution that goes the other way: each kernel turned around, inputs and outputs exchanged.
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
    let correlation = Correlation::new(InstructionSet::best(), &Conv2dGeometry { batch: 1, ..*geometry });
    let (image, plane) =
        (geometry.in_channels * geometry.input_plane(), geometry.out_channels * geometry.output_plane());
    let (examples, length) = (batch.div_ceil(PARTS), correlation.sums());
    // Each part of the batch has a sum of its own.
    let mut sums = vec![E::zero(); batch.div_ceil(examples) * length];
    let steps = examples * plane * geometry.fan_in() / PRODUCTS_PER_STEP;
    for_each_chunk(
        &mut sums,
        length,
        steps,
        || correlation.arena(),
        |arena, part, sums| {
            for example in part * examples..((part + 1) * examples).min(batch) {
                turn_in(&input[example * image..][..image], &correlation.input, arena.all());
                turn_in(&upstream[example * plane..][..plane], &correlation.upstream, arena.all());
                correlation.add(arena, sums);
            }
        },
    );
    let (first, others) = sums.split_at_mut(length);
    for other in others.chunks_exact(length) {
        first.iter_mut().zip(other).for_each(|(sum, &other)| *sum += other);
    }
    correlation.each(|weight, sum| gradient[weight] += first[sum]);
}
