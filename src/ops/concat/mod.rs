//! Concatenation of tensors along one axis.
//!
//! Read as a matrix `(batch · rows, width p)`, part `p` contributes a run of `width p` elements to each row of the output:
//!
//! ```text
//! y[r] = (part 0)[r] ‖ (part 1)[r] ‖ …
//! ```
//!
//! The width of a part is its size along the axis times the sizes after the axis; `rows` is the product of an example's sizes
//! before the axis. So to concatenate images along their channels, `rows` is 1 and the width of a part is
//! `channels · height · width`. To concatenate them along their width, `rows` is `channels · height`.
//!
//! # Shapes
//!
//! | tensor   | elements, in this order   |
//! |----------|---------------------------|
//! | part `p` | `(batch, rows · width p)` |
//! | output   | `(batch, rows · Σ width)` |

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Merge, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable};
use super::run::{Flat, OperationKernel};
use super::sizes::fit;
use super::{Element, InputTape};

/// The sizes of concatenated tensors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcatGeometry {
    /// The number of examples.
    pub batch: usize,
    /// The number of rows of an example: the product of the sizes before the axis.
    pub rows: usize,
    /// The width of each part: its size along the axis, times the sizes after it. There is at least one part.
    pub parts: Vec<usize>,
}

impl ConcatGeometry {
    /// The sum of the parts' widths.
    pub(super) fn length(&self) -> usize {
        self.parts.iter().sum()
    }

    /// The shape of the output.
    pub(super) fn output(&self) -> (usize, usize) {
        (self.batch, self.rows * self.length())
    }
}

/// The tensors, and the merged tape of all of them.
fn together<X, T: Merge<T> + Default>(parts: Vec<(X, T)>) -> (Vec<X>, T) {
    let (parts, tapes): (Vec<X>, Vec<T>) = parts.into_iter().unzip();
    (parts, tapes.into_iter().reduce(T::merge).unwrap_or_default())
}

/// A device that concatenates tensors.
pub trait ConcatKernel<E: Dtype>: OperationKernel<E> {
    /// Concatenates tensors, of which some may be the same: see [the module](self).
    fn try_concat<T: InputTape<E, Self>>(
        parts: Vec<Tensor<(usize, usize), E, Self, T>>,
        geometry: &ConcatGeometry,
    ) -> Result<Tensor<(usize, usize), E, Self, T>, Self::Err> {
        let output = geometry.output();
        let parts = parts.into_iter().map(Self::try_flat).collect::<Result<_, _>>()?;
        Self::try_shaped(Self::try_operation(geometry.clone().into(), parts, output.0 * output.1)?, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> ConcatKernel<E> for D {}

impl Geometry for ConcatGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let ConcatGeometry { batch, rows, parts } = self;
        if parts.is_empty() || parts.len() != inputs.len() {
            return Err(format!(
                "there must be a part to join, and as many as in {self:?}, but {} were given",
                inputs.len()
            ));
        }
        let mut outputs: usize = 0;
        for (number, width) in parts.iter().enumerate() {
            let length = fit(&format!("part {number}"), inputs, number, &[*batch, *rows, *width], self)?;
            outputs = outputs.checked_add(length).ok_or_else(|| format!("the parts of {self:?} can't be counted"))?;
        }
        Ok(outputs)
    }
}

impl Portable for ConcatGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        _: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::concat(inputs, self)
    }
}

impl<E: Element> Operator<E> for ConcatGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Nothing
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs, output);
    }

    fn backward(&self, part: usize, _: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::part_gradient(self, part, upstream, gradient);
    }
}
