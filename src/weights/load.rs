//! From a file to a network.

use std::{any::Any, path::Path};

use dfdx::{nn::tensor_collection::TensorCollection, tensor_ops::Device};

use super::{
    Checkpoint, Loaded, Number, NumberType,
    compare::Comparison,
    hint::{Identity, help, origin},
    numbers::{Unfit, depends_on_values, numbers},
    open,
    read::View,
    walk::{Errand, ForScalar, ForTensor, walk},
};
use crate::{DeviceError, Error, Result, network::Network};

/// Loads every tensor of a network from a file: the short form of [`open`] and [`Checkpoint::load`].
///
/// File and network have to agree in every name, shape and type. Where they don't, the error names every misfit, and
/// the network stays as it was. The tensors keep their identity, so an optimizer goes on where it was.
///
/// For a part of a network, or a module of dfdx's, it is `weights::open(path)?.load(&mut part)?`.
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
/// As [`open`] and [`Checkpoint::load`]: [`Error::Io`] if the file can't be read, [`Error::File`] if it is of no known
/// format or damaged, [`Error::Weights`] if it doesn't fit the network.
pub fn load<N>(model: &mut N, path: impl AsRef<Path>) -> Result<Loaded>
where
    N: Network<Dtype: Number>,
{
    load_into::<N::Dtype, N::Device, N>(&open(path)?, model, Some(Identity::of::<N>()))
}

/// Loads all that fits, or nothing.
pub fn load_into<E, D, M>(checkpoint: &Checkpoint, model: &mut M, identity: Option<Identity>) -> Result<Loaded>
where
    E: Number,
    D: Device<E>,
    D::Err: DeviceError,
    M: TensorCollection<E, D>,
{
    let mut comparison = Comparison::new(checkpoint);
    walk(model, &mut comparison)?;
    comparison.finish();

    let is_hopeless = !comparison.problems.is_empty();
    let plan = std::mem::take(&mut comparison.plan).into_iter();
    let mut stage = Stage { checkpoint, plan, is_hopeless, staged: Vec::new(), problems: Vec::new() };
    let read = walk(model, &mut stage);
    checkpoint.content.forget();
    read?;
    let Stage { staged, problems, .. } = stage;
    comparison.problems.extend(problems);
    if !comparison.problems.is_empty() {
        return Err(Error::Weights {
            path: checkpoint.path.clone(),
            origin: origin(checkpoint, identity.as_ref()),
            help: help(&comparison),
            problems: comparison.problems,
        });
    }
    // From here on nothing can fail.
    walk(model, &mut Placing { staged: staged.into_iter() })?;
    Ok(comparison.loaded)
}

/// What waits until all is read.
enum Staged {
    /// A tensor as the network has it, with the new numbers.
    Tensor(Box<dyn Any>),
    Scalar(NumberType, Vec<u8>),
    Nothing,
}

/// Reads and converts what was planned.
struct Stage<'a, P> {
    checkpoint: &'a Checkpoint,
    plan: P,
    /// Something doesn't fit: what is left to do is to look for numbers that don't fit either.
    is_hopeless: bool,
    staged: Vec<Staged>,
    problems: Vec<String>,
}

impl<'a, P: Iterator<Item = Option<(String, &'a View)>>> Stage<'a, P> {
    /// The bytes of the next tensor, if there is something to do for it. `is_free` says whether all numbers fit.
    fn next(&mut self, is_free: impl Fn(&NumberType) -> bool) -> Result<Option<(String, &'a View, Vec<u8>)>> {
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

impl<'a, E: Number, P: Iterator<Item = Option<(String, &'a View)>>> Errand<E> for Stage<'a, P> {
    fn tensor(&mut self, _: &str, _: &[usize]) -> Result<ForTensor<E>> {
        if let Some((name, view, bytes)) = self.next(|from| !depends_on_values::<E>(from))? {
            match numbers::<E>(&bytes, &view.number_type, self.checkpoint.options.convert) {
                Err(unfit) => self.complain(&name, &view.number_type, unfit),
                Ok(_) if self.is_hopeless => {}
                Ok(numbers) => return Ok(ForTensor::Copy(numbers)),
            }
        }
        self.staged.push(Staged::Nothing);
        Ok(ForTensor::Nothing)
    }

    fn copied(&mut self, tensor: Box<dyn Any>) {
        self.staged.push(Staged::Tensor(tensor));
    }

    fn scalar(&mut self, _: &str, _: &NumberType) -> Result<ForScalar> {
        Ok(match self.next(|_| false)? {
            None => {
                self.staged.push(Staged::Nothing);
                ForScalar::Nothing
            }
            Some((name, view, bytes)) => ForScalar::Try {
                number_type: view.number_type.clone(),
                bytes,
                round: self.checkpoint.options.convert,
                name,
            },
        })
    }

    fn tried(&mut self, name: &str, number_type: NumberType, bytes: Vec<u8>, unfit: Option<Unfit>) {
        let staged = match unfit {
            None => Staged::Scalar(number_type, bytes),
            Some(unfit) => {
                self.complain(name, &number_type, unfit);
                Staged::Nothing
            }
        };
        self.staged.push(staged);
    }
}

/// Puts everything in its place.
struct Placing<I> {
    staged: I,
}

impl<E: Number, I: Iterator<Item = Staged>> Errand<E> for Placing<I> {
    fn tensor(&mut self, _: &str, _: &[usize]) -> Result<ForTensor<E>> {
        Ok(match self.staged.next() {
            Some(Staged::Tensor(tensor)) => ForTensor::Put(tensor),
            _ => ForTensor::Nothing,
        })
    }

    fn scalar(&mut self, _: &str, _: &NumberType) -> Result<ForScalar> {
        Ok(match self.staged.next() {
            Some(Staged::Scalar(number_type, bytes)) => ForScalar::Put(number_type, bytes),
            _ => ForScalar::Nothing,
        })
    }
}
