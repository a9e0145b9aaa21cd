//! Formulas that are written down as a list of steps, which tensors of dfdx's pass through.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use dfdx::prelude::*;

use super::Arithmetic;
use crate::ops::portable::scalar;

/// A step of a formula, on values that are given by their numbers.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Input(usize),
    Constant(f64),
    Max(usize, usize),
    Add(usize, usize),
    Sub(usize, usize),
    Mul(usize, usize),
    Div(usize, usize),
    Neg(usize),
    IfAtMost(usize, f64, usize, usize),
    IfBelow(usize, f64, usize, usize),
    Abs(usize),
    Exp(usize),
    Ln(usize),
    Sqrt(usize),
    Powf(usize, f64),
    Tanh(usize),
    Sigmoid(usize),
    Erf(usize),
}

thread_local! {
    static STEPS: RefCell<Vec<Step>> = const { RefCell::new(Vec::new()) };
}

/// The number of a value in the list of steps that is being written down.
#[derive(Clone, Copy)]
pub(crate) struct Written(usize);

impl Written {
    fn new(step: Step) -> Self {
        STEPS.with_borrow_mut(|steps| {
            let known = steps.iter().position(|&known| known == step);
            Written(known.unwrap_or_else(|| {
                steps.push(step);
                steps.len() - 1
            }))
        })
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident;)*) => {$(
        impl $operator for Written {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                Written::new(Step::$operator(self.0, other.0))
            }
        }
    )*};
}

operators! {
    Add add;
    Sub sub;
    Mul mul;
    Div div;
}

impl Neg for Written {
    type Output = Self;

    fn neg(self) -> Self {
        Written::new(Step::Neg(self.0))
    }
}

macro_rules! functions {
    ($($function:ident $step:ident;)*) => {$(
        fn $function(self) -> Self {
            Written::new(Step::$step(self.0))
        }
    )*};
}

impl Arithmetic for Written {
    fn of(value: f64) -> Self {
        Written::new(Step::Constant(value))
    }

    fn if_at_most(self, limit: f64, then: Self, otherwise: Self) -> Self {
        Written::new(Step::IfAtMost(self.0, limit, then.0, otherwise.0))
    }

    fn if_below(self, limit: f64, then: Self, otherwise: Self) -> Self {
        Written::new(Step::IfBelow(self.0, limit, then.0, otherwise.0))
    }

    fn powf(self, exponent: f64) -> Self {
        Written::new(Step::Powf(self.0, exponent))
    }

    fn mul_add(self, factor: Self, summand: Self) -> Self {
        self * factor + summand
    }

    fn max(self, other: Self) -> Self {
        Written::new(Step::Max(self.0, other.0))
    }

    functions! {
        abs Abs;
        exp Exp;
        ln Ln;
        sqrt Sqrt;
        tanh Tanh;
        sigmoid Sigmoid;
        erf Erf;
    }
}

/// A formula that was written down.
pub(crate) struct Program {
    steps: Vec<Step>,
    outputs: Vec<usize>,
}

/// Writes a formula down.
pub(crate) fn write<const INPUTS: usize, const OUTPUTS: usize>(
    formula: impl FnOnce([Written; INPUTS]) -> [Written; OUTPUTS],
) -> Program {
    STEPS.take();
    let outputs = formula(std::array::from_fn(|input| Written::new(Step::Input(input))));
    Program { steps: STEPS.take(), outputs: outputs.iter().map(|output| output.0).collect() }
}

/// The outputs of a program, and the tape with its backward pass, which dfdx derives.
type Outcome<S, E, D, T> = Result<(Vec<Tensor<S, E, D>>, T), <D as HasErr>::Err>;

impl Program {
    /// Runs the steps on tensors of the same shape, at least one of which is an input.
    pub(crate) fn run<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
        &self,
        inputs: &[Tensor<S, E, D>],
        tape: T,
    ) -> Outcome<S, E, D, T> {
        let mut run = Run { inputs, values: Vec::new(), tape };
        for &step in &self.steps {
            let value = run.step(step)?;
            run.values.push(value);
        }
        let outputs = self.outputs.iter().map(|&output| run.value(output)).collect::<Result<_, _>>()?;
        Ok((outputs, run.tape))
    }
}

/// A value of a formula: a constant has no tensor as long as none is needed.
enum Value<S: Shape, E: Dtype, D: Device<E>> {
    Constant(f64),
    Tensor(Tensor<S, E, D>),
}

/// A tensor on its way through the steps of a formula.
struct Run<'a, S: Shape, E: Dtype, D: Device<E>, T> {
    inputs: &'a [Tensor<S, E, D>],
    values: Vec<Value<S, E, D>>,
    tape: T,
}

type Output<S, E, D> = Result<Value<S, E, D>, <D as HasErr>::Err>;

