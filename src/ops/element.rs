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
