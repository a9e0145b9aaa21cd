//! The shapes of a network's inputs and outputs, as types: `Network<Input = shapes::Image<1, 28, 28>>`.
//!
//! They have a module of their own, as other libraries have vectors, matrices and images too.

pub use crate::shape::{Array5, Image, Indices, Matrix, Scalar, Vector, Volume};
