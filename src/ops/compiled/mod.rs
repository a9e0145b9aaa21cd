//! Operations as a plan runs them: their weights packed and their geometry worked out beforehand, their numbers in one
//! [`Arena`], images pixel by pixel.
//!
//! A [`Program`] is a list of steps that are ready to run. What is known when it is made is checked then, once: each step
//! says which numbers of the arena it needs, and all that remains at run time are the loops.

mod arena;
mod convolution;
mod correlation;
mod depthwise;
mod finish;
mod panels;
mod pointwise;
mod pool;
mod program;
mod team;
mod winograd;

pub(crate) use arena::View;
pub(crate) use convolution::{Algorithm, Parameters, convolution};
pub(crate) use correlation::Correlation;
pub(crate) use finish::Fused;
pub(crate) use pointwise::{Activate, Add, Copy, Plain, Scale, Softmax, Zeros};
pub(crate) use pool::{AveragePool, MaxPool, Stretched};
pub(crate) use program::{Program, Step};
pub(crate) use team::Team;
