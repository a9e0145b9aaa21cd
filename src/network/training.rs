//! How the layers in lists run: as they are told to, or, where nothing trains, in evaluation and off the tape.

use crate::error::Result;
use crate::layer::{Activation, Forward, Layer, Training};
use crate::ops::Backend;
use crate::shape::Shape;
use dfdx::shapes::Dtype;
use dfdx::tensor::{NoneTape, PutTape, SplitTape, Tape};
use std::fmt::{Debug, Formatter};
use std::marker::PhantomData;

/// Whether parameters in the lists of layer `L` behind `In` train: if they do where `L` stands, and `L` lets them.
pub struct Inside<L, In, R>(PhantomData<fn() -> (L, In, R)>);

impl<L, In, R> Clone for Inside<L, In, R> {
    fn clone(&self) -> Self {
        Inside(PhantomData)
    }
}

impl<L, In, R> Debug for Inside<L, In, R> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Inside")
    }
}

impl<L: Layer<In>, In: Shape, R: Training> Training for Inside<L, In, R> {
    const TRAINS: bool = R::TRAINS && L::TRAINS;
    const PASSES: bool = R::PASSES && (L::TRAINS || In::LEARNS);
}

/// Runs a layer in evaluation.
///
/// # Errors
/// Those of the layer.
pub fn eval<R, In, E, D, T, M>(module: &M, input: Activation<E, D, T>) -> Result<Activation<E, D, T>>
where
    R: Training,
    In: Shape,
    E: Dtype,
    D: Backend<E>,
    T: Tape<E, D>,
    M: Forward<In, E, D>,
{
    if R::PASSES {
        return module.eval(input);
    }
    let (input, tape) = input.split_tape();
    Ok(module.eval(input)?.put_tape(tape))
}

/// Runs a layer in training, if it trains.
///
/// # Errors
/// Those of the layer.
pub fn train<R, In, E, D, T, M>(module: &mut M, input: Activation<E, D, T>) -> Result<Activation<E, D, T>>
where
    R: Training,
    In: Shape,
    E: Dtype,
    D: Backend<E>,
    T: Tape<E, D>,
    M: Forward<In, E, D>,
{
    if R::TRAINS { module.train(input) } else { eval::<R, In, E, D, T, M>(module, input) }
}

/// Joins the outputs of the lists of layer `L`.
///
/// # Errors
/// If the device fails.
pub fn join<R, L, In, E, D, T>(
    input: Activation<E, D, NoneTape>,
    outputs: Vec<Activation<E, D, NoneTape>>,
    tape: T,
) -> Result<Activation<E, D, T>>
where
    R: Training,
    L: Layer<In>,
    In: Shape,
    E: Dtype,
    D: Backend<E>,
    T: Tape<E, D>,
{
    if R::PASSES {
        return L::join(input, outputs, tape);
    }
    Ok(L::join(input, outputs, NoneTape)?.put_tape(tape))
}
