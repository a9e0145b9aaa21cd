//! Functions whose generic instances are compiled in this crate.
//!
//! A kernel is generic in the element type, and Rust would compile it again in each crate that calls it. `#[once]` marks the
//! functions through which other modules call kernels. It compiles one instance for each [`Element`](super::Element) type in this
//! crate, and the function dispatches to these instances.

pub(crate) use shapewright_macros::once;

/// The function type of the instances of a generic function.
pub trait Instances {
    /// The type of the instance for one element type.
    type For<E: super::Element>;
}
