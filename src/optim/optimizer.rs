//! Gradient descent, Adam, Adamax and RMSprop.

use std::marker::PhantomData;

use dfdx::nn::{TensorCollection, ZeroGrads};
use dfdx::optim::{AdamConfig, RMSpropConfig, SgdConfig};
use dfdx::shapes::Dtype;
use dfdx::tensor::{Gradients, Storage};

use crate::error::{Error, Result};
use crate::ops::Backend;
use crate::ops::optimizer::{AdamaxConfig, Memory, Rule};
use crate::parameters::{AnyTensor, ParameterTensor, Parameters, Visitor, VisitorMut, visit, visit_mut};

/// Updates the parameters of a model by their gradients: [`Sgd`], [`Adam`], [`RMSprop`],
/// [`ParameterGroups`](super::ParameterGroups), and dfdx's own optimizers.
pub trait Optimizer<M, D: Storage<E>, E: Dtype> {
    /// Updates all parameters, and sets their gradients to zero. [`optim::step`](super::step) calls it after the
    /// backward pass.
    ///
    /// # Errors
    /// [`Error::NoGradient`] if parameters have no gradient, which is checked in the first step; [`Error::Device`] if
    /// the device fails.
    fn step(&mut self, model: &mut M, gradients: &mut Gradients<E, D>) -> Result<()>;

    /// As [`step`](Optimizer::step), but without changing the gradients. It copies them, so it takes longer.
    ///
    /// # Errors
    /// As [`step`](Optimizer::step), but missing gradients are checked for in each call.
    fn update(&mut self, model: &mut M, gradients: &Gradients<E, D>) -> Result<()>;

    /// The gradients that [`keep_gradients`](Optimizer::keep_gradients) stored, if any. They are zero.
    fn take_gradients(&mut self) -> Option<Gradients<E, D>> {
        None
    }

    /// Stores the gradients for the next step, so that their buffers needn't be allocated again.
    fn keep_gradients(&mut self, gradients: Gradients<E, D>) {
        drop(gradients);
    }
}

/// The settings of an optimizer.
pub trait Settings: Copy {
    /// The update rule with these settings.
    fn rule(self) -> Rule;
}

impl Settings for SgdConfig {
    fn rule(self) -> Rule {
        Rule::Sgd(self)
    }
}

impl Settings for AdamConfig {
    fn rule(self) -> Rule {
        Rule::Adam(self)
    }
}

impl Settings for RMSpropConfig {
    fn rule(self) -> Rule {
        Rule::RMSprop(self)
    }
}

impl Settings for AdamaxConfig {
    fn rule(self) -> Rule {
        Rule::Adamax(self)
    }
}

/// An optimizer for the model type `M` with the settings `C`.
#[derive(Clone, Debug)]
pub struct Descent<C, M, E: Dtype, D: Storage<E>> {
    /// The settings, which may be changed between steps.
    pub cfg: C,
    memory: Memory<E, D>,
    gradients: Option<Gradients<E, D>>,
    model: PhantomData<fn(&M)>,
}

/// Stochastic gradient descent, with or without momentum, like PyTorch's
/// [`torch.optim.SGD`](https://pytorch.org/docs/stable/generated/torch.optim.SGD.html).
pub type Sgd<M, E, D> = Descent<SgdConfig, M, E, D>;

/// Adam, and AdamW with decoupled weight decay, like PyTorch's
/// [`torch.optim.Adam`](https://pytorch.org/docs/stable/generated/torch.optim.Adam.html).
pub type Adam<M, E, D> = Descent<AdamConfig, M, E, D>;

/// RMSprop, as in TensorFlow: the mean of squares is initialized with 1, and epsilon is added before the square root is
/// taken.
pub type RMSprop<M, E, D> = Descent<RMSpropConfig, M, E, D>;

/// Adamax, a variant of Adam with the greatest gradient in place of the mean of squares, like PyTorch's
/// [`torch.optim.Adamax`](https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html). With decoupled weight decay, the
/// parameter decays as in AdamW.
pub type Adamax<M, E, D> = Descent<AdamaxConfig, M, E, D>;

impl<C: Settings, M, E: Dtype, D: Storage<E>> Descent<C, M, E, D> {
    /// An optimizer that hasn't taken a step yet.
    pub fn new(_model: &M, cfg: C) -> Self {
        Descent { cfg, memory: Memory::default(), gradients: None, model: PhantomData }
    }
}

impl<C, M, E, D> Descent<C, M, E, D>
where
    C: Settings,
    M: Parameters<E, D>,
    E: Dtype,
    D: Backend<E>,
{
    fn advance(&mut self, model: &mut M, gradients: &mut Gradients<E, D>) -> Result<()> {
        self.memory.steps += 1;
        advance(model, &mut One { rule: self.cfg.rule(), memory: &mut self.memory }, gradients)
    }
}

