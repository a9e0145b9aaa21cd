//! Products of matrices, and softmax.

use dfdx::prelude::Dtype;

use super::{DynTensor, axis, wrong};
use crate::error::Result;
use crate::ops::Backend;
use crate::ops::linear::LinearGeometry;
use crate::ops::matmul::MatmulGeometry;
use crate::ops::softmax::{Scale, Softmax, SoftmaxGeometry};

/// Products and softmax.
impl<E: Dtype, D: Backend<E>> DynTensor<E, D> {
    /// The product of matrices, which are the last two axes. The axes before are equal, or one of both has none.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if the sizes don't fit; and if the device fails.
    pub fn matmul(&self, other: &Self) -> Result<Self> {
        let misfit = || format!("matrices of {:?} and {:?} can't be multiplied", self.sizes, other.sizes);
        let ([left @ .., rows, inner], [right @ .., other_inner, columns]) = (&self.sizes[..], &other.sizes[..]) else {
            return wrong(misfit());
        };
        if inner != other_inner || !(left == right || left.is_empty() || right.is_empty()) {
            return wrong(misfit());
        }
        let batch = if left.is_empty() { right } else { left };
        let geometry = MatmulGeometry {
            batch: batch.iter().product(),
            rows: *rows,
            inner: *inner,
            columns: *columns,
            shares_left: left.is_empty(),
            shares_right: right.is_empty(),
        };
        let sizes = batch.iter().copied().chain([*rows, *columns]).collect();
        self.run(geometry.into(), &[other], sizes)
    }

    /// An affine transformation of the last axis: `weight` is `(outputs, inputs)`, `bias` is `(outputs)`.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if the sizes don't fit; and if the device fails.
    pub fn linear(&self, weight: &Self, bias: Option<&Self>) -> Result<Self> {
        let misfit = || format!("a weight of {:?} can't transform the last axis of {:?}", weight.sizes, self.sizes);
        let ([rows @ .., inputs], &[outputs, weight_inputs]) = (&self.sizes[..], &weight.sizes[..]) else {
            return wrong(misfit());
        };
        if *inputs != weight_inputs || bias.is_some_and(|bias| bias.sizes != [outputs]) {
            return wrong(misfit());
        }
        let geometry = LinearGeometry { rows: rows.iter().product(), inputs: *inputs, outputs };
        let sizes = rows.iter().copied().chain([outputs]).collect();
        self.run(geometry.into(), &[Some(weight), bias].into_iter().flatten().collect::<Vec<_>>(), sizes)
    }

    /// Softmax along an axis.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if there is no such axis; and if the device fails.
    pub fn softmax(&self, along: isize) -> Result<Self> {
        self.normalized(Scale::Linear, along)
    }

    /// The logarithm of softmax along an axis.
    ///
    /// # Errors
    /// As [`softmax`](Self::softmax).
    pub fn log_softmax(&self, along: isize) -> Result<Self> {
        self.normalized(Scale::Logarithmic, along)
    }

    fn normalized(&self, scale: Scale, along: isize) -> Result<Self> {
        let along = axis(along, &self.sizes)?;
        let (outer, inner) = (self.sizes[..along].iter().product(), self.sizes[along + 1..].iter().product());
        let geometry = SoftmaxGeometry { outer, classes: self.sizes[along], inner };
        self.run(Softmax { scale, geometry }.into(), &[], self.sizes.clone())
    }
}
