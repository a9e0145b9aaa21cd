//! The steps of a plan, before they have a place in memory.

use crate::ops::activation::Function;
use crate::ops::compiled::{Algorithm, Fused};
use crate::ops::conv2d::Conv2dGeometry;
use crate::ops::local_response_norm::LocalResponseNormGeometry;
use crate::ops::softmax::Scale;
use crate::ops::upsample::UpsampleGeometry;
use crate::ops::{Bins, Window};

/// How a value's numbers are read: so many examples of so many channels of images. Whatever the order in which they lie in
/// memory, they are counted example by example, channel by channel, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) examples: usize,
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Form {
    /// Rows of numbers.
    pub(super) fn rows(examples: usize, channels: usize) -> Self {
        Form { examples, channels, height: 1, width: 1 }
    }

    /// Whether each example is one pixel, so that its numbers lie in their usual order.
    pub(super) fn is_flat(&self) -> bool {
        self.plane() == 1
    }

    /// How many pixels an image has.
    pub(super) fn plane(&self) -> usize {
        self.height.saturating_mul(self.width)
    }

    /// How many numbers there are, or the largest number if they can't be counted.
    pub(super) fn numbers(&self) -> usize {
        self.examples.saturating_mul(self.channels).saturating_mul(self.plane())
    }

    /// The same numbers, one pixel an example.
    pub(super) fn flat(&self) -> Self {
        Form::rows(self.examples, self.channels.saturating_mul(self.plane()))
    }

    /// The same images of so many channels.
    pub(super) fn with_channels(self, channels: usize) -> Self {
        Form { channels, ..self }
    }
}

/// A value of a plan, which has a place in memory.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) form: Form,
    /// How many zeros there are around it: above, below, to the left and to the right.
    pub(super) border: [usize; 4],
    /// The value whose channels it is a part of, and the first of those.
    pub(super) within: Option<(usize, usize)>,
}

/// A step of a plan, on values by their number.
#[derive(Debug)]
pub(super) struct Lowered<E> {
    pub(super) kind: Kind<E>,
    pub(super) inputs: Vec<usize>,
    pub(super) output: usize,
}

/// What a step does.
#[derive(Debug)]
pub(super) enum Kind<E> {
    Activate(Function),
    Add(Fused<E>),
    AveragePool(Bins, Bins),
    /// A second input is added before the function.
    Convolution {
        geometry: Conv2dGeometry,
        weight: Vec<E>,
        bias: Option<Vec<E>>,
        algorithm: Algorithm,
        fused: Fused<E>,
    },
    /// Some channels of the input, from the first number on, to some of the output from the second on.
    Copy {
        from: usize,
        to: usize,
    },
    /// To one pixel an example, in the usual order.
    Flatten,
    LocalResponseNorm(LocalResponseNormGeometry),
    MaxPool(Window, Window),
    /// From images to a row for each pixel.
    Pixels,
    Scale {
        factors: Vec<E>,
        summands: Vec<E>,
        fused: Fused<E>,
    },
    Softmax(Scale),
    /// Pixels so far apart, in zeros.
    Spread(usize, usize),
    Stretch(UpsampleGeometry),
    /// From one pixel an example.
    Unflatten,
}

/// All steps of a plan, and its values.
#[derive(Debug)]
pub(super) struct Steps<E> {
    pub(super) values: Vec<Value>,
    pub(super) steps: Vec<Lowered<E>>,
    pub(super) output: usize,
}