/// The same rule for all parameters.
struct One<'a, E: Dtype, D: Storage<E>> {
    rule: Rule,
    memory: &'a mut Memory<E, D>,
}

impl<E: Dtype, D: Storage<E>> Rules<E, D> for One<'_, E, D> {
    fn of(&mut self, _: &str) -> Option<(Rule, &mut Memory<E, D>)> {
        Some((self.rule, self.memory))
    }
}

impl<C, M, E, D> Optimizer<M, D, E> for Descent<C, M, E, D>
where
    C: Settings,
    M: Parameters<E, D>,
    E: Dtype,
    D: Backend<E>,
{
    fn step(&mut self, model: &mut M, gradients: &mut Gradients<E, D>) -> Result<()> {
        if self.memory.steps == 0 {
            look_for_gradients(model, gradients)?;
        }
        self.advance(model, gradients)
    }

    fn update(&mut self, model: &mut M, gradients: &Gradients<E, D>) -> Result<()> {
        look_for_gradients(model, gradients)?;
        self.advance(model, &mut gradients.clone())
    }

    fn take_gradients(&mut self) -> Option<Gradients<E, D>> {
        self.gradients.take()
    }

    fn keep_gradients(&mut self, gradients: Gradients<E, D>) {
        self.gradients = Some(gradients);
    }
}

macro_rules! optimizers_of_dfdx {
    ($($optimizer:ident)*) => {$(
        impl<M, E, D> Optimizer<M, D, E> for dfdx::optim::$optimizer<M, E, D>
        where
            M: TensorCollection<E, D>,
            E: Dtype,
            D: Backend<E>,
        {
            fn step(&mut self, model: &mut M, gradients: &mut Gradients<E, D>) -> Result<()> {
                dfdx::optim::Optimizer::update(self, model, gradients)?;
                Ok(model.try_zero_grads(gradients)?)
            }

            fn update(&mut self, model: &mut M, gradients: &Gradients<E, D>) -> Result<()> {
                Ok(dfdx::optim::Optimizer::update(self, model, gradients)?)
            }
        }
    )*};
}

optimizers_of_dfdx! { Sgd Adam RMSprop }

/// The update rules of the parameters.
pub(super) trait Rules<E: Dtype, D: Storage<E>> {
    /// The update rule for the parameter with this path, and the optimizer's state for it.
    fn of(&mut self, path: &str) -> Option<(Rule, &mut Memory<E, D>)>;
}

/// Updates all trainable parameters, and sets their gradients to zero. A missing gradient counts as zero.
pub(super) fn advance<E: Dtype, D: Backend<E>>(
    model: &mut impl Parameters<E, D>,
    rules: &mut dyn Rules<E, D>,
    gradients: &mut Gradients<E, D>,
) -> Result<()> {
    let mut advance = Advance { rules, gradients, moved: Vec::new() };
    visit_mut(model, &mut advance)?;
    D::retain(&advance.moved, advance.gradients);
    Ok(())
}

/// One step of all trainable parameters.
struct Advance<'a, E: Dtype, D: Storage<E>> {
    rules: &'a mut dyn Rules<E, D>,
    gradients: &'a mut Gradients<E, D>,
    moved: Vec<AnyTensor<E, D>>,
}

impl<E: Dtype, D: Backend<E>> VisitorMut<E, D> for Advance<'_, E, D> {
    fn tensor(&mut self, path: &str, tensor: &mut dyn ParameterTensor<E, D>, trains: bool) -> Result<()> {
        if trains && let Some((rule, memory)) = self.rules.of(path) {
            // The placeholder makes the parameter the only owner of its storage, so that it is updated in place.
            let mut parameter = tensor.share();
            tensor.put(D::try_placeholder(&parameter)?);
            let result = D::try_optimize_any(&rule, &mut parameter, self.gradients, memory);
            self.moved.push(parameter.clone());
            tensor.put(parameter);
            result?;
        }
        Ok(())
    }
}

/// An error with the number of trainable parameters that have no gradient, if there are any.
pub(super) fn look_for_gradients<E: Dtype, D: Backend<E>>(
    model: &impl Parameters<E, D>,
    gradients: &Gradients<E, D>,
) -> Result<()> {
    let mut search = Search { gradients, missing: 0 };
    visit(model, &mut search)?;
    match search.missing {
        0 => Ok(()),
        missing => Err(Error::NoGradient(missing)),
    }
}

/// Counts the trainable parameters without a gradient.
struct Search<'a, E: Dtype, D: Storage<E>> {
    gradients: &'a Gradients<E, D>,
    missing: usize,
}

impl<E: Dtype, D: Backend<E>> Visitor<E, D> for Search<'_, E, D> {
    fn tensor(&mut self, _: &str, tensor: &dyn ParameterTensor<E, D>, trains: bool) -> Result<()> {
        if trains && !D::try_has_gradient(&tensor.share(), self.gradients)? {
            self.missing += 1;
        }
        Ok(())
    }
}
