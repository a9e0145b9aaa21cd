//! Optimizers.
//!
//! They are dfdx's, in the [`prelude`](crate::prelude): `Sgd`, `Adam`, `RMSprop`, each with its configuration. All work on
//! any network, and leave frozen layers alone. Here is what goes beyond them:
//!
//! - [`step`]: from a loss to better parameters, in one call;
//! - [`ParameterGroups`]: another learning rate for some of the parameters.

mod groups;
mod step;

pub use groups::ParameterGroups;
pub use step::step;
