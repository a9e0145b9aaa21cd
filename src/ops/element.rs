//! The element types of the CPU kernels.

use dfdx::prelude::Dtype;
use num_traits::{Float, FloatConst};

use super::elementary::Elementary;
use super::once::Instances;

/// An element type of the CPU kernels: `f32` or `f64`.
pub trait Element: Dtype + Float + FloatConst + Elementary + sealed::Sealed {
    /// Converts a value, rounded to the nearest value of this type.
    fn of(value: f64) -> Self;
}

mod sealed {
    use crate::ops::once::Instances;

    /// Restricts [`Element`](super::Element) to the types that kernels exist for.
    pub trait Sealed: crate::ops::vector::Vectors {
        /// Picks the instance for this type.
        fn instance<I: Instances>(of_f32: I::For<f32>, of_f64: I::For<f64>) -> I::For<Self>
        where
            Self: super::Element;
    }
}

impl sealed::Sealed for f32 {
    fn instance<I: Instances>(of_f32: I::For<f32>, _: I::For<f64>) -> I::For<f32> {
        of_f32
    }
}
impl Element for f32 {
    fn of(value: f64) -> Self {
        value as f32
    }
}

impl sealed::Sealed for f64 {
    fn instance<I: Instances>(_: I::For<f32>, of_f64: I::For<f64>) -> I::For<f64> {
        of_f64
    }
}
impl Element for f64 {
    fn of(value: f64) -> Self {
        value
    }
}
