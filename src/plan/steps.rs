//! The steps of a plan, before their values have places in memory.

use crate::ops::activation::Function;
use crate::ops::compiled::{Algorithm, Fused};
use crate::ops::conv2d::Conv2dGeometry;
use crate::ops::graph::Constant;
use crate::ops::local_response_norm::LocalResponseNormGeometry;
use crate::ops::operation::Operation;
use crate::ops::softmax::Scale;
use crate::ops::upsample::UpsampleGeometry;
use crate::ops::{Bins, Element, Window};

/// The shape of a value: a number of examples, which are images with channels. In any memory layout, elements are numbered
/// example by example, channel by channel, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) examples: usize,
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Form {
    /// Rows of elements: each example is a single pixel.
    pub(super) fn rows(examples: usize, channels: usize) -> Self {
        Form { examples, channels, height: 1, width: 1 }
    }

    /// Whether each example is a single pixel, so that its elements are in their usual order in memory.
    pub(super) fn is_flat(&self) -> bool {
        self.plane() == 1
    }

    /// The number of pixels of an image.
    pub(super) fn plane(&self) -> usize {
        self.height.saturating_mul(self.width)
    }

    /// The number of elements, or the greatest number if it overflows.
    pub(super) fn numbers(&self) -> usize {
        self.examples.saturating_mul(self.channels).saturating_mul(self.plane())
    }

    /// The same elements, with a single pixel per example.
    pub(super) fn flat(&self) -> Self {
        Form::rows(self.examples, self.channels.saturating_mul(self.plane()))
    }

    /// The same images with another number of channels.
    pub(super) fn with_channels(self, channels: usize) -> Self {
        Form { channels, ..self }
    }
}

/// A value of a plan, which has a place in memory.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) form: Form,
    /// The widths of the border of zeros around it: above, below, to the left and to the right.
    pub(super) border: [usize; 4],
    /// The wider value whose channels this one is a part of, and its first channel there.
    pub(super) within: Option<(usize, usize)>,
}

/// A step of a plan. Values are given by their number.
#[derive(Debug)]
pub(super) struct Lowered<E: Element> {
    pub(super) kind: Kind<E>,
    pub(super) inputs: Vec<usize>,
    pub(super) output: usize,
}

/// The operation of a step.
#[derive(Debug)]
pub(super) enum Kind<E: Element> {
    Activate(Function),
    Add(Fused<E>),
    AveragePool(Bins, Bins),
    /// If there is a second input, it is added before the function is applied.
    Convolution {
        geometry: Conv2dGeometry,
        weight: Constant<E>,
        bias: Option<Constant<E>>,
        algorithm: Algorithm,
        fused: Fused<E>,
    },
    /// Writes the same elements in each run.
    Constant(Constant<E>),
    /// Copies channels of the input from `from` on to channels of the output from `to` on.
    Copy {
        from: usize,
        to: usize,
    },
    /// Converts images to a single pixel per example, with the elements in the usual order.
    Flatten,
    LocalResponseNorm(LocalResponseNormGeometry),
    MaxPool(Window, Window),
    /// An operation that has no form of its own in a plan, on rows.
    Operate(Operation),
    /// Converts images to a row for each pixel.
    Pixels,
    Scale {
        factors: Constant<E>,
        summands: Constant<E>,
        fused: Fused<E>,
    },
    Softmax(Scale),
    /// The rows of a matrix that indices look up, of which the first is at this position.
    Rows(Constant<E>, usize),
    /// Spreads pixels to the given vertical and horizontal distances, with zeros between them.
    Spread(usize, usize),
    Stretch(UpsampleGeometry),
    /// Converts a single pixel per example to images.
    Unflatten,
}

/// All steps of a plan, and its values.
#[derive(Debug)]
pub(super) struct Steps<E: Element> {
    pub(super) values: Vec<Value>,
    pub(super) steps: Vec<Lowered<E>>,
    pub(super) output: usize,
}
