//! Reading weights files: which tensors there are, and where their elements are.

mod archive;
mod npz;
mod pickle;
mod safetensors;
mod source;
mod state_dict;
mod torch;
mod view;

use std::{collections::BTreeMap, fmt, path::Path};

use crate::{Error, Result};

pub use source::Fault;
pub use view::{Content, View};

/// The format of a weights file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// [safetensors](https://huggingface.co/docs/safetensors).
    Safetensors,
    /// NumPy's archive format, written by `numpy.savez` and `numpy.savez_compressed`.
    Npz,
    /// PyTorch's format since version 1.6, a zip archive.
    PyTorch,
    /// PyTorch's format before version 1.6.
    LegacyPyTorch,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Format::Safetensors => "safetensors",
            Format::Npz => "npz",
            Format::PyTorch => "PyTorch",
            Format::LegacyPyTorch => "PyTorch (before 1.6)",
        })
    }
}

/// The description of a file's content.
#[derive(Default)]
pub struct Index {
    /// The file's tensors. A PyTorch file has one part for each of its dictionaries; other files have a single part.
    pub parts: Vec<Part>,
    /// The part that is used if the caller chooses none.
    pub chosen: Option<usize>,
    /// The other entries of the file.
    pub metadata: BTreeMap<String, String>,
}

/// The tensors of one dictionary.
#[derive(Default)]
pub struct Part {
    /// The keys that lead there, separated by dots.
    pub path: String,
    /// The tensors and their names, in the file's order. Names are unique.
    pub tensors: Vec<(String, View)>,
}

impl Index {
    /// The index of a file whose tensors are in one part.
    pub fn of(tensors: Vec<(String, View)>, metadata: BTreeMap<String, String>) -> Self {
        Index { parts: vec![Part { path: String::new(), tensors }], chosen: Some(0), metadata }
    }

    /// The tensors of the part that is used if the caller chooses none.
    pub fn tensors(&self) -> &[(String, View)] {
        self.chosen.and_then(|chosen| self.parts.get(chosen)).map_or(&[], |part| &part.tensors)
    }

    /// The tensors below a path, whose names are what follows the path. The empty path means the tensors at the top.
    pub fn below(&self, path: &str) -> Vec<(String, View)> {
        let mut below = Vec::new();
        for part in &self.parts {
            for (name, view) in &part.tensors {
                let rest = match path {
                    "" => part.path.is_empty().then(|| name.clone()),
                    path => strip(&join(&part.path, name), path),
                };
                below.extend(rest.map(|rest| (rest, view.clone())));
            }
        }
        below
    }
}

fn strip(name: &str, path: &str) -> Option<String> {
    Some(name.strip_prefix(path)?.strip_prefix('.')?.to_owned())
}

/// A path and a name, joined by a dot.
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Reads which tensors a file holds, but none of their elements.
pub fn open(path: &Path) -> Result<(Format, Index, Content)> {
    let source = source::Source::open(path)?;
    let read = || -> Result<(Format, Index, Content), Fault> {
        let beginning = source.bytes(0, source.length().min(512))?;
        if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"PK\x05\x06") {
            let mut archive = archive::Archive::open(&source)?;
            let entries = archive.entries()?;
            let (format, index) = if let Some(root) = torch::root(&entries) {
                (Format::PyTorch, torch::archive(&mut archive, &entries, root)?)
            } else {
                (Format::Npz, npz::index(&mut archive, entries)?)
            };
            return Ok((format, index, Content::new(source.clone(), Some(archive))));
        }
        let (format, index) = if safetensors::is_header(&beginning) {
            (Format::Safetensors, safetensors::index(&source)?)
        } else if torch::is_legacy(&beginning) {
            (Format::LegacyPyTorch, torch::legacy(&source)?)
        } else {
            return Err(unknown(&beginning).into());
        };
        Ok((format, index, Content::new(source.clone(), None)))
    };
    read().map_err(|fault: Fault| -> Error { fault.at(path) })
}

/// The message for a file that has none of these formats.
fn unknown(beginning: &[u8]) -> String {
    let known: &[(&[u8], &str)] = &[
        (b"", "is empty"),
        (b"version https://git-lfs", "is a pointer of Git LFS, not the file itself: `git lfs pull` gets that"),
        (b"\x89HDF", "is HDF5: load it in Python, and write its arrays with `numpy.savez`"),
        (b"\x93NUMPY", "is a single array of NumPy: write it with `numpy.savez(path, name=array)`"),
        (b"<", "is a page of the web or XML, no weights: the download went wrong; get it again"),
        (b"\x1f\x8b", "is compressed with gzip: decompress it first"),
        (b"\x80", "is a pickle, but not one of `torch.save`: write it with that, or with `numpy.savez`"),
    ];
    let tar = beginning.get(257..262) == Some(b"ustar".as_slice());
    let what = match () {
        () if tar => {
            Some("is a tar archive, as PyTorch wrote before version 0.1.10; load it in Python, and save it again")
        }
        () if beginning.is_empty() => Some("is empty: it was not written completely; get it again"),
        () => known[1..].iter().find(|(magic, _)| beginning.starts_with(magic)).map(|(_, what)| *what),
    };
    let first = &beginning[..beginning.len().min(8)];
    let what = what.map_or_else(
        || format!("is of no format that is known, or damaged: it begins with \"{}\"", first.escape_ascii()),
        str::to_owned,
    );
    format!("{what} (read are safetensors, npz, and what `torch.save` writes of a state dict)")
}