impl<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>> Run<'_, S, E, D, T> {
    /// The value with that number, as a tensor.
    fn value(&self, number: usize) -> Result<Tensor<S, E, D>, D::Err> {
        match &self.values[number] {
            Value::Tensor(tensor) => Ok(tensor.clone()),
            Value::Constant(value) => {
                self.inputs[0].device().try_zeros_like(self.inputs[0].shape())?.try_add(scalar::<E>(*value))
            }
        }
    }

    fn constant(&self, number: usize) -> Option<E> {
        match self.values[number] {
            Value::Constant(value) => Some(scalar(value)),
            Value::Tensor(_) => None,
        }
    }

    /// What an operation makes of the value with that number, on the tape.
    fn on_tape(
        &mut self,
        number: usize,
        operation: impl FnOnce(Tensor<S, E, D, T>) -> Result<Tensor<S, E, D, T>, D::Err>,
    ) -> Output<S, E, D> {
        let tape = std::mem::take(&mut self.tape);
        let (value, tape) = operation(self.value(number)?.put_tape(tape))?.split_tape();
        self.tape = tape;
        Ok(Value::Tensor(value))
    }

    fn step(&mut self, step: Step) -> Output<S, E, D> {
        match step {
            Step::Input(number) => Ok(Value::Tensor(self.inputs[number].clone())),
            Step::Constant(value) => Ok(Value::Constant(value)),
            Step::Add(a, b) => match (self.constant(a), self.constant(b)) {
                (_, Some(b)) => self.on_tape(a, |a| a.try_add(b)),
                (Some(a), _) => self.on_tape(b, |b| b.try_add(a)),
                // dfdx's operations panic in the backward pass if both inputs are the same tensor.
                _ if a == b => self.on_tape(a, |a| a.try_mul(scalar::<E>(2.0))),
                _ => {
                    let b = self.value(b)?;
                    self.on_tape(a, |a| a.try_add(b))
                }
            },
            Step::Sub(a, b) => match (self.constant(a), self.constant(b)) {
                (_, Some(b)) => self.on_tape(a, |a| a.try_sub(b)),
                (Some(a), _) => self.on_tape(b, |b| b.try_negate()?.try_add(a)),
                _ => {
                    let b = self.value(b)?;
                    self.on_tape(a, |a| a.try_sub(b))
                }
            },
            Step::Mul(a, b) => match (self.constant(a), self.constant(b)) {
                (_, Some(b)) => self.on_tape(a, |a| a.try_mul(b)),
                (Some(a), _) => self.on_tape(b, |b| b.try_mul(a)),
                _ if a == b => self.on_tape(a, Tensor::try_square),
                _ => {
                    let b = self.value(b)?;
                    self.on_tape(a, |a| a.try_mul(b))
                }
            },
            Step::Div(a, b) => match (self.constant(a), self.constant(b)) {
                (_, Some(b)) => self.on_tape(a, |a| a.try_div(b)),
                (Some(a), _) => self.on_tape(b, |b| b.try_recip()?.try_mul(a)),
                _ => {
                    let b = self.value(b)?;
                    self.on_tape(a, |a| a.try_div(b))
                }
            },
            Step::Neg(x) => self.on_tape(x, Tensor::try_negate),
            Step::IfAtMost(x, limit, then, otherwise) => {
                let chosen = self.value(x)?.try_le(scalar::<E>(limit))?;
                let otherwise = self.value(otherwise)?;
                self.on_tape(then, |then| chosen.try_choose(then, otherwise))
            }
            Step::IfBelow(x, limit, then, otherwise) => {
                let chosen = self.value(x)?.try_lt(scalar::<E>(limit))?;
                let otherwise = self.value(otherwise)?;
                self.on_tape(then, |then| chosen.try_choose(then, otherwise))
            }
            Step::Max(a, b) => {
                let b = self.value(b)?;
                self.on_tape(a, |a| a.try_maximum(b))
            }
            Step::Abs(x) => self.on_tape(x, Tensor::try_abs),
            Step::Exp(x) => self.on_tape(x, Tensor::try_exp),
            Step::Ln(x) => self.on_tape(x, Tensor::try_ln),
            Step::Sqrt(x) => self.on_tape(x, Tensor::try_sqrt),
            Step::Powf(x, exponent) => self.on_tape(x, |x| x.try_powf(exponent)),
            Step::Tanh(x) => self.on_tape(x, Tensor::try_tanh),
            Step::Sigmoid(x) => self.on_tape(x, Tensor::try_sigmoid),
            Step::Erf(x) => self.on_tape(x, error_function),
        }
    }
}

/// `erf(x)`, from dfdx's GELU: erf(x) = 2 gelu(√2 x) / (√2 x) − 1.
///
/// dfdx's gradient of GELU lacks the factor `√½` in the density of the normal distribution. So with the derivative `d` at the point
/// `x₀ = x`, the result is `d · x + (erf(x₀) − d · x₀)`, where only the first `x` is on the tape. Beyond ±8, `erf` is 1, so `x₀` is
/// limited to this range.
fn error_function<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    let point = x.retaped::<NoneTape>();
    let far = x.device().try_zeros_like(x.shape())?.try_add(scalar::<E>(8.0))?;
    let (above, below) = (point.try_gt(scalar::<E>(8.0))?, point.try_lt(scalar::<E>(-8.0))?);
    let outside = above.clone() | below.clone();
    let point = below.try_choose(far.clone().try_negate()?, above.try_choose(far, point)?)?;
    let wide = point.clone().try_mul(scalar::<E>(std::f64::consts::SQRT_2))?;
    let half = wide.clone().try_accurate_gelu()?.try_div(wide.clone())?;
    // At 0, the quotient is NaN. It would be NaN for NaN as well, which stays.
    let zero = wide.try_eq(scalar::<E>(0.0))?;
    let halves = point.device().try_zeros_like(point.shape())?.try_add(scalar::<E>(0.5))?;
    let value = zero.try_choose(halves, half)?.try_mul(scalar::<E>(2.0))?.try_sub(scalar::<E>(1.0))?;
    let slope = point.clone().try_square()?.try_negate()?.try_exp()?;
    let slope = slope.try_mul(scalar::<E>(std::f64::consts::FRAC_2_SQRT_PI))?;
    let intercept = value.clone().try_sub(slope.clone().try_mul(point)?)?;
    let line = x.try_mul(slope)?.try_add(intercept)?;
    let (line, tape) = line.split_tape();
    outside.try_choose(value.put_tape(tape), line)
}
