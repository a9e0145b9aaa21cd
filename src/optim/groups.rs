//! Other settings for some of the parameters.

use crate::error::{DeviceError, Error, Result};
use crate::network::Nothing;
use crate::path;
use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
};
use dfdx::optim::{Adam, AdamConfig, Optimizer, RMSprop, RMSpropConfig, Sgd, SgdConfig, UnusedTensors};
use dfdx::shapes::{Dtype, Shape};
use dfdx::tensor::{Gradients, Tensor};
use dfdx::tensor_ops::Device;

/// An optimizer with settings of its own for each group of parameters, as PyTorch's parameter groups.
///
/// A group is a pattern for the parameters' paths, in which `*` stands for any text, and the settings: a [`SgdConfig`], an
/// [`AdamConfig`] or a [`RMSpropConfig`]. A parameter belongs to the first group whose pattern fits; one that belongs to
/// none is not updated by mistake: it is an error. Learning rates may be changed between steps, in
/// [`settings_mut`](ParameterGroups::settings_mut).
///
/// ```
/// use shapewright::{optim::ParameterGroups, prelude::*};
///
/// network! { struct Net: Input<4> { backbone: Linear<.., 8>, ReLU, head: Linear<.., 2> } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
///
/// let slow = AdamConfig { lr: 1e-5, ..AdamConfig::default() };
/// let fast = AdamConfig { lr: 1e-3, ..AdamConfig::default() };
/// let mut optimizer = ParameterGroups::new([("head.*", fast), ("*", slow)]);
///
/// let images: Tensor<Rank2<3, 4>, f32, Cpu> = dev.sample_normal();
/// let logits = net.try_forward_mut(images.trace(net.alloc_grads()))?;
/// let gradients = CrossEntropyLoss::default().try_forward(logits, &dev.tensor([0, 1, 1]))?.backward();
/// optimizer.try_update(&mut net, &gradients)?;
/// optimizer.settings_mut("head.*").expect("a group").lr *= 0.1;
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.optim`, per-parameter
/// options](https://pytorch.org/docs/stable/optim.html#per-parameter-options).
pub struct ParameterGroups<C: Settings<E, D>, E: Dtype, D: Device<E>> {
    groups: Vec<Group<C, E, D>>,
}

struct Group<C: Settings<E, D>, E: Dtype, D: Device<E>> {
    pattern: String,
    optimizer: C::Optimizer,
}

/// The settings of an optimizer that can be given for a group of parameters.
pub trait Settings<E: Dtype, D: Device<E>>: Sized {
    /// The optimizer that they are for.
    type Optimizer;

    /// That, with these settings.
    fn optimizer(self) -> Self::Optimizer;

    /// The settings in it.
    fn settings(optimizer: &mut Self::Optimizer) -> &mut Self;

    /// Begins a step.
    fn begin(optimizer: &mut Self::Optimizer, gradients: &Gradients<E, D>);

    /// Updates one parameter. Returns whether it has a gradient.
    ///
    /// # Errors
    /// If the device fails.
    fn update<S: Shape>(
        optimizer: &mut Self::Optimizer,
        options: TensorOptions<S, E, D>,
        parameter: &mut Tensor<S, E, D>,
        gradients: &Gradients<E, D>,
    ) -> Result<bool, D::Err>;
}

macro_rules! settings {
    ($($config:ident $optimizer:ident;)*) => {$(
        impl<E: Dtype, D: Device<E>> Settings<E, D> for $config {
            type Optimizer = $optimizer<Nothing, E, D>;

            fn optimizer(self) -> Self::Optimizer {
                $optimizer::new(&Nothing, self)
            }

            fn settings(optimizer: &mut Self::Optimizer) -> &mut Self {
                &mut optimizer.cfg
            }

            fn begin(optimizer: &mut Self::Optimizer, gradients: &Gradients<E, D>) {
                // An update of no parameters counts the step, and has nothing that could fail.
                let _ = optimizer.update(&mut Nothing, gradients);
            }

            fn update<S: Shape>(
                optimizer: &mut Self::Optimizer,
                options: TensorOptions<S, E, D>,
                parameter: &mut Tensor<S, E, D>,
                gradients: &Gradients<E, D>,
            ) -> Result<bool, D::Err> {
                let mut step = (optimizer, gradients, UnusedTensors::default());
                step.visit(options, parameter)?;
                Ok(step.2.is_empty())
            }
        }
    )*};
}

settings! {
    SgdConfig Sgd;
    AdamConfig Adam;
    RMSpropConfig RMSprop;
}

impl<C: Settings<E, D>, E: Dtype, D: Device<E>> ParameterGroups<C, E, D> {
    /// Groups of parameters by the pattern of their paths, each with its settings.
    pub fn new<P: Into<String>>(groups: impl IntoIterator<Item = (P, C)>) -> Self {
        let groups = groups
            .into_iter()
            .map(|(pattern, settings)| Group { pattern: pattern.into(), optimizer: settings.optimizer() });
        ParameterGroups { groups: groups.collect() }
    }

    /// The settings of the group with this pattern.
    pub fn settings_mut(&mut self, pattern: &str) -> Option<&mut C> {
        let group = self.groups.iter_mut().find(|group| group.pattern == pattern)?;
        Some(C::settings(&mut group.optimizer))
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`Error::Argument`] if a parameter belongs to no group, or a group has no parameters, and then nothing has changed;
    /// [`Error::NoGradient`] if parameters have no gradient; [`Error::Device`] if the device fails.
    pub fn try_update<M: TensorCollection<E, D>>(&mut self, model: &mut M, gradients: &Gradients<E, D>) -> Result<()>
    where
        D::Err: DeviceError,
    {
        let mut census = Census { patterns: self.patterns(), members: vec![0; self.groups.len()], strays: Vec::new() };
        M::iter_tensors(&mut RecursiveWalker { m: (&mut *model, String::new()), f: &mut census })?;
        census.check()?;
        self.groups.iter_mut().for_each(|group| C::begin(&mut group.optimizer, gradients));
        let mut step = Step { groups: &mut self.groups, gradients, missing: 0 };
        M::iter_tensors(&mut RecursiveWalker { m: (model, String::new()), f: &mut step })?;
        match step.missing {
            0 => Ok(()),
            missing => Err(Error::NoGradient(missing)),
        }
    }

    /// As [`try_update`](ParameterGroups::try_update).
    ///
    /// # Panics
    /// Where that returns an error.
    pub fn update<M: TensorCollection<E, D>>(&mut self, model: &mut M, gradients: &Gradients<E, D>)
    where
        D::Err: DeviceError,
    {
        self.try_update(model, gradients).unwrap_or_else(|error| panic!("{error}"));
    }

    fn patterns(&self) -> Vec<String> {
        self.groups.iter().map(|group| group.pattern.clone()).collect()
    }
}

/// Counts the parameters of each group.
struct Census {
    patterns: Vec<String>,
    members: Vec<usize>,
    strays: Vec<String>,
}

impl Census {
    fn check(self) -> Result<()> {
        if !self.strays.is_empty() {
            let strays = self.strays.join("`, `");
            return Err(Error::Argument(format!("`{strays}` fit no group's pattern; let the last group's be `*`")));
        }
        match self.members.iter().position(|members| *members == 0) {
            None => Ok(()),
            Some(group) => Err(Error::Argument(format!(
                "no parameter that trains belongs to the group `{}`; patterns fit whole paths, as `layer1.*` or `*.bias`, and \
                 the first that fits counts",
                self.patterns[group]
            ))),
        }
    }
}

impl<E: Dtype, D: Device<E>> TensorVisitor<E, D> for Census {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = D::Err;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, D>,
        (_, name): (&mut Tensor<S, E, D>, String),
    ) -> Result<Option<Tensor<S, E, D>>, D::Err> {
        let name = path::parameter(&name);
        match self.patterns.iter().position(|pattern| path::fits(pattern, &name)) {
            _ if !options.do_gradient_update => {}
            Some(group) => self.members[group] += 1,
            None => self.strays.push(name),
        }
        Ok(None)
    }
}

/// One step of all groups.
struct Step<'a, C: Settings<E, D>, E: Dtype, D: Device<E>> {
    groups: &'a mut [Group<C, E, D>],
    gradients: &'a Gradients<E, D>,
    missing: usize,
}

impl<C: Settings<E, D>, E: Dtype, D: Device<E>> TensorVisitor<E, D> for Step<'_, C, E, D> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = D::Err;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, D>,
        (parameter, name): (&mut Tensor<S, E, D>, String),
    ) -> Result<Option<Tensor<S, E, D>>, D::Err> {
        let name = path::parameter(&name);
        if let Some(group) = self.groups.iter_mut().find(|group| path::fits(&group.pattern, &name)) {
            self.missing += usize::from(!C::update(&mut group.optimizer, options, parameter, self.gradients)?);
        }
        Ok(None)
    }
}
