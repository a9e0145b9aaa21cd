//! Initial values.

use dfdx::shapes::Dtype;
use rand::Rng;
use rand::distributions::Distribution;
use rand_distr::StandardNormal;

/// The uniform distribution between −bound and bound.
pub(super) struct Uniform {
    bound: f64,
}

impl Uniform {
    /// PyTorch's default for weights and biases of linear layers and convolutions: bound = 1 / √fan_in, where fan_in is
    /// the number of inputs that one output is made of.
    pub(super) fn of_fan_in(fan_in: usize) -> Self {
        Uniform { bound: 1.0 / (fan_in.max(1) as f64).sqrt() }
    }
}

impl<E: Dtype> Distribution<E> for Uniform {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> E {
        let unit: f64 = rng.r#gen();
        E::from_f64(self.bound * (2.0 * unit - 1.0)).unwrap_or_default()
    }
}

/// The normal distribution of mean 0 and variance 1.
pub(super) struct Normal;

impl<E: Dtype> Distribution<E> for Normal {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> E {
        let value: f64 = StandardNormal.sample(rng);
        E::from_f64(value).unwrap_or_default()
    }
}
