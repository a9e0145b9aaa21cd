//! The exponential and functions that are computed from it. They have no branches, calls or tables, so that the compiler can
//! vectorize them.
//!
//! This holds for `f32`. For `f64`, the standard library and `libm` compute one element at a time.
//!
//! With `FUSES`, multiply-add is one instruction: see [`multiply_add`](super::vectorized::multiply_add). The table lists the
//! maximal errors, in units in the last place. They are tested over the whole range of `f32`, with and without fused
//! multiply-add:
//!
//! | | units |
//! |---|---|
//! | [`exponential`](Elementary::exponential) | 1 |
//! | [`hyperbolic_tangent`](Elementary::hyperbolic_tangent) | 2.5 |
//! | [`sigmoid`](Elementary::sigmoid) | 2.5 (below −88, where the exact value is subnormal, the result is 0) |
//! | [`error_function`](Elementary::error_function) | 1.1 |

use std::f32::consts::LOG2_E;

use super::vectorized::multiply_add;

/// The number of elementary steps for a vector's exponential, where a multiplication is one step.
pub(super) const EXPONENTIAL: usize = 4;

/// A float with these functions. NaN stays NaN, and zeros keep their sign if the function is odd.
pub trait Elementary: Sized {
    /// `exp(x)`.
    fn exponential<const FUSES: bool>(self) -> Self;
    /// `tanh(x)`.
    fn hyperbolic_tangent<const FUSES: bool>(self) -> Self;
    /// `1 / (1 + exp(−x))`.
    fn sigmoid<const FUSES: bool>(self) -> Self;
    /// `erf(x)`.
    fn error_function<const FUSES: bool>(self) -> Self;
}

impl Elementary for f64 {
    #[inline(always)]
    fn exponential<const FUSES: bool>(self) -> Self {
        self.exp()
    }
    #[inline(always)]
    fn hyperbolic_tangent<const FUSES: bool>(self) -> Self {
        self.tanh()
    }
    #[inline(always)]
    fn sigmoid<const FUSES: bool>(self) -> Self {
        1.0 / (1.0 + (-self).exp())
    }
    #[inline(always)]
    fn error_function<const FUSES: bool>(self) -> Self {
        libm::erf(self)
    }
}

impl Elementary for f32 {
    #[inline(always)]
    fn exponential<const FUSES: bool>(self) -> Self {
        // Beyond these limits, the result is 0 or infinite.
        let (exponent, fraction) = reduced_exponential::<FUSES>(limited(self, -104.0, 89.0));
        // A single factor could exceed the range of normal floats, so the power is split into two factors.
        let half = exponent >> 1;
        (1.0 + fraction) * power_of_two(half) * power_of_two(exponent.wrapping_sub(half))
    }

    /// With `e = exp(−2|x|) − 1`, the absolute value is `−e / (2 + e)`.
    #[inline(always)]
    fn hyperbolic_tangent<const FUSES: bool>(self) -> Self {
        let (exponent, fraction) = reduced_exponential::<FUSES>(limited(-2.0 * self.abs(), -20.0, 0.0));
        let power = power_of_two(exponent);
        let less_one = multiply_add::<f32, FUSES>(power, fraction, power - 1.0);
        (-less_one / (2.0 + less_one)).copysign(self)
    }

    #[inline(always)]
    fn sigmoid<const FUSES: bool>(self) -> Self {
        1.0 / (1.0 + (-self).exponential::<FUSES>())
    }

    /// Near 0 a polynomial, elsewhere 1 minus the exponential of a polynomial. Both are computed, and one is selected. The
    /// polynomials are minimax approximations.
    #[inline(always)]
    fn error_function<const FUSES: bool>(self) -> Self {
        const NEAR: [f32; 6] =
            [-5.967_617e-4, 4.991_194_2e-3, -2.676_813_5e-2, 1.128_199_25e-1, -3.761_253_4e-1, 1.283_791_7e-1];
        const FAR: [f32; 7] = [
            -1.728_534_7e-5,
            3.831_971_3e-4,
            -3.883_964_4e-3,
            2.425_462_2e-2,
            -1.067_778_8e-1,
            -6.348_467e-1,
            -1.287_175_1e-1,
        ];
        let near = multiply_add::<f32, FUSES>(polynomial::<_, FUSES>(self * self, NEAR), self, self);
        // Beyond 4, the result is 1.
        let distance = limited(self.abs(), 0.0, 4.0);
        let logarithm = multiply_add::<f32, FUSES>(polynomial::<_, FUSES>(distance, FAR), distance, -distance);
        let (exponent, fraction) = reduced_exponential::<FUSES>(logarithm);
        let power = power_of_two(exponent);
        let far = 1.0 - multiply_add::<f32, FUSES>(power, fraction, power);
        if self.abs() > 0.921_875 { far.copysign(self) } else { near }
    }
}

/// `x`, limited to a range; NaN stays NaN.
#[inline(always)]
fn limited(x: f32, least: f32, most: f32) -> f32 {
    let x = if x < least { least } else { x };
    if x > most { most } else { x }
}

