//! From a file to a network.

use std::{collections::BTreeSet, fs, path::Path};

use dfdx::{
    nn::tensor_collection::{
        RecursiveWalker, ScalarOptions, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
        ViewTensorRef,
    },
    shapes::{HasShape, Shape},
    tensor::Tensor,
    tensor_ops::{Device, ReshapeTo},
};
use num_traits::NumCast;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::{Number, name_of};
use crate::{DeviceError, Error, Result};

/// Loads every tensor of a network from a safetensors file.
///
/// File and network have to agree in every name, shape and type. Where they don't, the error names every misfit, and
/// the network stays as it was. The tensors keep their identity, so an optimizer goes on where it was.
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
/// assert!(error.contains("`out.weight` is F32 [4, 3] in the network, but F32 [2, 3] in the file"));
/// assert!(error.contains("`out.bias` is F32 [4] in the network, but F32 [2] in the file"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Io`] if the file can't be read, [`Error::File`] if it isn't safetensors, [`Error::Weights`] if it doesn't
/// fit the network.
pub fn load<E, D, M>(model: &mut M, path: impl AsRef<Path>) -> Result<()>
where
    E: Number,
    D: Device<E>,
    D::Err: DeviceError,
    M: TensorCollection<E, D>,
{
    let path = path.as_ref();
    let bytes = fs::read(path).map_err(Error::io(path))?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|problem| Error::file(path, format!("is no complete safetensors file: {problem}")))?;

    let mut comparison = Comparison { file: &file, seen: BTreeSet::new(), problems: Vec::new() };
    M::iter_tensors(&mut RecursiveWalker { m: (&*model, String::new()), f: &mut comparison })?;
    let problems = comparison.finish();
    if !problems.is_empty() {
        return Err(Error::Weights { path: path.to_path_buf(), problems });
    }
    M::iter_tensors(&mut RecursiveWalker { m: (model, String::new()), f: &mut Filler { file: &file } })?;
    Ok(())
}

/// Finds all that keeps a file from fitting a network.
struct Comparison<'a> {
    file: &'a SafeTensors<'a>,
    seen: BTreeSet<String>,
    problems: Vec<String>,
}

impl<'a> Comparison<'a> {
    /// The tensor in the file, if it fits.
    fn compare(&mut self, path: &str, dtype: Dtype, shape: &[usize]) -> Option<TensorView<'a>> {
        let name = name_of(path);
        let found = self.file.tensor(&name);
        let problem = match &found {
            _ if self.seen.contains(&name) => Some(format!("two tensors of the network have the name `{name}`")),
            Err(_) => Some(format!("`{name}`, {dtype} {shape:?}, is missing in the file")),
            Ok(found) if (found.dtype(), found.shape()) == (dtype, shape) => None,
            Ok(found) => Some(format!(
                "`{name}` is {dtype} {shape:?} in the network, but {} {:?} in the file",
                found.dtype(),
                found.shape()
            )),
        };
        self.seen.insert(name);
        let fits = problem.is_none();
        self.problems.extend(problem);
        found.ok().filter(|_| fits)
    }

    /// All problems: those of the network's tensors in its order, then what is in the file alone.
    fn finish(mut self) -> Vec<String> {
        let names = self.file.names().into_iter().filter(|name| !self.seen.contains(*name));
        let unexpected: BTreeSet<&str> = names.collect();
        self.problems.extend(unexpected.into_iter().map(|name| match self.file.tensor(name) {
            Ok(tensor) => format!(
                "`{}`, {} {:?}, is in the file, but not in the network",
                name.escape_debug(),
                tensor.dtype(),
                tensor.shape()
            ),
            Err(problem) => problem.to_string(),
        }));
        self.problems
    }
}

impl<E: Number, D: Device<E>> TensorVisitor<E, D> for Comparison<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = Error;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, E, D>,
        (tensor, path): (&Tensor<S, E, D>, String),
    ) -> Result<Option<Tensor<S, E, D>>> {
        let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
        self.compare(&path, E::DTYPE, &shape);
        Ok(None)
    }

    fn visit_scalar<N: NumCast>(&mut self, _: ScalarOptions<N>, (_, path): (&N, String)) -> Result<Option<N>> {
        if let Some(view) = self.compare(&path, Dtype::F64, &[])
            && scalar::<N>(&view).is_none()
        {
            self.problems.push(format!("`{}` is out of range in the file", name_of(&path)));
        }
        Ok(None)
    }
}

/// Copies the numbers of a file that fits.
struct Filler<'a> {
    file: &'a SafeTensors<'a>,
}

impl<E: Number, D: Device<E>> TensorVisitor<E, D> for Filler<'_>
where
    D::Err: DeviceError,
{
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = Error;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, E, D>,
        (tensor, path): (&mut Tensor<S, E, D>, String),
    ) -> Result<Option<Tensor<S, E, D>>> {
        if let Ok(view) = self.file.tensor(&name_of(&path)) {
            // `copy_from` fills memory as it lies; in a permuted tensor that isn't the order of its elements.
            *tensor = tensor.clone().try_contiguous()?;
            tensor.copy_from(&E::from_bytes(view.data()));
        }
        Ok(None)
    }

    fn visit_scalar<N: NumCast>(&mut self, _: ScalarOptions<N>, (number, path): (&mut N, String)) -> Result<Option<N>> {
        if let Some(found) = self.file.tensor(&name_of(&path)).ok().and_then(|view| scalar(&view)) {
            *number = found;
        }
        Ok(None)
    }
}

/// A number that isn't a tensor, if the network's type can hold it.
fn scalar<N: NumCast>(view: &TensorView<'_>) -> Option<N> {
    let bytes = view.data().try_into().ok()?;
    N::from(f64::from_le_bytes(bytes))
}
