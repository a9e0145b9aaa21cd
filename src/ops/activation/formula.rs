//! What an elementwise function is declared by.

use crate::ops::arithmetic::Arithmetic;

/// An elementwise function.
pub(crate) trait Formula: Copy + Send + Sync {
    /// Whether tests call it with positive numbers alone.
    #[cfg(test)]
    const OF_POSITIVE: bool = false;

    /// One with arguments that tests use, and its values at −1, 0 and 2, worked by hand.
    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]);

    /// Whether the derivative is computed from the output rather than from the input.
    const FROM_OUTPUT: bool = false;

    /// The approximate number of elementary steps for a value.
    const STEPS: usize = 1;

    /// The value at `x`.
    fn value<A: Arithmetic>(self, x: A) -> A;

    /// The derivative, given the input, or given the output if `FROM_OUTPUT`.
    fn derivative<A: Arithmetic>(self, kept: A) -> A;
}

/// What is done with the formula of a function, whose type is known then.
pub(crate) trait WithFormula {
    type Output;

    fn run<F: Formula>(self, formula: F) -> Self::Output;
}
