//! Saving a network to a file.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use super::{
    Number, NumberType,
    hint::Identity,
    numbers::{Stored, scalar_to_bytes},
    write::{Target, replace},
};
use crate::{
    Error, Result,
    network::Network,
    ops::Backend,
    parameters::{ParameterTensor, Parameters, Scalar, Visitor, visit},
};

/// Saves every tensor of a network, as safetensors or npz: the file's extension decides.
///
/// The file is written under another name and then renamed, so that there is a complete file at any time: the old one
/// or the new one. A process that is killed while it saves leaves a file whose name begins with `.` and ends in `.tmp`;
/// nothing reads this file, and it may be deleted. The same weights make the same bytes. The directory has to exist.
///
/// A safetensors file also holds the name of the network, and the shapes of its input and output; see
/// [`Checkpoint::metadata`](super::Checkpoint::metadata). [`save_part`] saves a part of a network.
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
/// [`Error::Io`] if the file can't be written, [`Error::Argument`] if two tensors have the same name or the extension
/// is neither `.safetensors` nor `.npz`.
pub fn save<N>(model: &N, path: impl AsRef<Path>) -> Result<()>
where
    N: Network<Dtype: Number>,
{
    save_as::<N::Dtype, N::Device, N>(model, path.as_ref(), Some(Identity::of::<N>()))
}

/// Saves a part of a network, or any module: [`save`], without the name of a network.
///
/// ```
/// use shapewright::{prelude::*, weights};
/// network! { struct Net: Input<3> { body: Linear<.., 8>, ReLU, head: Linear<.., 2> } }
/// # fn main() -> Result<()> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("head.npz");
/// let mut net = Net::build(&Cpu::default())?;
/// weights::save_part(&net.head, &path)?;
/// weights::open(&path)?.load(&mut net.head)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`save`].
pub fn save_part<E, D, M>(module: &M, path: impl AsRef<Path>) -> Result<()>
where
    E: Number,
    D: Backend<E>,
    M: Parameters<E, D>,
{
    save_as(module, path.as_ref(), None)
}

fn save_as<E, D, M>(module: &M, path: &Path, identity: Option<Identity>) -> Result<()>
where
    E: Number,
    D: Backend<E>,
    M: Parameters<E, D>,
{
    let target = Target::of(path)?;
    let mut state = StateDict::default();
    visit(module, &mut state)?;
    write(path, target, state, identity)
}

fn write(path: &Path, target: Target, state: StateDict, identity: Option<Identity>) -> Result<()> {
    let mut metadata = BTreeMap::from([
        // `transformers` and others look for this entry; it tells them that the names are PyTorch's.
        ("format", "pt".to_owned()),
        ("shapewright", env!("CARGO_PKG_VERSION").to_owned()),
    ]);
    if let Some(identity) = identity {
        metadata.insert("network", identity.name.to_owned());
        metadata.insert("input", identity.input);
        metadata.insert("output", identity.output);
    }
    replace(path, target, &state.tensors, &metadata)
}

/// A tensor to be written.
pub struct Saved {
    pub name: String,
    pub number_type: NumberType,
    pub shape: Vec<usize>,
    /// Makes the bytes of its elements. It is called when they are written, so that only one tensor at a time is in
    /// memory twice.
    pub bytes: Box<dyn Fn() -> Vec<u8>>,
}

impl Saved {
    /// The length of the bytes of its elements.
    pub fn length(&self) -> usize {
        self.shape.iter().product::<usize>() * self.number_type.size().unwrap_or(0)
    }
}

/// Collects the tensors under their names.
#[derive(Default)]
struct StateDict {
    tensors: Vec<Saved>,
    names: HashSet<String>,
}

impl StateDict {
    fn insert(
        &mut self,
        path: &str,
        number_type: NumberType,
        shape: Vec<usize>,
        bytes: Box<dyn Fn() -> Vec<u8>>,
    ) -> Result<()> {
        let name = path.to_owned();
        if !self.names.insert(name.clone()) {
            return Err(Error::Argument(format!("two tensors of the network have the name `{name}`; rename a layer")));
        }
        self.tensors.push(Saved { name, number_type, shape, bytes });
        Ok(())
    }
}

impl<E: Number, D: Backend<E>> Visitor<E, D> for StateDict {
    fn tensor(&mut self, path: &str, tensor: &dyn ParameterTensor<E, D>, _: bool) -> Result<()> {
        // The new tensor shares its storage with the network's.
        let shared = tensor.share();
        let bytes = move || E::to_bytes(&D::values(&shared));
        self.insert(path, <E as Stored>::TYPE, tensor.sizes(), Box::new(bytes))
    }

    fn scalar(&mut self, path: &str, scalar: &dyn Scalar) -> Result<()> {
        let (number_type, bytes) = scalar_to_bytes(scalar);
        self.insert(path, number_type, Vec::new(), Box::new(move || bytes.clone()))
    }
}
