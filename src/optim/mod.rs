//! Optimizers.
//!
//! [`Sgd`], [`Adam`] and [`RMSprop`] have dfdx's names and settings, and take dfdx's steps, several times as fast on the
//! CPU. All work on any network, and leave frozen layers alone. Besides, there is
//!
//! - [`train_step`]: from inputs to better parameters, in one call;
//! - [`step`]: the same from a loss on, for those who compute that by themselves;
//! - [`ParameterGroups`]: another learning rate for some of the parameters;
//! - [`ModelEMA`]: a moving average of a model.

mod ema;
mod groups;
mod optimizer;
mod step;
mod train_step;

pub use ema::ModelEMA;
pub use groups::ParameterGroups;
pub use optimizer::{Adam, Descent, Optimizer, RMSprop, Settings, Sgd};
pub use step::step;
pub use train_step::{Recorded, train_step};

pub(crate) use optimizer::zero_gradients;
