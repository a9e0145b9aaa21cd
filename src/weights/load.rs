//! Loading a file into a network.

use std::{path::Path, vec::IntoIter};

use dfdx::tensor::Storage;
use num_traits::ToPrimitive;

use super::{
    Checkpoint, Loaded, Number, NumberType,
    compare::Comparison,
    hint::{Identity, help, origin},
    numbers::{Unfit, depends_on_values, scalar_from_bytes},
    open,
    read::View,
};
use crate::{
    Error, Result,
    network::Network,
    ops::Backend,
    parameters::{AnyTensor, ParameterTensor, Parameters, Scalar, Visitor, VisitorMut, visit, visit_mut},
};

/// Loads every tensor of a network from a file: the short form of [`open`] and [`Checkpoint::load`].
///
/// File and network have to agree in every name, shape and type. If they don't, the error names every mismatch, and the
/// network is unchanged. The tensors keep their identity, so an optimizer can continue.
///
/// A part of a network, or a dfdx module, is loaded with `weights::open(path)?.load(&mut part)?`.
///
/// ```
/// use shapewright::{prelude::*, weights};
///
/// network! { struct Two: Input<3> { out: Linear<.., 2> } }
/// network! { struct Four: Input<3> { out: Linear<.., 4> } }
/// # fn main() -> Result<()> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("linear.safetensors");
/// let device = Cpu::default();
/// weights::save(&Two::build(&device)?, &path)?;
///
/// let mut other = Four::build(&device)?;
/// let error = weights::load(&mut other, &path).unwrap_err().to_string();
/// assert!(error.contains("these are of the network `Two`, [3] to [2], not of `Four`, [3] to [4]"));
/// assert!(error.contains("`out.weight` is F32 [4, 3] in the network, but F32 [2, 3] in the file"));
/// assert!(error.contains("`out.bias` is F32 [4] in the network, but F32 [2] in the file"));
/// assert!(error.contains(".ignore(\"out.*\")` loads all the rest"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`open`] and [`Checkpoint::load`]: [`Error::Io`] if the file can't be read, [`Error::File`] if it has no known
/// format or is damaged, [`Error::Weights`] if it doesn't fit the network.
pub fn load<N>(model: &mut N, path: impl AsRef<Path>) -> Result<Loaded>
where
    N: Network<Dtype: Number>,
{
    load_into::<N::Dtype, N::Device, N>(&open(path)?, model, Some(Identity::of::<N>()))
}

/// Loads everything that fits, or nothing.
pub fn load_into<E, D, M>(checkpoint: &Checkpoint, model: &mut M, identity: Option<Identity>) -> Result<Loaded>
where
    E: Number,
    D: Backend<E>,
    M: Parameters<E, D>,
{
    let mut comparison = Comparison::new(checkpoint);
    visit(model, &mut comparison)?;
    comparison.finish();

    let is_hopeless = !comparison.problems.is_empty();
    let plan = std::mem::take(&mut comparison.plan).into_iter();
    let mut stage = Stage { checkpoint, plan, is_hopeless, staged: Vec::new(), problems: Vec::new() };
    let read = visit(model, &mut stage);
    checkpoint.content.forget();
    read?;
    let Stage { staged, problems, .. } = stage;
    finish(checkpoint, identity, comparison, problems).inspect(|_| {
        // From here on nothing can fail.
        let _ = visit_mut(model, &mut Placing { staged: staged.into_iter() });
    })
}

/// The report of what is loaded, or the error that says why nothing is.
fn finish(
    checkpoint: &Checkpoint,
    identity: Option<Identity>,
    mut comparison: Comparison<'_>,
    problems: Vec<String>,
) -> Result<Loaded> {
    comparison.problems.extend(problems);
    if comparison.problems.is_empty() {
        return Ok(comparison.loaded);
    }
    Err(Error::Weights {
        path: checkpoint.path.clone(),
        origin: origin(checkpoint, identity.as_ref()),
        help: help(&comparison),
        problems: comparison.problems,
    })
}

