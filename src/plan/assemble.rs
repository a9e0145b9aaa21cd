//! From steps on values to a program: everything in its place.

use super::memory::{Layout, root};
use super::steps::{Form, Kind, Lowered, Steps, Value};
use crate::error::{Error, Result};
use crate::ops::Element;
use crate::ops::compiled::{
    Activate, AveragePool, Copy, MaxPool, Parameters, PerPixel, PixelFunction, Program, Step, Upsample, View, Zeros,
    convolution,
};
use crate::ops::vectorized::InstructionSet;

/// A program, and where its input and its output lie.
pub(super) struct Assembled<E> {
    pub(super) program: Program<E>,
    pub(super) input: View,
    pub(super) output: View,
}

/// Puts the values of some steps into memory, and makes a program of them.
pub(super) fn assemble<E: Element>(steps: Steps<E>, set: InstructionSet) -> Result<Assembled<E>> {
    let layout = Layout::new(&steps);
    let values = &steps.values;
    let view = |value: usize| layout.view(values, value);
    let mut program = Program::new(layout.length);
    let mut written = vec![false; values.len()];
    let mut surround = |value: usize, program: &mut Program<E>| {
        if !std::mem::replace(&mut written[value], true) && values[value].border != [0; 4] {
            program.push(Box::new(Zeros { view: view(value), border: values[value].border }));
        }
    };
    // No step writes the input.
    surround(0, &mut program);
    for step in &steps.steps {
        surround(root(values, step.output), &mut program);
        assemble_step(step, values, &view, set, &mut program)?;
    }
    Ok(Assembled { program, input: view(0), output: view(steps.output) })
}

fn assemble_step<E: Element>(
    Lowered { kind, inputs, output }: &Lowered<E>,
    values: &[Value],
    view: &dyn Fn(usize) -> View,
    set: InstructionSet,
    program: &mut Program<E>,
) -> Result<()> {
    let (first, second) = (inputs[0], inputs.get(1).copied());
    let (from, to) = (view(first), view(*output));
    let per_pixel = |function, second| -> Box<dyn Step<E>> {
        Box::new(PerPixel { set, function, input: from, second, output: to })
    };
    let step: Box<dyn Step<E>> = match kind {
        Kind::Activate(function) => Box::new(Activate { set, function: *function, view: to }),
        Kind::Add(fused) => per_pixel(PixelFunction::Add(*fused), second.map(view)),
        Kind::AveragePool(vertical, horizontal) => Box::new(AveragePool::new(set, vertical, horizontal, from, to)),
        Kind::Convolution { geometry, weight, bias, algorithm, fused } => {
            let parameters = Parameters {
                geometry,
                weight,
                bias: bias.as_deref(),
                input: from,
                output: to,
                residual: second.map(view),
                fused: *fused,
            };
            convolution(set, *algorithm, &parameters)
        }
        Kind::Copy { from: first_read, to: first_written } => {
            let channels = (from.channels - first_read).min(to.channels - first_written);
            let part = |view: View, channel: usize| View { start: view.start + channel, channels, ..view };
            Box::new(Copy { set, from: part(from, *first_read), to: part(to, *first_written), strides: (1, 1) })
        }
        // A pixel's channels are a plane apart where an example is one row.
        Kind::Flatten => {
            let plane = values[first].form.plane();
            Box::new(Copy { set, from, to: in_rows(&to, values[first].form)?, strides: (1, plane) })
        }
        Kind::Unflatten => {
            let plane = values[*output].form.plane();
            Box::new(Copy { set, from: in_rows(&from, values[*output].form)?, to, strides: (plane, 1) })
        }
        Kind::Pixels => {
            let Form { examples, channels, height, width } = values[first].form;
            dense(&to)?;
            let (row_stride, example_stride) = (width * channels, height * width * channels);
            let to =
                View { examples, height, width, channels, example_stride, row_stride, pixel_stride: channels, ..to };
            Box::new(Copy { set, from, to, strides: (1, 1) })
        }
        Kind::LocalResponseNorm(geometry) => per_pixel(PixelFunction::LocalResponseNorm(*geometry), None),
        Kind::MaxPool(vertical, horizontal) => Box::new(MaxPool::new(set, vertical, horizontal, from, to)),
        Kind::Scale { factors, summands, fused } => {
            let (factors, summands) = (factors.clone(), summands.clone());
            per_pixel(PixelFunction::Scale { factors, summands, fused: *fused }, None)
        }
        Kind::Softmax(scale) => per_pixel(PixelFunction::Softmax(*scale), None),
        Kind::Spread(down, along) => {
            let none = View { start: to.start + to.height * to.row_stride, height: 0, ..to };
            program.push(Box::new(Zeros { view: none, border: [to.height, 0, 0, 0] }));
            let to = View {
                height: from.height,
                width: from.width,
                row_stride: to.row_stride * down,
                pixel_stride: to.pixel_stride * along,
                ..to
            };
            Box::new(Copy { set, from, to, strides: (1, 1) })
        }
        Kind::Stretch(geometry) => Box::new(Upsample::new(set, geometry, from, to)),
    };
    program.push(step);
    Ok(())
}

/// Rows of numbers, read as images in their usual order: a channel is a plane behind the one before.
fn in_rows(rows: &View, form: Form) -> Result<View> {
    let Form { examples, channels, height, width } = form;
    let example_stride = if rows.examples == examples {
        rows.example_stride
    } else {
        dense(rows)?;
        channels * height * width
    };
    Ok(View {
        start: rows.start,
        examples,
        height,
        width,
        channels,
        example_stride,
        row_stride: width,
        pixel_stride: 1,
    })
}

fn dense(view: &View) -> Result<()> {
    if view.is_dense() {
        return Ok(());
    }
    Err(Error::Argument("a plan can't read what lies beside other channels as rows; please report this network".into()))
}
