//! Operations in the form in which a plan runs them. Their weights are packed and their geometry is computed in advance, all
//! values lie in one [`Arena`], and images are stored pixel by pixel, with the channels of a pixel together.
//!
//! A [`Program`] is a list of steps that are ready to run. All checks are made once, when it is built: each [`View`] checks that
//! its positions don't overflow and its pixels don't overlap, each step checks that its loops stay inside its views, and the
//! program checks that the views lie in the arena. At run time only the loops remain.

mod activate;
mod arena;
mod convolution;
mod correlation;
mod depthwise;
mod finish;
mod moves;
mod operate;
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
pub(crate) use moves::{Copy, Fixed, Rows, Turn, Zeros};
pub(crate) use operate::Operate;
pub(crate) use per_pixel::{PerPixel, PixelFunction};
pub(crate) use pool::{AveragePool, MaxPool};
pub(crate) use program::{Program, Step};
pub(crate) use team::Team;
pub(crate) use upsample::Upsample;
pub(crate) use view::{Grid, View};
