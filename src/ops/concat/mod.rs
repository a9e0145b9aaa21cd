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

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Merge, Tensor};
use serde::{Deserialize, Serialize};

use super::cpu::{Recorded, flat, shaped};
use super::graph::Operation;
use super::once::once;
use super::operator::{Keeps, Kept, Operator, apply};
use super::sizes::expect;
use super::{Element, InputTape, TapeDevice};

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

    fn check(&self, parts: impl ExactSizeIterator<Item = usize>) {
        assert!(!self.parts.is_empty(), "there must be a part to join");
        assert_eq!(parts.len(), self.parts.len(), "the parts are not as many as in {self:?}");
        for (number, (part, width)) in parts.zip(&self.parts).enumerate() {
            expect(&format!("part {number}"), part, &[self.batch, self.rows, *width], self);
        }
    }
}

/// The tensors, and the merged tape of all of them.
fn together<X, T: Merge<T> + Default>(parts: Vec<(X, T)>) -> (Vec<X>, T) {
    let (parts, tapes): (Vec<X>, Vec<T>) = parts.into_iter().unzip();
    (parts, tapes.into_iter().reduce(T::merge).unwrap_or_default())
}

/// A device that concatenates tensors.
pub trait ConcatKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// Concatenates tensors, of which some may be the same: see [the module](self).
    fn try_concat<T: InputTape<E, Self>>(
        parts: Vec<Tensor<(usize, usize), E, Self, T>>,
        geometry: &ConcatGeometry,
    ) -> Result<Tensor<(usize, usize), E, Self, T>, Self::Err> {
        portable::concat(parts, geometry)
    }
}

impl<E: Element> ConcatKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_concat<T: InputTape<E, Self>>(
        parts: Vec<Tensor<(usize, usize), E, Self, T>>,
        geometry: &ConcatGeometry,
    ) -> Result<Tensor<(usize, usize), E, Self, T>, CpuError> {
        let parts = parts.into_iter().map(flat).collect::<Result<_, _>>()?;
        shaped(concat(parts, geometry)?, &geometry.output())
    }
}

/// The operation on flat tensors.
#[once]
fn concat<E: Element>(parts: Vec<Recorded<E>>, geometry: &ConcatGeometry) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (batch, width) = geometry.output();
    apply(Box::new(geometry.clone()), parts, batch * width)
}

impl<E: Element> Operator<E> for ConcatGeometry {
    fn operation(&self) -> Operation {
        Operation::Concat(self.clone())
    }

    fn check(&self, inputs: &[usize], _: usize) {
        ConcatGeometry::check(self, inputs.iter().copied());
    }

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
