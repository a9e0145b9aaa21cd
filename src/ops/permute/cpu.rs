//! Another order of the axes, in rows or blocks that are contiguous on one side.

use super::PermuteGeometry;
use crate::ops::Element;
use crate::ops::few::Few;
use crate::ops::matrix::Write;
use crate::ops::parallel::for_each_chunk;
use crate::ops::transpose::Transposition;
use crate::ops::vectorized::InstructionSet;

/// Writes the output.
pub(super) fn forward<E: Element>(geometry: &PermuteGeometry, input: &[E], output: &mut [E]) {
    permute(geometry, input, output, Write::Replace);
}

/// Adds to the output.
pub(super) fn add<E: Element>(geometry: &PermuteGeometry, input: &[E], output: &mut [E]) {
    permute(geometry, input, output, Write::Add);
}

/// An axis of the output: its size, and the distances between its positions.
#[derive(Clone, Copy)]
struct Axis {
    size: usize,
    input: usize,
    output: usize,
}

/// The axes of the output, of which those that follow each other on both sides are one.
fn axes(geometry: &PermuteGeometry) -> Few<Axis> {
    let PermuteGeometry { sizes, axes } = geometry;
    let input = |axis: usize| sizes[axis + 1..].iter().product();
    let output = |place: usize| axes[place + 1..].iter().map(|&axis| sizes[axis]).product();
    let mut merged = Few::new(Axis { size: 1, input: 1, output: 1 });
    for (place, &axis) in axes.iter().enumerate() {
        let next = Axis { size: sizes[axis], input: input(axis), output: output(place) };
        match merged.last_mut() {
            _ if next.size == 1 => {}
            Some(last) if last.input == next.size * next.input => *last = Axis { size: last.size * next.size, ..next },
            _ => merged.push(next),
        }
    }
    merged
}

fn permute<E: Element>(geometry: &PermuteGeometry, input: &[E], output: &mut [E], write: Write) {
    if output.is_empty() {
        return;
    }
    let axes = axes(geometry);
    // The axis along which the input's elements follow each other.
    let Some(contiguous) = axes.iter().position(|axis| axis.input == 1) else {
        return copy(write, &input[..1], output);
    };
    let outermost = axes.first().copied().filter(|_| axes.len() > 2 && contiguous > 0);
    let (size, skipped) = outermost.map_or((1, 0), |axis| (axis.size, 1));
    let chunk = output.len() / size;
    for_each_chunk(
        output,
        chunk,
        chunk,
        || (),
        |(), number, output| {
            let input = &input[number * outermost.map_or(0, |axis| axis.input)..];
            blocks(&axes[skipped..], contiguous - skipped, input, output, write);
        },
    );
}

/// Copies rows, or transposes blocks, at each position of the other axes.
fn blocks<E: Element>(axes: &[Axis], contiguous: usize, input: &[E], output: &mut [E], write: Write) {
    let last = axes.len() - 1;
    let (row, column) = (axes[last], axes[contiguous]);
    let others = || (0..last).filter(|&axis| axis != contiguous).map(|axis| axes[axis]);
    let size = if last == contiguous { (1, column.size) } else { (row.size, column.size) };
    let transposition = Transposition::new(
        InstructionSet::best(),
        size,
        (row.input.max(column.size), column.output.max(row.size)),
        write,
    );
    for block in 0..others().map(|axis| axis.size).product() {
        let (mut rest, mut from, mut to) = (block, 0, 0);
        for axis in others().rev() {
            let position = rest % axis.size;
            rest /= axis.size;
            from += position * axis.input;
            to += position * axis.output;
        }
        if last == contiguous {
            copy(write, &input[from..][..column.size], &mut output[to..][..column.size]);
        } else {
            transposition.run(&input[from..], &mut output[to..]);
        }
    }
}

fn copy<E: Element>(write: Write, from: &[E], to: &mut [E]) {
    match write {
        Write::Replace => to.copy_from_slice(from),
        Write::Add => to.iter_mut().zip(from).for_each(|(to, &from)| *to += from),
    }
}
