//! Convolution as matrix products of unfolded tiles of the input, or as direct sums if each group has one input channel.

use std::ops::Range;

use super::Conv2dGeometry;
use crate::ops::Element;
use crate::ops::choice::take;
use crate::ops::matrix::{Matrix, Write, multiply};
use crate::ops::parallel::{BATCH_PARTS, PRODUCTS_PER_STEP, for_each_chunk, splits};
use crate::ops::sums::{Cascade, Total, dot_of_every};

/// The approximate number of elements in an unfolded tile, which should stay in the cache of a core.
const TILE: usize = 1 << 16;

/// The reads of a tap in one row: the output positions within the plane (or the tile), and the input position of the first.
struct Span {
    output: Range<usize>,
    input: usize,
}

/// The reads of a tap for some rows of the output, without the padding.
fn spans(geometry: &Conv2dGeometry, (down, along): (usize, usize), rows: Range<usize>) -> impl Iterator<Item = Span> {
    let Conv2dGeometry { vertical, horizontal, .. } = *geometry;
    let columns = horizontal.inside(along);
    let first = horizontal.position(columns.start, along).unwrap_or(0);
    let inside = vertical.inside(down);
    let inside = if columns.is_empty() { 0..0 } else { inside.start.max(rows.start)..inside.end.min(rows.end) };
    inside.map(move |row| {
        let start = (row - rows.start) * horizontal.output;
        let y = row * vertical.stride + down * vertical.dilation - vertical.padding;
        Span { output: start + columns.start..start + columns.end, input: y * horizontal.input + first }
    })
}

/// Calls `visit` with each output value of a span and its input value.
#[inline(always)]
fn join<A, B>(
    outputs: impl Iterator<Item = A>,
    inputs: impl Iterator<Item = B>,
    stride: usize,
    mut visit: impl FnMut(A, B),
) {
    // The loop without `step_by` can be vectorized.
    if stride == 1 {
        outputs.zip(inputs).for_each(|(output, input)| visit(output, input));
    } else {
        outputs.zip(inputs.step_by(stride)).for_each(|(output, input)| visit(output, input));
    }
}

/// The positions in the kernel, row by row.
fn taps(geometry: &Conv2dGeometry) -> impl Iterator<Item = (usize, usize)> + use<> {
    let (height, width) = (geometry.vertical.kernel, geometry.horizontal.kernel);
    (0..height).flat_map(move |down| (0..width).map(move |along| (down, along)))
}

/// Writes the input values that each output position of some rows reads into the columns of a matrix.
fn unfold<E: Element>(geometry: &Conv2dGeometry, image: &[E], rows: Range<usize>, columns: &mut [E]) {
    let width = rows.len() * geometry.horizontal.output;
    columns.fill(E::zero());
    let mut lines = columns.chunks_exact_mut(width);
    for channel in image.chunks_exact(geometry.input_plane()) {
        for (tap, line) in taps(geometry).zip(&mut lines) {
            for Span { output, input } in spans(geometry, tap, rows.clone()) {
                let (line, channel) = (line[output].iter_mut(), channel[input..].iter());
                join(line, channel, geometry.horizontal.stride, |line, &value| *line = value);
            }
        }
    }
}

/// The reverse of [`unfold`]: adds each value of the matrix to the input value at the position that `unfold` would read.
fn fold<E: Element>(geometry: &Conv2dGeometry, columns: &[E], rows: Range<usize>, image: &mut [E]) {
    let width = rows.len() * geometry.horizontal.output;
    let mut lines = columns.chunks_exact(width);
    for channel in image.chunks_exact_mut(geometry.input_plane()) {
        for (tap, line) in taps(geometry).zip(&mut lines) {
            for Span { output, input } in spans(geometry, tap, rows.clone()) {
                let (line, channel) = (line[output].iter(), channel[input..].iter_mut());
                join(line, channel, geometry.horizontal.stride, |&line, value| *value += line);
            }
        }
    }
}

