//! Optimizers.
//!
//! [`Sgd`], [`Adam`] and [`RMSprop`] have dfdx's names and settings, and compute the same updates, several times as
//! fast on the CPU; [`Adamax`] is PyTorch's. They work with any network, and don't update frozen layers. There are also
//!
//! - [`train_step`]: a step of training, from the inputs to the updated parameters, in one call;
//! - [`step`]: the backward pass and the update, for a loss that the caller has computed;
//! - [`ParameterGroups`]: separate settings, such as learning rates, for groups of parameters;
//! - [`ModelEMA`]: a moving average of a model.

mod ema;
mod groups;
mod optimizer;
mod step;
mod train_step;

pub use crate::ops::optimizer::AdamaxConfig;
pub use ema::ModelEMA;
pub use groups::ParameterGroups;
pub use optimizer::{Adam, Adamax, Descent, Optimizer, RMSprop, Settings, Sgd};
pub use step::step;
pub use train_step::{Recorded, train_step};
