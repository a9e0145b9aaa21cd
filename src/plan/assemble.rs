//! Converts steps on values to a program, in which each value has a place in memory.

use super::check;
use super::memory::{Layout, root};
use super::steps::{Form, Kind, Lowered, Steps, Value};
use crate::error::{Error, Result};
use crate::ops::Element;
use crate::ops::compiled::{
    Activate, AveragePool, Copy, Fixed, Grid, MaxPool, Operate, Parameters, PerPixel, PixelFunction, Program, Rows,
    Step, Turn, Upsample, View, Zeros, convolution,
};
use crate::ops::vectorized::InstructionSet;

/// A program, and the views of its input and its output.
pub(super) struct Assembled<E> {
    pub(super) program: Program<E>,
    pub(super) input: View,
    pub(super) output: View,
}

/// Assigns memory to the values of some steps, and converts the steps to a program.
pub(super) fn assemble<E: Element>(steps: Steps<E>, set: InstructionSet) -> Result<Assembled<E>> {
    let layout = Layout::new(&steps);
    check::memory(&steps, layout.length)?;
    let values = &steps.values;
    let view = |value: usize| layout.view(values, value);
    let mut program = Program::new(layout.length);
    let mut written = vec![false; values.len()];
    let mut surround = |value: usize, program: &mut Program<E>| {
        if !std::mem::replace(&mut written[value], true) && values[value].border != [0; 4] {
            program.push(Box::new(Zeros::around(&view(value), values[value].border)));
        }
    };
    // No step writes the input, so its border is cleared first.
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
    let (first, second) = (inputs.first().copied(), inputs.get(1).copied());
    let (first, to) = (first.unwrap_or(*output), view(*output));
    let from = view(first);
    let per_pixel = |function| -> Box<dyn Step<E>> { Box::new(PerPixel::new(set, function, from, to)) };
    let step: Box<dyn Step<E>> = match kind {
        Kind::Activate(function) => Box::new(Activate::new(set, *function, to)),
        Kind::Add(fused) => per_pixel(PixelFunction::Add { second: second.map_or(from, view), fused: *fused }),
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
        Kind::Constant(elements) => Box::new(Fixed::new(elements.clone(), to)),
        Kind::Copy { from: first_read, to: first_written } => {
            let channels = (from.channels - first_read).min(to.channels - first_written);
            Box::new(Copy::new(from.with_channels(*first_read, channels), to.with_channels(*first_written, channels)))
        }
        Kind::Flatten => Box::new(Turn::to_planes(set, from, planes(&to, values[first].form)?)),
        Kind::Unflatten => Box::new(Turn::to_pixels(set, planes(&from, values[*output].form)?, to)),
        Kind::Operate(operation) => {
            Box::new(Operate::new(operation.clone(), inputs.iter().map(|&input| view(input)).collect(), to))
        }
        Kind::Pixels => {
            let Form { examples, channels, height, width } = values[first].form;
            dense(&to)?;
            let (row_stride, example_stride) = (width * channels, height * width * channels);
            let (start, pixel_stride) = (to.start, channels);
            let grid = Grid { start, examples, height, width, channels, example_stride, row_stride, pixel_stride };
            Box::new(Copy::new(from, View::new(grid)))
        }
        Kind::LocalResponseNorm(geometry) => per_pixel(PixelFunction::LocalResponseNorm(*geometry)),
        Kind::MaxPool(vertical, horizontal) => Box::new(MaxPool::new(set, vertical, horizontal, from, to)),
        Kind::Rows(matrix, start) => Box::new(Rows::new(matrix.clone(), *start, to)),
        Kind::Scale { factors, summands, fused } => {
            let (factors, summands) = (factors.to_vec(), summands.to_vec());
            per_pixel(PixelFunction::Scale { factors, summands, fused: *fused })
        }
        Kind::Softmax(scale) => per_pixel(PixelFunction::Softmax(*scale)),
        Kind::Spread(down, along) => {
            program.push(Box::new(Zeros::over(to)));
            let grid = Grid {
                height: from.height,
                width: from.width,
                row_stride: to.row_stride.saturating_mul(*down),
                pixel_stride: to.pixel_stride.saturating_mul(*along),
                ..*to
            };
            Box::new(Copy::new(from, View::new(grid)))
        }
        Kind::Stretch(geometry) => Box::new(Upsample::new(set, geometry, from, to)),
    };
    program.push(step);
    Ok(())
}

/// A view of rows as images in the usual order: each channel is a plane, and planes follow each other.
fn planes(rows: &View, form: Form) -> Result<View> {
    let (examples, plane) = (form.examples, form.plane());
    let example_stride = if rows.examples == examples {
        rows.example_stride
    } else {
        dense(rows)?;
        form.channels * plane
    };
    Ok(View::new(Grid {
        start: rows.start,
        examples,
        height: form.channels,
        width: plane,
        channels: 1,
        example_stride,
        row_stride: plane,
        pixel_stride: 1,
    }))
}

fn dense(view: &View) -> Result<()> {
    if view.is_dense() {
        return Ok(());
    }
    Err(Error::Argument("a plan can't read what lies beside other channels as rows; please report this network".into()))
}