/// Whether the unfolded image is the image itself.
fn is_pointwise(geometry: &Conv2dGeometry) -> bool {
    geometry.vertical.is_identity() && geometry.horizontal.is_identity()
}

/// Whether groups are too small for a matrix product to pay off.
fn is_direct(geometry: &Conv2dGeometry) -> bool {
    geometry.groups > 1 && geometry.group_inputs() == 1
}

/// The tiles of the output that are unfolded at once, as ranges of rows.
fn tiles(geometry: &Conv2dGeometry) -> impl Iterator<Item = Range<usize>> + use<> {
    let rows = geometry.vertical.output;
    let tile =
        if is_pointwise(geometry) { rows } else { TILE / (geometry.fan_in() * geometry.horizontal.output).max(1) };
    let tile = tile.clamp(1, rows.max(1));
    (0..rows).step_by(tile).map(move |start| start..(start + tile).min(rows))
}

/// The part of the data with the given number. All parts have the same length.
fn part<E>(data: &[E], number: usize, length: usize) -> &[E] {
    &data[number * length..][..length]
}

/// The input values that a tile of the output reads, as a matrix with a row for each channel and tap, and a column for each
/// position.
fn columns<'a, E: Element>(
    geometry: &Conv2dGeometry,
    image: &'a [E],
    rows: &Range<usize>,
    scratch: &'a mut Vec<E>,
) -> Matrix<'a, E> {
    let (height, width) = (geometry.fan_in(), rows.len() * geometry.horizontal.output);
    if is_pointwise(geometry) {
        let start = rows.start * geometry.horizontal.output;
        return Matrix::strided(&image[start..], height, width, geometry.input_plane());
    }
    scratch.resize(height * width, E::zero());
    unfold(geometry, image, rows.clone(), scratch);
    Matrix::new(scratch, height, width)
}

/// The convolution. Without a bias, it replaces the output or is added to it; with a bias, it always replaces the output.
pub(super) fn convolve<E: Element>(
    geometry: &Conv2dGeometry,
    input: &[E],
    weight: &[E],
    bias: Option<&[E]>,
    write: Write,
    output: &mut [E],
) {
    take("unfolded");
    let write = if bias.is_some() { Write::Add } else { write };
    let (plane, outputs, fan_in) = (geometry.output_plane(), geometry.group_outputs(), geometry.fan_in());
    let splits = splits(geometry.batch * geometry.groups, steps(geometry));
    let task = |scratch: &mut Vec<E>, number: usize, output: &mut [E]| {
        let (image, group) =
            (part(input, number, geometry.group_inputs() * geometry.input_plane()), number % geometry.groups);
        let weight = part(weight, group, outputs * fan_in);
        if let Some(bias) = bias {
            let bias = part(bias, group, outputs);
            output.chunks_exact_mut(plane).zip(bias).for_each(|(channel, &bias)| channel.fill(bias));
        }
        if is_direct(geometry) {
            return direct(geometry, image, weight, output);
        }
        if splits {
            return in_tiles(geometry, image, weight, write, output);
        }
        for rows in tiles(geometry) {
            let columns = columns(geometry, image, &rows, scratch);
            let output = &mut output[rows.start * geometry.horizontal.output..];
            multiply(Matrix::new(weight, outputs, fan_in), columns, output, plane, write);
        }
    };
    // If there are fewer examples than threads, each example is divided.
    if splits && !is_direct(geometry) {
        let mut scratch = Vec::new();
        output
            .chunks_exact_mut((outputs * plane).max(1))
            .enumerate()
            .for_each(|(number, output)| task(&mut scratch, number, output));
    } else {
        for_each_chunk(output, outputs * plane, steps(geometry), Vec::new, task);
    }
}

