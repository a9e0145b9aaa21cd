//! The elementwise functions, one file each. To add one, write its file and its line here.

use super::formula::WithFormula;
use serde::{Deserialize, Serialize};

/// What the file of a function uses.
mod prelude {
    pub(super) use crate::ops::activation::formula::Formula;
    pub(super) use crate::ops::arithmetic::Arithmetic;
    pub(super) use crate::ops::elementary::EXPONENTIAL;
    pub(super) use serde::{Deserialize, Serialize};
}

macro_rules! functions {
    ($($module:ident $name:ident)*) => {
        $(
            mod $module;
            pub use $module::$name;
        )*

        /// An elementwise function.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Function {
            $(
                #[doc = concat!("See [`", stringify!($name), "`].")]
                $name($name),
            )*
        }

        $(
            impl From<$name> for Function {
                fn from(function: $name) -> Self {
                    Function::$name(function)
                }
            }
        )*

        impl Function {
            /// Does something with the formula.
            pub(crate) fn with<W: WithFormula>(self, with: W) -> W::Output {
                match self {
                    $(Function::$name(formula) => with.run(formula),)*
                }
            }

            /// All functions, whether tests call them with positive numbers alone, and their values at −1, 0 and 2.
            #[cfg(test)]
            pub(crate) fn by_hand() -> Vec<(Self, bool, [f64; 3])> {
                fn example<F: super::formula::Formula + Into<Function>>() -> (Function, bool, [f64; 3]) {
                    let (formula, values) = F::by_hand();
                    (formula.into(), F::OF_POSITIVE, values)
                }
                vec![$(example::<$name>(),)*]
            }
        }
    };
}

functions! {
    abs Abs
    affine Affine
    exp Exp
    gelu Gelu
    gelu_tanh GeluTanh
    hardsigmoid Hardsigmoid
    hardswish Hardswish
    leaky_relu LeakyRelu
    ln Ln
    mish Mish
    power Power
    reciprocal Reciprocal
    relu Relu
    relu6 Relu6
    sigmoid Sigmoid
    silu Silu
    sqrt Sqrt
    square Square
    tanh Tanh
}
