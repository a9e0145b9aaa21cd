//! The same elements in other sizes, in another order, or some of them.

use dfdx::prelude::Dtype;

use super::{DynTensor, axis, wrong};
use crate::error::Result;
use crate::ops::Backend;
use crate::ops::concat::ConcatGeometry;
use crate::ops::narrow::NarrowGeometry;
use crate::ops::permute::PermuteGeometry;
use crate::ops::sizes::product;

/// Other sizes and orders.
impl<E: Dtype, D: Backend<E>> DynTensor<E, D> {
    /// The same elements in other sizes.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if there are more or fewer elements.
    pub fn reshape(&self, sizes: &[usize]) -> Result<Self> {
        if product(sizes) != Some(self.numel()) {
            return wrong(format!("a tensor of {:?} can't be reshaped to {sizes:?}", self.sizes));
        }
        Ok(DynTensor { sizes: sizes.to_vec(), ..self.clone() })
    }

    /// The axes in another order: axis `i` of the output is axis `axes[i]` of this tensor.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if an axis is missing or occurs twice; and if the device fails.
    pub fn permute(&self, axes: &[isize]) -> Result<Self> {
        let order = axes.iter().map(|&number| axis(number, &self.sizes)).collect::<Result<Vec<_>>>()?;
        if (0..self.sizes.len()).any(|axis| !order.contains(&axis)) || order.len() != self.sizes.len() {
            return wrong(format!("each axis of {:?} must occur once in {axes:?}", self.sizes));
        }
        let geometry = PermuteGeometry { sizes: self.sizes.clone(), axes: order };
        let sizes = geometry.output();
        self.run(geometry.into(), &[], sizes)
    }

    /// Two axes exchanged.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if there is no such axis; and if the device fails.
    pub fn transpose(&self, first: isize, second: isize) -> Result<Self> {
        let (first, second) = (axis(first, &self.sizes)?, axis(second, &self.sizes)?);
        let mut axes: Vec<isize> = (0..self.sizes.len() as isize).collect();
        axes.swap(first, second);
        self.permute(&axes)
    }

    /// The positions `start..start + length` along an axis.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if there aren't as many; and if the device fails.
    pub fn narrow(&self, along: isize, start: usize, length: usize) -> Result<Self> {
        let along = axis(along, &self.sizes)?;
        if start.checked_add(length).is_none_or(|end| end > self.sizes[along]) {
            let end = start.saturating_add(length);
            return wrong(format!("there are no positions {start} to {end} along axis {along} of {:?}", self.sizes));
        }
        let (outer, inner) = (self.sizes[..along].iter().product(), self.sizes[along + 1..].iter().product::<usize>());
        let geometry =
            NarrowGeometry { outer, length: self.sizes[along] * inner, start: start * inner, width: length * inner };
        let mut sizes = self.sizes.clone();
        sizes[along] = length;
        self.run(geometry.into(), &[], sizes)
    }

    /// Tensors one after the other along an axis. Their other sizes are equal.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if the sizes don't fit, or there is no tensor; and if the device fails.
    pub fn concat(tensors: &[&Self], along: isize) -> Result<Self> {
        let [first, others @ ..] = tensors else { return wrong("there is nothing to concatenate".into()) };
        let along = axis(along, &first.sizes)?;
        let mut sizes = first.sizes.clone();
        for other in others {
            let fits = |axis: usize| axis == along || other.sizes[axis] == first.sizes[axis];
            if other.sizes.len() != sizes.len() || !(0..sizes.len()).all(fits) {
                let (first, other) = (&first.sizes, &other.sizes);
                return wrong(format!("{first:?} and {other:?} can't be concatenated along axis {along}"));
            }
            sizes[along] += other.sizes[along];
        }
        let inner: usize = sizes[along + 1..].iter().product();
        let parts = tensors.iter().map(|tensor| tensor.sizes[along] * inner).collect();
        let geometry = ConcatGeometry { batch: sizes[..along].iter().product(), rows: 1, parts };
        first.run(geometry.into(), others, sizes)
    }
}