/// Computes one group of one example. Threads divide its tiles between them.
fn in_tiles<E: Element>(geometry: &Conv2dGeometry, image: &[E], weight: &[E], write: Write, output: &mut [E]) {
    let (outputs, fan_in, width) = (geometry.group_outputs(), geometry.fan_in(), geometry.horizontal.output);
    let height = geometry.vertical.output;
    let tile = (TILE / (fan_in * width).max(1)).clamp(1, height.div_ceil(BATCH_PARTS).max(1));
    // A tile consists of a piece of each channel.
    let mut pieces: Vec<Vec<&mut [E]>> = (0..height.div_ceil(tile)).map(|_| Vec::with_capacity(outputs)).collect();
    for channel in output.chunks_exact_mut(geometry.output_plane()) {
        pieces.iter_mut().zip(channel.chunks_mut(tile * width)).for_each(|(pieces, piece)| pieces.push(piece));
    }
    let steps = outputs * tile * width * fan_in / PRODUCTS_PER_STEP;
    for_each_chunk(&mut pieces, 1, steps, Default::default, |(scratch, product), number, pieces| {
        let rows = number * tile..((number + 1) * tile).min(height);
        let length = rows.len() * width;
        let columns = columns(geometry, image, &rows, scratch);
        let product: &mut Vec<E> = product;
        product.resize(outputs * length, E::zero());
        multiply(Matrix::new(weight, outputs, fan_in), columns, product, length, Write::Replace);
        for (piece, product) in pieces[0].iter_mut().zip(product.chunks_exact(length)) {
            match write {
                Write::Replace => piece.copy_from_slice(product),
                Write::Add => piece.iter_mut().zip(product).for_each(|(output, &product)| *output += product),
            }
        }
    });
}

/// The approximate number of elementary steps for one group of one example.
fn steps(geometry: &Conv2dGeometry) -> usize {
    let products = geometry.group_outputs() * geometry.output_plane() * geometry.fan_in();
    if is_direct(geometry) { products } else { products / PRODUCTS_PER_STEP }
}

/// Adds the convolution of one input channel.
fn direct<E: Element>(geometry: &Conv2dGeometry, image: &[E], weight: &[E], output: &mut [E]) {
    for (output, weight) in output.chunks_exact_mut(geometry.output_plane()).zip(weight.chunks_exact(geometry.taps())) {
        for (tap, &weight) in taps(geometry).zip(weight) {
            for span in spans(geometry, tap, 0..geometry.vertical.output) {
                let (output, image) = (output[span.output].iter_mut(), image[span.input..].iter());
                join(output, image, geometry.horizontal.stride, |output, &value| *output += weight * value);
            }
        }
    }
}

/// Adds to the gradient of the input.
pub(super) fn input_gradient<E: Element>(geometry: &Conv2dGeometry, weight: &[E], upstream: &[E], gradient: &mut [E]) {
    take("unfolded");
    let (plane, outputs, fan_in) = (geometry.output_plane(), geometry.group_outputs(), geometry.fan_in());
    let task = |scratch: &mut Vec<E>, number: usize, gradient: &mut [E]| {
        let upstream = part(upstream, number, outputs * plane);
        let weight = part(weight, number % geometry.groups, outputs * fan_in);
        if is_direct(geometry) {
            return direct_input_gradient(geometry, weight, upstream, gradient);
        }
        let weight = Matrix::new(weight, outputs, fan_in).transposed();
        for rows in tiles(geometry) {
            let width = rows.len() * geometry.horizontal.output;
            let upstream = Matrix::strided(&upstream[rows.start * geometry.horizontal.output..], outputs, width, plane);
            if is_pointwise(geometry) {
                multiply(weight, upstream, gradient, plane, Write::Add);
            } else {
                scratch.resize(fan_in * width, E::zero());
                multiply(weight, upstream, scratch, width, Write::Replace);
                fold(geometry, scratch, rows, gradient);
            }
        }
    };
    for_each_chunk(gradient, geometry.group_inputs() * geometry.input_plane(), steps(geometry), Vec::new, task);
}

