//! Gradient descent, Adam and RMSprop.

use std::marker::PhantomData;

use dfdx::nn::{TensorCollection, ZeroGrads};
use dfdx::optim::{AdamConfig, RMSpropConfig, SgdConfig};
use dfdx::shapes::Dtype;
use dfdx::tensor::{Gradients, Storage};

use crate::error::{Error, Result};
use crate::ops::Backend;
use crate::ops::optimizer::{Memory, Rule};
use crate::parameters::{AnyTensor, ParameterTensor, Parameters, Visitor, VisitorMut, visit, visit_mut};

/// What makes parameters better by their gradients: [`Sgd`], [`Adam`], [`RMSprop`],
/// [`ParameterGroups`](super::ParameterGroups), and dfdx's own.
pub trait Optimizer<M, D: Storage<E>, E: Dtype> {
    /// Moves all parameters, and makes their gradients zero: what [`optim::step`](super::step) does after the way back.
    ///
    /// # Errors
    /// [`Error::NoGradient`] if parameters have no gradient, which is looked at in the first step; [`Error::Device`] if the
    /// device fails.
    fn step(&mut self, model: &mut M, gradients: &mut Gradients<E, D>) -> Result<()>;

    /// As [`step`](Optimizer::step), of a copy of the gradients: these stay as they are. So it takes longer.
    ///
    /// # Errors
    /// As [`step`](Optimizer::step), but gradients are looked for each time.
    fn update(&mut self, model: &mut M, gradients: &Gradients<E, D>) -> Result<()>;

    /// The gradients that the last step of [`train_step`](super::train_step) left, zero, if they were kept.
    fn take_gradients(&mut self) -> Option<Gradients<E, D>> {
        None
    }

    /// Keeps gradients for the next step, so that their buffers needn't be made again.
    fn keep_gradients(&mut self, gradients: Gradients<E, D>) {
        drop(gradients);
    }
}

/// The settings of an optimizer.
pub trait Settings: Copy {
    /// What they are for.
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

/// An optimizer of the type `M` with the settings `C`.
#[derive(Clone, Debug)]
pub struct Descent<C, M, E: Dtype, D: Storage<E>> {
    /// The settings, which may be changed between steps.
    pub cfg: C,
    memory: Memory<E, D>,
    gradients: Option<Gradients<E, D>>,
    model: PhantomData<fn(&M)>,
}

/// Gradient descent, with momentum or without: as PyTorch's
/// [`torch.optim.SGD`](https://pytorch.org/docs/stable/generated/torch.optim.SGD.html).
pub type Sgd<M, E, D> = Descent<SgdConfig, M, E, D>;

/// Adam, and with decoupled weight decay AdamW: as PyTorch's
/// [`torch.optim.Adam`](https://pytorch.org/docs/stable/generated/torch.optim.Adam.html).
pub type Adam<M, E, D> = Descent<AdamConfig, M, E, D>;

/// RMSprop, as in TensorFlow: the mean of squares begins with 1, and what avoids a division by zero is under the root.
pub type RMSprop<M, E, D> = Descent<RMSpropConfig, M, E, D>;

impl<C: Settings, M, E: Dtype, D: Storage<E>> Descent<C, M, E, D> {
    /// An optimizer that has taken no step yet.
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

/// How each parameter is moved.
pub(super) trait Rules<E: Dtype, D: Storage<E>> {
    /// The rule for the parameter of that path, and what it remembers.
    fn of(&mut self, path: &str) -> Option<(Rule, &mut Memory<E, D>)>;
}

/// Moves all parameters that train, and makes their gradients zero; those without a gradient have one that is zero.
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

/// One step of all parameters that train.
struct Advance<'a, E: Dtype, D: Storage<E>> {
    rules: &'a mut dyn Rules<E, D>,
    gradients: &'a mut Gradients<E, D>,
    moved: Vec<AnyTensor<E, D>>,
}

impl<E: Dtype, D: Backend<E>> VisitorMut<E, D> for Advance<'_, E, D> {
    fn tensor(&mut self, path: &str, tensor: &mut dyn ParameterTensor<E, D>, trains: bool) -> Result<()> {
        if trains && let Some((rule, memory)) = self.rules.of(path) {
            // Its values are moved where they are, as nobody else has them meanwhile.
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

/// Counts the parameters that train without a gradient; if there are any, that is an error.
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

/// Looks for the gradients of all parameters that train.
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

/// Makes the gradients of all parameters that train zero, and lets others go after a backward pass.
pub(crate) fn zero_gradients<E: Dtype, D: Backend<E>>(
    model: &impl Parameters<E, D>,
    gradients: &mut Gradients<E, D>,
) -> Result<()> {
    for parameter in &retain_gradients(model, gradients)? {
        D::try_zero_gradient(parameter, gradients)?;
    }
    Ok(())
}

/// Keeps the gradients of all parameters that train, which it returns, and lets others go after a backward pass.
pub(super) fn retain_gradients<E: Dtype, D: Backend<E>>(
    model: &impl Parameters<E, D>,
    gradients: &mut Gradients<E, D>,
) -> Result<Vec<AnyTensor<E, D>>> {
    let mut trained = Trained(Vec::new());
    visit(model, &mut trained)?;
    D::retain(&trained.0, gradients);
    Ok(trained.0)
}

/// The parameters that train.
struct Trained<E: Dtype, D: Storage<E>>(Vec<AnyTensor<E, D>>);

impl<E: Dtype, D: Storage<E>> Visitor<E, D> for Trained<E, D> {
    fn tensor(&mut self, _: &str, tensor: &dyn ParameterTensor<E, D>, trains: bool) -> Result<()> {
        if trains {
            self.0.push(tensor.share());
        }
        Ok(())
    }
}
