//! Shapes at compile time: sizes, shape types, what a layer infers, and the messages of a layer that doesn't fit.
//!
//! Everything here is `const fn` and *total*: whatever the numbers, it gives an answer, for a wrong network goes on
//! being checked after its first mistake.

mod dims;
mod inferred;
mod message;
mod render;
mod report;
mod types;
pub mod window;

pub use dims::{Dims, MAX_RANK, MOST, UNKNOWN, agree, plus, times};
pub use inferred::Inferred;
pub use message::{Help, Message, Mistake};
pub use report::{Report, Site, Written, nearest, report, report_keyword};
pub use types::{Array5, Image, Matrix, Numel, OutOf, Scalar, Shape, SizedShape, Vector, Volume};