/// Adds to the gradient of one input channel.
fn direct_input_gradient<E: Element>(geometry: &Conv2dGeometry, weight: &[E], upstream: &[E], gradient: &mut [E]) {
    for (upstream, weight) in upstream.chunks_exact(geometry.output_plane()).zip(weight.chunks_exact(geometry.taps())) {
        for (tap, &weight) in taps(geometry).zip(weight) {
            for span in spans(geometry, tap, 0..geometry.vertical.output) {
                let (upstream, gradient) = (upstream[span.output].iter(), gradient[span.input..].iter_mut());
                join(upstream, gradient, geometry.horizontal.stride, |&upstream, gradient| {
                    *gradient += weight * upstream
                });
            }
        }
    }
}

/// Adds to the gradient of the weight.
pub(super) fn weight_gradient<E: Element>(geometry: &Conv2dGeometry, input: &[E], upstream: &[E], gradient: &mut [E]) {
    take("unfolded");
    if geometry.batch * geometry.output_plane() == 0 || gradient.is_empty() {
        return;
    }
    if is_direct(geometry) {
        return direct_weight_gradient(geometry, input, upstream, gradient);
    }
    let (plane, outputs, fan_in) = (geometry.output_plane(), geometry.group_outputs(), geometry.fan_in());
    let (batch, groups, length) = (geometry.batch, geometry.groups, gradient.len());
    let examples = batch.div_ceil(BATCH_PARTS);
    // Each part of the batch has a sum of its own, which is transposed: then `gemm` repacks only the smaller factor.
    let mut sums = vec![E::zero(); batch.div_ceil(examples) * length];
    let task = |(scratch, cascade): &mut (Vec<E>, Cascade<E>), number: usize, sums: &mut [E]| {
        for group in 0..groups {
            for example in number * examples..((number + 1) * examples).min(batch) {
                let unit = example * groups + group;
                let image = part(input, unit, geometry.group_inputs() * geometry.input_plane());
                let upstream = part(upstream, unit, outputs * plane);
                for rows in tiles(geometry) {
                    let columns = columns(geometry, image, &rows, scratch);
                    let start = rows.start * geometry.horizontal.output;
                    let width = rows.len() * geometry.horizontal.output;
                    let upstream = Matrix::strided(&upstream[start..], outputs, width, plane).transposed();
                    cascade.add(|sums| multiply(columns, upstream, sums, outputs, Write::Add));
                }
            }
            cascade.drain(&mut sums[group * outputs * fan_in..][..outputs * fan_in]);
        }
    };
    let scratch = || (Vec::new(), Cascade::new(outputs * fan_in));
    for_each_chunk(&mut sums, length, examples * groups * steps(geometry), scratch, task);

    for_each_chunk(
        gradient,
        fan_in,
        sums.len() / length * fan_in,
        || (),
        |(), channel, gradient| {
            let (group, channel) = (channel / outputs, channel % outputs);
            for sums in sums.chunks_exact(length) {
                let sum = part(sums, group, outputs * fan_in)[channel..].iter().step_by(outputs);
                gradient.iter_mut().zip(sum).for_each(|(gradient, &sum)| *gradient += sum);
            }
        },
    );
}

/// Adds to the gradient of the weight, if each group has one input channel.
fn direct_weight_gradient<E: Element>(geometry: &Conv2dGeometry, input: &[E], upstream: &[E], gradient: &mut [E]) {
    let steps = geometry.batch * geometry.output_plane() * geometry.taps();
    for_each_chunk(gradient, geometry.taps(), steps, Vec::new, |totals, channel, gradient| {
        totals.clear();
        totals.resize_with(gradient.len(), Total::new);
        for example in 0..geometry.batch {
            let image = example * geometry.groups + channel / geometry.group_outputs();
            let image = part(input, image, geometry.input_plane());
            let upstream = part(upstream, example * geometry.out_channels + channel, geometry.output_plane());
            for (tap, total) in taps(geometry).zip(&mut *totals) {
                for span in spans(geometry, tap, 0..geometry.vertical.output) {
                    let (upstream, image) = (&upstream[span.output], &image[span.input..]);
                    total.push([dot_of_every(geometry.horizontal.stride, image, upstream)]);
                }
            }
        }
        for (gradient, total) in gradient.iter_mut().zip(totals.drain(..)) {
            *gradient += total.get()[0];
        }
    });
}
