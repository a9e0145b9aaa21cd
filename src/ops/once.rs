//! Functions of which this crate has the instances.
//!
//! A kernel is generic in the type of its elements, and Rust would compile it again in each crate that calls it.
//! `#[once]` marks the functions by which others reach kernels: it makes an instance for each [`Element`](super::Element) here, to
//! which the function leads.

pub(crate) use shapewright_macros::once;

/// The type of a function's instances.
pub trait Instances {
    /// The instance for a type of elements.
    type For<E: super::Element>;
}
