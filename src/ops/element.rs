//! The element types that the CPU kernels compute with.

use dfdx::prelude::Dtype;
use num_traits::{Float, FloatConst};

use super::elementary::Elementary;

/// A float that the kernels of the CPU are written for: `f32` or `f64`.
pub trait Element: Dtype + Float + FloatConst + Elementary + sealed::Sealed {
    /// The nearest value to a number.
    fn of(value: f64) -> Self;
}

mod sealed {
    /// Keeps [`Element`](super::Element) to types that there are kernels for.
    pub trait Sealed: crate::ops::vector::Vectors {}
}

impl sealed::Sealed for f32 {}
impl Element for f32 {
    fn of(value: f64) -> Self {
        value as f32
    }
}

impl sealed::Sealed for f64 {}
impl Element for f64 {
    fn of(value: f64) -> Self {
        value
    }
}

/// How many partial sums run side by side: a vector register or two.
const LANES: usize = 8;

/// The sum of the values, in an order that depends on their number alone.
pub(crate) fn sum<E: Element>(values: &[E]) -> E {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [E::zero(); LANES];
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().chain(rest).fold(E::zero(), |total, &value| total + value)
}

/// The sum of what `term` makes of each pair of two equally long slices, in an order that depends on their length alone.
#[inline(always)]
pub(crate) fn sum_of<E: Element>(left: &[E], right: &[E], term: impl Fn(E, E) -> E) -> E {
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    let mut lanes = [E::zero(); LANES];
    for (left, right) in left.iter().zip(right) {
        for ((lane, &left), &right) in lanes.iter_mut().zip(left).zip(right) {
            *lane += term(left, right);
        }
    }
    let rest = left_rest.iter().zip(right_rest).fold(E::zero(), |total, (&left, &right)| total + term(left, right));
    lanes.iter().fold(rest, |total, &lane| total + lane)
}

/// The sum of the products of two equally long slices.
pub(crate) fn dot<E: Element>(left: &[E], right: &[E]) -> E {
    sum_of(left, right, |left, right| left * right)
}
