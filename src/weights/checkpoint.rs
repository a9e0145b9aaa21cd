//! An opened weights file.

use std::{collections::BTreeMap, fmt, path::Path, path::PathBuf};

use super::{
    Format, Loaded, Number, NumberType,
    load::load_into,
    loaded::Few,
    read::{self, Content, Index, View},
};
use crate::{Result, ops::Backend, parameters::Parameters, path};

/// Opens a weights file: safetensors, npz, or a state dict written by `torch.save`. The format is recognized by the
/// content of the file, not by its name.
///
/// This reads which tensors the file holds; their elements are read when they are loaded. A PyTorch checkpoint may hold
/// its state dict inside another dictionary, next to other tensors (`{"model_state_dict": …, "loss": …, "epoch": …}`):
/// the usual keys are found, and [`under`](Checkpoint::under) chooses any other. Its pickle is parsed and never
/// executed: a pickle that names anything other than the parts of tensors is refused.
///
/// ```
/// use shapewright::{prelude::*, weights};
/// network! { struct Net: Input<3> { fc: Linear<.., 2> } }
/// # fn main() -> Result<()> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("net.safetensors");
/// weights::save(&Net::build(&Cpu::default())?, &path)?;
///
/// let checkpoint = weights::open(&path)?;
/// for tensor in checkpoint.tensors() {
///     println!("{} {} {:?}", tensor.name(), tensor.number_type(), tensor.shape()); // fc.weight F32 [2, 3], …
/// }
/// assert_eq!(checkpoint.metadata()["network"], "Net");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) if the file can't be read, [`Error::File`](crate::Error::File) if it has none of
/// these formats, is damaged, or would have to execute code.
pub fn open(path: impl AsRef<Path>) -> Result<Checkpoint> {
    let path = path.as_ref();
    let (format, index, content) = read::open(path)?;
    Ok(Checkpoint {
        path: path.to_path_buf(),
        format,
        tensors: index.tensors().to_vec(),
        index,
        content,
        options: Options::default(),
    })
}

/// A weights file: its content, and how it is loaded.
///
/// [`open`] makes it. The methods from [`under`](Checkpoint::under) on set how it is loaded; [`load`](Checkpoint::load)
/// loads it.
pub struct Checkpoint {
    pub(super) path: PathBuf,
    format: Format,
    pub(super) index: Index,
    /// The tensors of the part that is loaded.
    pub(super) tensors: Vec<(String, View)>,
    pub(super) content: Content,
    pub(super) options: Options,
}

/// How a checkpoint is loaded.
#[derive(Default)]
pub(super) struct Options {
    pub under: Option<String>,
    renames: Vec<Box<dyn Fn(&str) -> String + Send + Sync>>,
    ignored: Vec<String>,
    pub partial: bool,
    pub convert: bool,
}

impl Options {
    /// The name that a name of the file is renamed to.
    pub fn renamed(&self, name: &str) -> String {
        self.renames.iter().fold(name.to_owned(), |name, rename| rename(&name))
    }

    pub fn ignores(&self, name: &str) -> bool {
        self.ignored.iter().any(|pattern| path::fits(pattern, name))
    }
}

/// A tensor in a file.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    name: &'a str,
    view: &'a View,
}

impl<'a> Entry<'a> {
    /// Its name in the file.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its shape.
    pub fn shape(&self) -> &'a [usize] {
        &self.view.shape
    }

    /// The type of its elements.
    pub fn number_type(&self) -> &'a NumberType {
        &self.view.number_type
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {} {:?}", self.name, self.number_type(), self.shape())
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tensors: Vec<_> = self.tensors().collect();
        formatter
            .debug_struct("Checkpoint")
            .field("path", &self.path)
            .field("format", &self.format)
            .field("tensors", &tensors)
            .field("metadata", self.metadata())
            .finish_non_exhaustive()
    }
}

