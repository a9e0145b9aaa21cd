//! The module of every layer without parameters.

use dfdx::nn::ZeroSizedModule;
use std::fmt;
use std::marker::PhantomData;

/// The module of layer `L`, which has no parameters.
pub struct Stateless<L>(PhantomData<fn() -> L>);

impl<L> ZeroSizedModule for Stateless<L> {}

impl<L> Default for Stateless<L> {
    fn default() -> Self {
        Stateless(PhantomData)
    }
}

impl<L> Clone for Stateless<L> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<L> fmt::Debug for Stateless<L> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = std::any::type_name::<L>().split('<').next().unwrap_or_default();
        formatter.write_str(path.rsplit("::").next().unwrap_or_default())
    }
}
