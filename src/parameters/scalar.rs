//! Scalars of a module that aren't tensors, such as batch counts.

use num_traits::{NumCast, ToPrimitive};

/// A number of any type.
pub trait Scalar: ToPrimitive {
    /// Converts a number to this one's type, if that type can hold it.
    fn converted(&self, number: &dyn ToPrimitive) -> Option<Box<dyn ToPrimitive + '_>>;

    /// Sets this number to another one, if its type can hold it.
    fn set(&mut self, number: &dyn ToPrimitive);
}

impl<N: NumCast> Scalar for N {
    fn converted(&self, number: &dyn ToPrimitive) -> Option<Box<dyn ToPrimitive + '_>> {
        Some(Box::new(N::from(Borrowed(number))?))
    }

    fn set(&mut self, number: &dyn ToPrimitive) {
        if let Some(number) = N::from(Borrowed(number)) {
            *self = number;
        }
    }
}

/// A borrowed number, which can be converted.
struct Borrowed<'a>(&'a dyn ToPrimitive);

impl ToPrimitive for Borrowed<'_> {
    fn to_i64(&self) -> Option<i64> {
        self.0.to_i64()
    }

    fn to_u64(&self) -> Option<u64> {
        self.0.to_u64()
    }

    fn to_i128(&self) -> Option<i128> {
        self.0.to_i128()
    }

    fn to_u128(&self) -> Option<u128> {
        self.0.to_u128()
    }

    fn to_f32(&self) -> Option<f32> {
        self.0.to_f32()
    }

    fn to_f64(&self) -> Option<f64> {
        self.0.to_f64()
    }
}