impl Checkpoint {
    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The format of the file.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The names of the tensors, in the file's order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.iter().map(|(name, _)| name.as_str())
    }

    /// The tensors, in the file's order.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        self.tensors.iter().map(|(name, view)| Entry { name, view })
    }

    /// The tensor with this name, if there is one.
    pub fn tensor(&self, name: &str) -> Option<Entry<'_>> {
        self.tensors().find(|tensor| tensor.name == name)
    }

    /// The other entries of the file. [`save`](super::save) writes `network`, `input`, `output` and `shapewright` (the
    /// version) into safetensors; in PyTorch files they are the values next to the tensors, such as `epoch`.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.index.metadata
    }

    /// Chooses a part of the file: the tensors below these keys. Their names are what follows the keys.
    ///
    /// Keys are given from the top of the file, separated by dots. In a PyTorch checkpoint, they choose a nested
    /// dictionary: `{"generator": …, "discriminator": …}`; in the other formats, the names that begin with these keys.
    /// `""` means the tensors at the top of the file. A second call replaces the first one.
    ///
    /// Without this call, a PyTorch file is searched for a state dict: under the usual keys (`state_dict`,
    /// `model_state_dict`, `model`, …), at the top, or in the only dictionary with tensors that isn't an optimizer's.
    ///
    /// ```
    /// use shapewright::{prelude::*, weights};
    /// network! { struct Whole: Input<3> { head: [fc: Linear<.., 2>] } }
    /// network! { struct Part: Input<3> { fc: Linear<.., 2> } }
    /// # fn main() -> Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path().join("whole.safetensors");
    /// # let device = Cpu::default();
    /// weights::save(&Whole::build(&device)?, &path)?;
    ///
    /// let mut part = Part::build(&device)?;
    /// weights::open(&path)?.under("head").load(&mut part)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn under(mut self, keys: impl Into<String>) -> Self {
        let keys = keys.into();
        self.tensors = self.index.below(&keys);
        self.options.under = Some(keys);
        self
    }

    /// The message for a file that has tensors, but none in the part that is loaded.
    pub(super) fn nothing(&self) -> Option<String> {
        let parts: Vec<_> = self.index.parts.iter().filter(|part| !part.tensors.is_empty()).collect();
        let first = parts.first().filter(|_| self.tensors.is_empty())?;
        let names: Vec<String> = match first.path.as_str() {
            "" => first.tensors.iter().map(|(name, _)| name.clone()).collect(),
            _ => parts.iter().map(|part| part.path.clone()).collect(),
        };
        Some(match &self.options.under {
            Some(under) => format!("the file has no tensors under `{}`, but {}", under.escape_debug(), Few(&names)),
            None => format!(
                "the file has tensors in several parts, {}; `.under({:?})` chooses one of them",
                Few(&names),
                first.path
            ),
        })
    }

    /// Renames every tensor of the file; [`keys`](super::keys) has ready-made maps. It may be called several times:
    /// each map is applied to the result of the one before it.
    ///
    /// ```
    /// use shapewright::{prelude::*, weights, weights::keys};
    /// network! { struct Part: Input<3> { fc: Linear<.., 2> } }
    /// network! { struct Whole: Input<3> { head: [fc: Linear<.., 2>] } }
    /// # fn main() -> Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path().join("part.safetensors");
    /// # let device = Cpu::default();
    /// weights::save(&Part::build(&device)?, &path)?;
    ///
    /// let mut whole = Whole::build(&device)?;
    /// let error = weights::load(&mut whole, &path).unwrap_err().to_string();
    /// assert!(error.contains("`.rename(keys::prepend(\"head.\"))` makes 2 of 2 names agree"));
    /// weights::open(&path)?.rename(keys::prepend("head.")).load(&mut whole)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rename(mut self, map: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.options.renames.push(Box::new(map));
        self
    }

    /// Leaves tensors out, on both sides: matching tensors of the network stay as they are, matching tensors of the
    /// file aren't loaded.
    ///
    /// `*` in the pattern matches any text, dots included: `fc.*`, `*.bias`. A tensor of the file is left out if the
    /// pattern matches its name before or after renaming. It may be called several times.
    pub fn ignore(mut self, pattern: impl Into<String>) -> Self {
        self.options.ignored.push(pattern.into());
        self
    }

    /// Loads the tensors that file and network have in common; either may have more. Shapes still have to match, and it
    /// is an error if the two have nothing in common.
    pub fn partial(mut self) -> Self {
        self.options.partial = true;
        self
    }

    /// Rounds values that the network's type can't represent exactly: `f64` in the file and `f32` in the network, or
    /// large integers.
    ///
    /// Values that the network's type represents exactly are converted without this call: `f16` and `bf16`, `f32` to
    /// `f64`, integers that fit. A finite value that would become infinite is an error, with this call too.
    pub fn convert(mut self) -> Self {
        self.options.convert = true;
        self
    }

    /// Loads the tensors of a network, of a part of a network, or of any module.
    ///
    /// The tensors keep their identity, so an optimizer can continue. The elements are read and converted tensor by
    /// tensor, and are put into the network when all have been read: until then, old and new tensors are in memory, but
    /// never the whole file as well. A file without any `num_batches_tracked` (PyTorch before 0.4.1) can be loaded into
    /// a network that counts batches, and a file with them into a network that doesn't.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) with all mismatches at once, [`Error::Io`](crate::Error::Io) or
    /// [`Error::File`](crate::Error::File) if the rest of the file can't be read. After an error the model is
    /// unchanged.
    pub fn load<E, D, M>(&self, model: &mut M) -> Result<Loaded>
    where
        E: Number,
        D: Backend<E>,
        M: Parameters<E, D>,
    {
        load_into(self, model, None)
    }
}
