//! From a network to a file.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write},
    path::Path,
};

use dfdx::{
    nn::tensor_collection::{
        RecursiveWalker, ScalarOptions, TensorCollection, TensorOptions, TensorVisitor, ViewTensorName, ViewTensorRef,
    },
    shapes::{HasShape, Shape},
    tensor::Tensor,
    tensor_ops::Device,
};
use num_traits::NumCast;
use safetensors::{Dtype, serialize, tensor::TensorView};

use super::{Number, name_of};
use crate::{Error, Result};

/// Saves every tensor of a network as safetensors.
///
/// The file is written under another name and then renamed, so that there is a complete one at any time: the old or
/// the new. The same weights make the same bytes. The directory has to exist.
///
/// ```
/// use shapewright::{prelude::*, weights};
/// type Net = network!(Input<3>, Linear<.., 2>);
/// # fn main() -> Result<()> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("linear.safetensors");
/// weights::save(&Net::build(&Cpu::default())?, &path)?;
/// assert!(path.exists());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Io`] if the file can't be written, [`Error::Argument`] if two tensors have the same name.
pub fn save<E, D, M>(model: &M, path: impl AsRef<Path>) -> Result<()>
where
    E: Number,
    D: Device<E>,
    M: TensorCollection<E, D>,
{
    let mut state = StateDict::default();
    M::iter_tensors(&mut RecursiveWalker { m: (model, String::new()), f: &mut state })?;
    let path = path.as_ref();
    let bytes = state.to_bytes().map_err(|problem| Error::file(path, format!("can't be written: {problem}")))?;
    write_atomically(path, &bytes).map_err(Error::io(path))
}

/// What a state dict says about a tensor, and the bytes of its numbers.
type Stored = (Dtype, Vec<usize>, Vec<u8>);

/// Collects the tensors under their names.
#[derive(Default)]
struct StateDict(BTreeMap<String, Stored>);

impl StateDict {
    fn insert(&mut self, path: &str, tensor: Stored) -> Result<()> {
        let name = name_of(path);
        if self.0.contains_key(&name) {
            return Err(Error::Argument(format!("two tensors of the network have the name `{name}`; rename a layer")));
        }
        self.0.insert(name, tensor);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>, safetensors::SafeTensorError> {
        let views = self.0.iter().map(|(name, (dtype, shape, bytes))| {
            let view = TensorView::new(*dtype, shape.clone(), bytes)?;
            Ok((name, view))
        });
        serialize(views.collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?, None)
    }
}

impl<E: Number, D: Device<E>> TensorVisitor<E, D> for StateDict {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = Error;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, E, D>,
        (tensor, path): (&Tensor<S, E, D>, String),
    ) -> Result<Option<Tensor<S, E, D>>> {
        let shape = tensor.shape().concrete().into_iter().collect();
        self.insert(&path, (E::DTYPE, shape, E::to_bytes(&tensor.as_vec())))?;
        Ok(None)
    }

    fn visit_scalar<N: NumCast>(&mut self, _: ScalarOptions<N>, (number, path): (&N, String)) -> Result<Option<N>> {
        let number = number.to_f64().unwrap_or(f64::NAN);
        self.insert(&path, (Dtype::F64, Vec::new(), number.to_le_bytes().to_vec()))?;
        Ok(None)
    }
}

/// Writes a file so that a crash leaves the old one or the new one, never half of it.
fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".safetensors.tmp");
    #[cfg(unix)]
    {
        // As any new file: the umask takes its part away. Temporary files are private otherwise, and would stay so.
        use std::{fs::Permissions, os::unix::fs::PermissionsExt};
        builder.permissions(Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name has to reach the disk as well; where directories can't be opened, the system sees to it.
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
    Ok(())
}
