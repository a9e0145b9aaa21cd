//! Optimizers.
//!
//! They are dfdx's, in the [`prelude`](crate::prelude): `Sgd`, `Adam`, `RMSprop`, each with its configuration. All work on
//! any network, and leave frozen layers alone. Here is what goes beyond them:
//!
//! - [`ParameterGroups`]: another learning rate for some of the parameters.

mod groups;

pub use groups::ParameterGroups;
