//! Operations as a plan runs them: their weights packed and their geometry worked out beforehand, their numbers in one
//! [`Arena`], images pixel by pixel.
//!
//! A [`Program`] is a list of steps that are ready to run. What is known when it is made is checked then, once: each [`View`] that
//! its positions can be counted and are apart, each step that its loops stay inside its views, and the program that these lie in
//! the arena. All that remains at run time are the loops.

mod activate;
mod arena;
mod convolution;
mod correlation;
mod depthwise;
mod finish;
mod moves;
mod panels;
mod per_pixel;
mod pool;
mod program;
mod rows;
mod team;
mod upsample;
mod view;
mod winograd;

pub(crate) use activate::Activate;
pub(crate) use convolution::{Algorithm, Parameters, convolution};
pub(crate) use correlation::Correlation;
pub(crate) use finish::Fused;
pub(crate) use moves::{Copy, Turn, Zeros};
pub(crate) use per_pixel::{PerPixel, PixelFunction};
pub(crate) use pool::{AveragePool, MaxPool};
pub(crate) use program::{Program, Step};
pub(crate) use team::Team;
pub(crate) use upsample::Upsample;
pub(crate) use view::{Grid, View};