/// A tensor or scalar that has been read, and waits until all have been read.
enum Staged<E: Number, D: Storage<E>> {
    /// A tensor with the identity of the network's, and the new values.
    Tensor(AnyTensor<E, D>),
    Scalar(Box<dyn ToPrimitive>),
    Nothing,
}

/// Reads and converts the planned tensors.
struct Stage<'a, E: Number, D: Storage<E>> {
    checkpoint: &'a Checkpoint,
    plan: IntoIter<Option<(String, &'a View)>>,
    /// Whether a mismatch has been found. The remaining tensors are then only checked for values that don't fit.
    is_hopeless: bool,
    staged: Vec<Staged<E, D>>,
    problems: Vec<String>,
}

impl<'a, E: Number, D: Storage<E>> Stage<'a, E, D> {
    /// The bytes of the next tensor, if it has to be read. `is_free` says whether all values of a type fit.
    fn next(&mut self, is_free: fn(&NumberType) -> bool) -> Result<Option<(String, &'a View, Vec<u8>)>> {
        let Some((name, view)) = self.plan.next().flatten() else { return Ok(None) };
        if self.is_hopeless && is_free(&view.number_type) {
            return Ok(None);
        }
        let bytes = view.bytes(&self.checkpoint.content).map_err(|fault| fault.at(&self.checkpoint.path))?;
        Ok(Some((name, view, bytes)))
    }

    fn complain(&mut self, name: &str, number_type: &NumberType, unfit: Unfit) {
        self.is_hopeless = true;
        self.problems.push(match unfit {
            Unfit::Rounded(number) => format!(
                "`{name}` has the {number_type} {number} in the file, which the network's type can only round; \
                 `.convert()` does"
            ),
            Unfit::Impossible(number) => {
                format!("`{name}` has the {number_type} {number} in the file, which the network's type can't hold")
            }
        });
    }
}

impl<E: Number, D: Backend<E>> Visitor<E, D> for Stage<'_, E, D> {
    fn tensor(&mut self, _: &str, tensor: &dyn ParameterTensor<E, D>, _: bool) -> Result<()> {
        let mut staged = Staged::Nothing;
        if let Some((name, view, bytes)) = self.next(|from| !depends_on_values::<E>(from))? {
            match E::converted(&bytes, &view.number_type, self.checkpoint.options.convert) {
                Err(unfit) => self.complain(&name, &view.number_type, unfit),
                Ok(_) if self.is_hopeless => {}
                Ok(numbers) => staged = Staged::Tensor(D::try_with_values(&tensor.share(), &numbers)?),
            }
        }
        self.staged.push(staged);
        Ok(())
    }

    fn scalar(&mut self, _: &str, scalar: &dyn Scalar) -> Result<()> {
        let mut staged = Staged::Nothing;
        if let Some((name, view, bytes)) = self.next(|_| false)? {
            match scalar_from_bytes(scalar, &bytes, &view.number_type, self.checkpoint.options.convert) {
                Err(unfit) => self.complain(&name, &view.number_type, unfit),
                Ok(number) => staged = Staged::Scalar(number),
            }
        }
        self.staged.push(staged);
        Ok(())
    }
}

/// Puts everything that has been read into the network.
struct Placing<E: Number, D: Storage<E>> {
    staged: IntoIter<Staged<E, D>>,
}

impl<E: Number, D: Storage<E>> VisitorMut<E, D> for Placing<E, D> {
    fn tensor(&mut self, _: &str, tensor: &mut dyn ParameterTensor<E, D>, _: bool) -> Result<()> {
        if let Some(Staged::Tensor(staged)) = self.staged.next() {
            tensor.put(staged);
        }
        Ok(())
    }

    fn scalar(&mut self, _: &str, scalar: &mut dyn Scalar) -> Result<()> {
        if let Some(Staged::Scalar(number)) = self.staged.next() {
            scalar.set(&*number);
        }
        Ok(())
    }
}
