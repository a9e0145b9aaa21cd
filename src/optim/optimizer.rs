//! Gradient descent, Adam and RMSprop.

use std::marker::PhantomData;
use std::mem;

use dfdx::nn::ZeroGrads;
use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
};
use dfdx::optim::{AdamConfig, RMSpropConfig, SgdConfig, UnusedTensors};
use dfdx::shapes::{Dtype, Shape};
use dfdx::tensor::{Gradients, Storage, Tensor};
use dfdx::tensor_ops::Device;

use crate::error::{DeviceError, Error, Result};
use crate::network::Nothing;
use crate::ops::Backend;
use crate::ops::optimizer::{Memory, Rule};

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
        Descent { cfg, memory: Memory::default(), model: PhantomData }
    }
}

impl<C, M, E, D> Descent<C, M, E, D>
where
    C: Settings,
    M: TensorCollection<E, D>,
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
    M: TensorCollection<E, D>,
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
    /// The rule for the parameter with that name, as dfdx writes it, and what it remembers.
    fn of(&mut self, name: &str) -> Option<(Rule, &mut Memory<E, D>)>;
}

/// Moves all parameters that train, and makes their gradients zero; those without a gradient have one that is zero.
pub(super) fn advance<M, E, D>(
    model: &mut M,
    rules: &mut impl Rules<E, D>,
    gradients: &mut Gradients<E, D>,
) -> Result<()>
where
    M: TensorCollection<E, D>,
    E: Dtype,
    D: Backend<E>,
{
    let mut advance = Advance { rules, gradients: &mut *gradients, moved: UnusedTensors::default() };
    M::iter_tensors(&mut RecursiveWalker { m: (model, String::new()), f: &mut advance })?;
    let moved = advance.moved.ids;
    gradients.retain_leafs(&moved);
    Ok(())
}

/// One step of all parameters that train.
struct Advance<'a, R, E: Dtype, D: Storage<E>> {
    rules: &'a mut R,
    gradients: &'a mut Gradients<E, D>,
    moved: UnusedTensors,
}

impl<R: Rules<E, D>, E: Dtype, D: Backend<E>> TensorVisitor<E, D> for Advance<'_, R, E, D> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = D::Err;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, D>,
        (parameter, name): (&mut Tensor<S, E, D>, String),
    ) -> Result<Option<Tensor<S, E, D>>, D::Err> {
        if options.do_gradient_update
            && let Some((rule, memory)) = self.rules.of(&name)
        {
            D::try_optimize(&rule, parameter, self.gradients, memory)?;
            self.moved.add(parameter);
        }
        Ok(None)
    }
}

/// Counts the parameters that train without a gradient; if there are any, that is an error.
///
/// dfdx's optimizers alone can tell, so one moves copies of the parameters, by nothing.
pub(super) fn look_for_gradients<M, E, D>(model: &mut M, gradients: &Gradients<E, D>) -> Result<()>
where
    M: TensorCollection<E, D>,
    E: Dtype,
    D: Device<E>,
    D::Err: DeviceError,
{
    let mut search = Search { gradients, missing: UnusedTensors::default() };
    M::iter_tensors(&mut RecursiveWalker { m: model, f: &mut search })?;
    match search.missing.ids.len() {
        0 => Ok(()),
        missing => Err(Error::NoGradient(missing)),
    }
}

/// Looks for the gradients of all parameters that train.
struct Search<'a, E: Dtype, D: Storage<E>> {
    gradients: &'a Gradients<E, D>,
    missing: UnusedTensors,
}

impl<E: Dtype, D: Device<E>> TensorVisitor<E, D> for Search<'_, E, D> {
    type Viewer = ViewTensorMut;
    type Err = D::Err;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, D>,
        parameter: &mut Tensor<S, E, D>,
    ) -> Result<Option<Tensor<S, E, D>>, D::Err> {
        let settings = SgdConfig { lr: 0.0, ..SgdConfig::default() };
        let mut sgd = dfdx::optim::Sgd::new(&Nothing, settings);
        let mut step = (&mut sgd, self.gradients, mem::take(&mut self.missing));
        step.visit(options, &mut parameter.clone())?;
        self.missing = step.2;
        Ok(None)
    }
}
