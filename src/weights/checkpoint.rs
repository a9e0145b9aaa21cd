//! A file of weights, opened.

use std::{collections::BTreeMap, fmt, path::Path, path::PathBuf};

use super::{
    Format, Loaded, Number, NumberType,
    load::load_into,
    loaded::Few,
    read::{self, Content, Index, View},
};
use crate::{Result, ops::Backend, parameters::Parameters, path};

/// Opens a file of weights: safetensors, npz, or what `torch.save` writes of a state dict. The format is told by the
/// content, whatever the file's name.
///
/// What is in the file is read now, the numbers when they are loaded. A checkpoint of PyTorch's may have its state dict
/// inside, with other tensors beside it (`{"model_state_dict": …, "loss": …, "epoch": …}`): the usual names are found, and
/// [`under`](Checkpoint::under) chooses any other. Its pickle is read, never run: one that names anything but what tensors
/// are made of is refused.
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
/// [`Error::Io`](crate::Error::Io) if the file can't be read, [`Error::File`](crate::Error::File) if it is of none of
/// these formats, is damaged, or wants code to be run.
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

/// A file of weights: what is in it, and how it is to be loaded.
///
/// [`open`] makes it. The methods from [`under`](Checkpoint::under) on say how; [`load`](Checkpoint::load) does it.
pub struct Checkpoint {
    pub(super) path: PathBuf,
    format: Format,
    pub(super) index: Index,
    /// Those of the part that is loaded.
    pub(super) tensors: Vec<(String, View)>,
    pub(super) content: Content,
    pub(super) options: Options,
}

/// How to load.
#[derive(Default)]
pub(super) struct Options {
    pub under: Option<String>,
    renames: Vec<Box<dyn Fn(&str) -> String + Send + Sync>>,
    ignored: Vec<String>,
    pub partial: bool,
    pub convert: bool,
}

impl Options {
    /// What a name of the file becomes.
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

    /// Its sizes.
    pub fn shape(&self) -> &'a [usize] {
        &self.view.shape
    }

    /// The type of its numbers.
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
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The names of its tensors, in the file's order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.iter().map(|(name, _)| name.as_str())
    }

    /// Its tensors, in the file's order.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        self.tensors.iter().map(|(name, view)| Entry { name, view })
    }

    /// The tensor of this name, if there is one.
    pub fn tensor(&self, name: &str) -> Option<Entry<'_>> {
        self.tensors().find(|tensor| tensor.name == name)
    }

    /// What else the file says. [`save`](super::save) writes `network`, `input`, `output` and `shapewright` (the
    /// version) into safetensors; in PyTorch's files it is what stands beside the tensors, such as `epoch`.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.index.metadata
    }

    /// Chooses a part of the file: the tensors below these keys, under the rest of their names.
    ///
    /// Keys are given from the top of the file, with dots between them. It is the way into the dictionaries of a PyTorch
    /// checkpoint, `{"generator": …, "discriminator": …}`; in the other formats, to the names that begin with these keys.
    /// `""` means the tensors at the top of the file. After a second call, the first one has no effect.
    ///
    /// Without it, a PyTorch file is searched for a state dict: under the usual names (`state_dict`, `model_state_dict`,
    /// `model`, …), at the top, or wherever the only tensors are that aren't an optimizer's.
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

    /// What to say of a file that has tensors, but none in the part that is loaded.
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

    /// Gives every tensor of the file another name; see [`keys`](super::keys) for maps that are ready. It may be called
    /// several times: each map gets what the one before it made.
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

    /// Leaves tensors out, on both sides: those of the network stay as they are, those of the file aren't loaded.
    ///
    /// `*` in the pattern stands for any text, dots included: `fc.*`, `*.bias`. In the file, it is compared to a name as it is and
    /// as it is renamed. It may be called several times.
    pub fn ignore(mut self, pattern: impl Into<String>) -> Self {
        self.options.ignored.push(pattern.into());
        self
    }

    /// Loads what file and network have in common, though either may have more. Shapes still have to fit, and it is an
    /// error if they have nothing in common.
    pub fn partial(mut self) -> Self {
        self.options.partial = true;
        self
    }

    /// Rounds numbers where the network's are less exact: `f64` in the file, `f32` in the network, or large integers.
    ///
    /// Numbers that the network's type has exactly are converted without it: `f16` and `bf16`, `f32` to `f64`, integers that
    /// fit. A number that becomes infinite doesn't fit, rounded or not.
    pub fn convert(mut self) -> Self {
        self.options.convert = true;
        self
    }

    /// Loads the tensors of a network, of a part of one, or of any module.
    ///
    /// The tensors keep their identity, so an optimizer goes on where it was. The numbers are read and converted one
    /// tensor after the other, and take their places when all have been read: until then there are old and new ones in
    /// memory, never the whole file as well. A file without any `num_batches_tracked` (PyTorch before 0.4.1) fits a
    /// network that counts batches, and the other way round.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) with all misfits at once, [`Error::Io`](crate::Error::Io) or
    /// [`Error::File`](crate::Error::File) if the file can't be read on. After an error the model is as it was.
    pub fn load<E, D, M>(&self, model: &mut M) -> Result<Loaded>
    where
        E: Number,
        D: Backend<E>,
        M: Parameters<E, D>,
    {
        load_into(self, model, None)
    }
}
