//! The value and the derivatives of each function, for a pair of elements.

use super::Function;
use crate::ops::Element;

/// A function of two elements.
pub(super) trait Formula: Copy + Send + Sync {
    /// The value.
    fn value<E: Element>(a: E, b: E) -> E;

    /// The derivatives with respect to both.
    fn derivatives<E: Element>(a: E, b: E) -> [E; 2];
}

/// What is done with the formula of a function, whose type is known then.
pub(super) trait WithFormula {
    fn run<F: Formula>(self, formula: F);
}

macro_rules! formulas {
    ($($name:ident |$a:ident, $b:ident| $value:expr, $derivatives:expr;)*) => {
        $(
            #[derive(Clone, Copy)]
            struct $name;

            impl Formula for $name {
                #[inline(always)]
                fn value<E: Element>($a: E, $b: E) -> E {
                    $value
                }

                #[inline(always)]
                fn derivatives<E: Element>($a: E, $b: E) -> [E; 2] {
                    let _ = ($a, $b);
                    $derivatives
                }
            }
        )*

        impl Function {
            /// Does something with the formula.
            pub(super) fn with(self, with: impl WithFormula) {
                match self {
                    $(Function::$name => with.run($name),)*
                }
            }
        }
    };
}

formulas! {
    Add |a, b| a + b, [E::one(); 2];
    Sub |a, b| a - b, [E::one(), -E::one()];
    Mul |a, b| a * b, [b, a];
    Div |a, b| a / b, [E::one() / b, -a / (b * b)];
    // The comparisons are written so that NaN in either gives NaN.
    Maximum |a, b| if a > b { a } else if a < b { b } else { half(a) + half(b) }, greater(a, b);
    Minimum |a, b| if a < b { a } else if a > b { b } else { half(a) + half(b) }, greater(b, a);
}

#[inline(always)]
fn half<E: Element>(x: E) -> E {
    x * E::of(0.5)
}

/// 1 for the greater one, one half for equal ones.
#[inline(always)]
fn greater<E: Element>(a: E, b: E) -> [E; 2] {
    if a > b {
        [E::one(), E::zero()]
    } else if a < b {
        [E::zero(), E::one()]
    } else {
        [E::of(0.5); 2]
    }
}
