//! Functions of each element, of pairs of elements, and of elements along axes.

use dfdx::prelude::Dtype;

use super::{DynTensor, axis, wrong};
use crate::error::Result;
use crate::ops::Backend;
use crate::ops::activation::{Abs, Affine, Exp, Ln, Power, Reciprocal, Relu, Sigmoid, Sqrt, Square, Tanh};
use crate::ops::binary::{self, BinaryGeometry};
use crate::ops::reduce::{self, ReduceGeometry};

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident = $function:expr;)*) => {
        /// Elementwise functions.
        impl<E: Dtype, D: Backend<E>> DynTensor<E, D> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// If the device fails.
                pub fn $name(&self) -> Result<Self> {
                    self.apply($function)
                }
            )*

            /// `x` to the power of `exponent`.
            ///
            /// # Errors
            /// If the device fails.
            pub fn pow(&self, exponent: f64) -> Result<Self> {
                self.apply(Power { exponent })
            }

            /// `scale · x + offset`.
            ///
            /// # Errors
            /// If the device fails.
            pub fn affine(&self, scale: f64, offset: f64) -> Result<Self> {
                self.apply(Affine { scale, offset })
            }
        }
    };
}

functions! {
    /// `|x|`.
    abs = Abs;
    /// `−x`.
    neg = Affine { scale: -1.0, offset: 0.0 };
    /// `exp(x)`.
    exp = Exp;
    /// The natural logarithm.
    ln = Ln;
    /// `1 / x`.
    recip = Reciprocal;
    /// `max(x, 0)`.
    relu = Relu;
    /// `1 / (1 + exp(−x))`.
    sigmoid = Sigmoid;
    /// The square root.
    sqrt = Sqrt;
    /// `x²`.
    square = Square;
    /// The hyperbolic tangent.
    tanh = Tanh;
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident $function:ident;)*) => {
        /// Elementwise arithmetic. The sizes are compared from the last to the first: they are equal, or one of them is 1 or absent
        /// and repeated.
        impl<E: Dtype, D: Backend<E>> DynTensor<E, D> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`Error::Argument`](crate::Error::Argument) if the sizes don't fit; and if the device fails.
                pub fn $name(&self, other: &Self) -> Result<Self> {
                    self.binary(binary::Function::$function, other)
                }
            )*
        }
    };
}

binary! {
    /// `a + b`.
    add Add;
    /// `a − b`.
    sub Sub;
    /// `a · b`, element by element.
    mul Mul;
    /// `a / b`.
    div Div;
    /// The greater of both.
    maximum Maximum;
    /// The smaller of both.
    minimum Minimum;
}

macro_rules! reductions {
    ($($(#[$doc:meta])* $name:ident $function:ident;)*) => {
        /// Reductions. With `keepdim`, the reduced axes stay, with the size 1.
        impl<E: Dtype, D: Backend<E>> DynTensor<E, D> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`Error::Argument`](crate::Error::Argument) if there is no such axis, or no element along it; and if the device fails.
                pub fn $name(&self, axes: &[isize], keepdim: bool) -> Result<Self> {
                    self.reduce(reduce::Function::$function, axes, keepdim)
                }
            )*
        }
    };
}

reductions! {
    /// The sums along the axes.
    sum Sum;
    /// The means along the axes.
    mean Mean;
    /// The greatest elements along the axes.
    max Max;
    /// The smallest elements along the axes.
    min Min;
}

impl<E: Dtype, D: Backend<E>> DynTensor<E, D> {
    fn binary(&self, function: binary::Function, other: &Self) -> Result<Self> {
        let rank = self.sizes.len().max(other.sizes.len());
        let (left, right) = (padded(&self.sizes, rank), padded(&other.sizes, rank));
        if !left.iter().zip(&right).all(|(&left, &right)| left == right || left == 1 || right == 1) {
            let (left, right) = (&self.sizes, &other.sizes);
            return wrong(format!("sizes must be equal, counted from the last, or 1, but are {left:?} and {right:?}"));
        }
        let geometry = BinaryGeometry { function, left, right };
        let sizes = geometry.output();
        self.run(geometry.into(), &[other], sizes)
    }

    fn reduce(&self, function: reduce::Function, axes: &[isize], keepdim: bool) -> Result<Self> {
        let mut axes = axes.iter().map(|&number| axis(number, &self.sizes)).collect::<Result<Vec<_>>>()?;
        axes.sort_unstable();
        axes.dedup();
        let mut reduced = self.clone();
        // Axes that follow each other are reduced at once, from the last on, so that those before keep their numbers.
        while let Some(last) = axes.pop() {
            let mut first = last;
            while let Some(axis) = axes.pop_if(|axis| *axis + 1 == first) {
                first = axis;
            }
            let count: usize = reduced.sizes[first..=last].iter().product();
            if count == 0 {
                return wrong(format!("axes {first} to {last} of {:?} have no elements to reduce", self.sizes));
            }
            let (outer, inner) = (reduced.sizes[..first].iter().product(), reduced.sizes[last + 1..].iter().product());
            let mut sizes = reduced.sizes.clone();
            sizes.splice(first..=last, std::iter::repeat_n(1, if keepdim { last + 1 - first } else { 0 }));
            reduced = reduced.run(ReduceGeometry { function, outer, count, inner }.into(), &[], sizes)?;
        }
        Ok(reduced)
    }
}

/// The sizes with ones in front, so that there are `rank`.
fn padded(sizes: &[usize], rank: usize) -> Vec<usize> {
    std::iter::repeat_n(1, rank - sizes.len()).chain(sizes.iter().copied()).collect()
}