/// `exp(x)` as `2ⁿ · (1 + f)`. The absolute value of `f` is about a half at most, and `f` is as precise as floats near 0 are.
#[inline(always)]
fn reduced_exponential<const FUSES: bool>(x: f32) -> (i32, f32) {
    /// Adding this constant rounds a value to an integer, which the last bits of the sum then hold.
    const ROUND: f32 = 12_582_912.0;
    /// The logarithm of 2 in two parts. Multiples of the first part are exact.
    const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
    /// The terms of `exp(r)` after `1 + r`, divided by `r²`: Cephes's minimax approximation.
    const REST: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5];
    let rounded = multiply_add::<f32, FUSES>(x, LOG2_E, ROUND);
    let exponent = rounded.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
    let multiple = rounded - ROUND;
    let r = multiply_add::<f32, FUSES>(multiple, -LN_2.0, x);
    let r = multiply_add::<f32, FUSES>(multiple, -LN_2.1, r);
    (exponent, multiply_add::<f32, FUSES>(polynomial::<_, FUSES>(r, REST), r * r, r))
}

/// `2ⁿ`, if that is a normal float.
#[inline(always)]
fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits((exponent.wrapping_add(127) as u32) << 23)
}

/// A polynomial. The coefficient of the highest power comes first.
#[inline(always)]
fn polynomial<const N: usize, const FUSES: bool>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut value = coefficients[0];
    let mut next = 1;
    while next < N {
        value = multiply_add::<f32, FUSES>(value, x, coefficients[next]);
        next += 1;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Element;
    use crate::ops::vectorized::{InstructionSet, vectorized};

    vectorized! {
        /// The exponential, the hyperbolic tangent, the sigmoid and the error function of each element.
        fn all<E, const FUSES: bool>(input: &[E], output: &mut [[E; 4]]) {
            for (output, &x) in output.iter_mut().zip(input) {
                *output = [
                    x.exponential::<FUSES>(),
                    x.hyperbolic_tangent::<FUSES>(),
                    Elementary::sigmoid::<FUSES>(x),
                    x.error_function::<FUSES>(),
                ];
            }
        }
    }

    /// The expected values.
    fn exact(x: f64) -> [f64; 4] {
        [x.exp(), x.tanh(), 1.0 / (1.0 + (-x).exp()), libm::erf(x)]
    }

    fn values<E: Element>(set: InstructionSet, input: &[E]) -> Vec<[E; 4]> {
        let mut output = vec![[E::zero(); 4]; input.len()];
        all(set, input, &mut output);
        output
    }

    /// The difference in units in the last place.
    fn units(actual: f32, expected: f64) -> f64 {
        let nearest = (expected.abs() as f32).min(f32::MAX);
        (f64::from(actual) - expected).abs()
            / f64::from(nearest - nearest.next_down()).max(f64::from(f32::MIN_POSITIVE.next_up() - f32::MIN_POSITIVE))
    }

    /// A sample of all floats, from −∞ to ∞ and with subnormal ones, and special cases.
    #[test]
    fn all_are_right_to_the_last_digits() {
        let special =
            [0.0, -0.0, 1e-45, -1e-45, 1e-40, -1e-40, 88.722_83, 88.722_84, -87.336_54, -103.97, -103.98, 1e38];
        let everywhere = (0..u32::MAX).step_by(4999).map(f32::from_bits).filter(|x| !x.is_nan());
        // The range in which most of the functions aren't flat.
        let middle = (-100_000..100_000).map(|x| x as f32 * 1.3e-4);
        let input: Vec<f32> =
            everywhere.chain(middle).chain(special).chain([f32::INFINITY, f32::NEG_INFINITY]).collect();
        for set in InstructionSet::all() {
            for (&x, actual) in input.iter().zip(values(set, &input)) {
                let most = [1.0, 2.5, 2.5, 1.1];
                for (function, expected) in exact(f64::from(x)).into_iter().enumerate() {
                    let actual = actual[function];
                    let flushed = function == 2 && x < -87.0 && actual == 0.0;
                    let right = actual == expected as f32 || units(actual, expected) <= most[function] || flushed;
                    assert!(right, "function {function} of {x:e} is {actual:e} instead of {expected:e}, {set:?}");
                }
            }
        }
    }

    #[test]
    fn not_a_number_stays_and_zeros_keep_their_sign() {
        for set in InstructionSet::all() {
            assert!(values(set, &[f32::NAN, -f32::NAN]).concat().iter().all(|value| value.is_nan()), "{set:?}");
            assert!(values(set, &[f64::NAN]).concat().iter().all(|value| value.is_nan()), "{set:?}");
            let [_, tanh, _, erf] = values(set, &[-0.0_f32])[0];
            assert!(tanh.is_sign_negative() && erf.is_sign_negative(), "{set:?}");
        }
    }

    #[test]
    fn doubles_are_those_of_the_libraries() {
        let input: Vec<f64> = (-1000..1000).map(|x| f64::from(x) * 0.05).collect();
        for set in InstructionSet::all() {
            for (&x, actual) in input.iter().zip(values(set, &input)) {
                assert_eq!(actual, exact(x), "{x}, {set:?}");
            }
        }
    }
}
