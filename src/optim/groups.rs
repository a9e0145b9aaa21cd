//! Optimizers with different settings for groups of parameters.

use dfdx::shapes::Dtype;
use dfdx::tensor::{Gradients, Storage};

use super::optimizer::{Optimizer, Rules, Settings, advance, look_for_gradients};
use crate::error::{Error, Result};
use crate::ops::Backend;
use crate::ops::optimizer::{Memory, Rule};
use crate::parameters::{ParameterTensor, Parameters, Visitor, visit};
use crate::path;

/// An optimizer with separate settings for each group of parameters, like PyTorch's parameter groups.
///
/// A group is a pattern for the paths of parameters, in which `*` matches any text, and the settings: a `SgdConfig`, an
/// `AdamConfig` or a `RMSpropConfig`. A parameter belongs to the first group whose pattern matches its path. It is an
/// error if a trainable parameter belongs to no group. Learning rates may be changed between steps, through
/// [`settings_mut`](ParameterGroups::settings_mut).
///
/// ```
/// use shapewright::{optim, optim::ParameterGroups, prelude::*};
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
/// let logits = net.try_train((images, net.alloc_grads()))?;
/// let loss = CrossEntropyLoss::default().try_forward(logits, &dev.tensor([0, 1, 1]))?;
/// let gradients = optim::step(&mut net, &mut optimizer, loss)?;
/// optimizer.settings_mut("head.*").expect("a group").lr *= 0.1;
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.optim`, per-parameter
/// options](https://pytorch.org/docs/stable/optim.html#per-parameter-options).
pub struct ParameterGroups<C: Settings, E: Dtype, D: Storage<E>> {
    groups: Vec<Group<C, E, D>>,
    gradients: Option<Gradients<E, D>>,
}

struct Group<C, E: Dtype, D: Storage<E>> {
    pattern: String,
    settings: C,
    memory: Memory<E, D>,
}

impl<C: Settings, E: Dtype, D: Backend<E>> ParameterGroups<C, E, D> {
    /// Makes groups of parameters from patterns of their paths, each with its settings.
    pub fn new<P: Into<String>>(groups: impl IntoIterator<Item = (P, C)>) -> Self {
        let groups = groups.into_iter().map(|(pattern, settings)| Group {
            pattern: pattern.into(),
            settings,
            memory: Memory::default(),
        });
        ParameterGroups { groups: groups.collect(), gradients: None }
    }

    /// The settings of the group with this pattern.
    pub fn settings_mut(&mut self, pattern: &str) -> Option<&mut C> {
        let group = self.groups.iter_mut().find(|group| group.pattern == pattern)?;
        Some(&mut group.settings)
    }

    /// Updates the parameters, and doesn't change the gradients. [`optim::step`](super::step) avoids the copy that this
    /// takes.
    ///
    /// # Errors
    /// [`Error::Argument`] if a parameter belongs to no group, or a group has no parameters; [`Error::NoGradient`] if
    /// parameters have no gradient. After these errors the model is unchanged. [`Error::Device`] if the device fails.
    pub fn try_update<M: Parameters<E, D>>(&mut self, model: &mut M, gradients: &Gradients<E, D>) -> Result<()> {
        self.check(model)?;
        look_for_gradients(model, gradients)?;
        self.advance(model, &mut gradients.clone())
    }

    /// As [`try_update`](ParameterGroups::try_update).
    ///
    /// # Panics
    /// If [`try_update`](ParameterGroups::try_update) returns an error.
    pub fn update<M: Parameters<E, D>>(&mut self, model: &mut M, gradients: &Gradients<E, D>) {
        self.try_update(model, gradients).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Checks that each trainable parameter has a group, and each group a trainable parameter.
    fn check<M: Parameters<E, D>>(&self, model: &M) -> Result<()> {
        let patterns = self.groups.iter().map(|group| group.pattern.clone()).collect();
        let mut census = Census { patterns, members: vec![0; self.groups.len()], strays: Vec::new() };
        visit(model, &mut census)?;
        census.check()
    }

    fn advance<M: Parameters<E, D>>(&mut self, model: &mut M, gradients: &mut Gradients<E, D>) -> Result<()> {
        self.groups.iter_mut().for_each(|group| group.memory.steps += 1);
        advance(model, self, gradients)
    }
}

impl<C: Settings, E: Dtype, D: Storage<E>> Rules<E, D> for ParameterGroups<C, E, D> {
    fn of(&mut self, path: &str) -> Option<(Rule, &mut Memory<E, D>)> {
        let group = self.groups.iter_mut().find(|group| path::fits(&group.pattern, path))?;
        Some((group.settings.rule(), &mut group.memory))
    }
}

impl<C, M, E, D> Optimizer<M, D, E> for ParameterGroups<C, E, D>
where
    C: Settings,
    M: Parameters<E, D>,
    E: Dtype,
    D: Backend<E>,
{
    fn step(&mut self, model: &mut M, gradients: &mut Gradients<E, D>) -> Result<()> {
        self.check(model)?;
        if self.groups.iter().all(|group| group.memory.steps == 0) {
            look_for_gradients(model, gradients)?;
        }
        self.advance(model, gradients)
    }

    fn update(&mut self, model: &mut M, gradients: &Gradients<E, D>) -> Result<()> {
        self.try_update(model, gradients)
    }

    fn take_gradients(&mut self) -> Option<Gradients<E, D>> {
        self.gradients.take()
    }

    fn keep_gradients(&mut self, gradients: Gradients<E, D>) {
        self.gradients = Some(gradients);
    }
}

/// Counts the trainable parameters of each group.
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

impl<E: Dtype, D: Storage<E>> Visitor<E, D> for Census {
    fn tensor(&mut self, path: &str, _: &dyn ParameterTensor<E, D>, trains: bool) -> Result<()> {
        match self.patterns.iter().position(|pattern| path::fits(pattern, path)) {
            _ if !trains => {}
            Some(group) => self.members[group] += 1,
            None => self.strays.push(path.to_owned()),
        }
        Ok(())
    }
}
