//! Shapes at compile time: sizes, shape types, what a layer infers, and the messages of a layer that doesn't fit.
//!
//! All functions here are `const fn` and *total*: they return a result for any sizes, because a wrong network is
//! checked further after its first mistake.

mod dims;
mod inferred;
mod message;
mod nearest;
mod render;
mod report;
mod types;

pub use dims::{Dims, Fed, Kind, MAX_RANK, MOST, SEVERAL, UNKNOWN, agree, plus, times};
pub use inferred::{Costs, Inferred, Takes};
pub use message::{Help, Message, Mistake, plural};
pub use nearest::nearest;
pub(crate) use render::Text;
pub use report::{
    Report, Reported, Site, Written, report, report_arguments, report_keyword, report_outputs, written_call,
};
pub use types::{Array5, Ends, Image, Indices, Matrix, Scalar, Shape, SizedShape, Vector, Volume};
