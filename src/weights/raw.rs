//! Named lists of values, without a network: the file format of a saved plan.

use std::{collections::BTreeMap, ops::Deref, path::Path};

use super::{
    Number,
    numbers::Stored,
    read,
    save::Saved,
    write::{Target, replace},
};
use crate::{Error, Result};

/// Writes lists of values, and texts, as safetensors.
///
/// # Errors
/// [`Error::Io`] if the file can't be written.
pub fn save<E: Number>(
    path: &Path,
    lists: Vec<(String, impl Deref<Target = [E]> + 'static)>,
    texts: &BTreeMap<&str, String>,
) -> Result<()> {
    let saved = lists.into_iter().map(|(name, numbers)| Saved {
        name,
        number_type: E::TYPE,
        shape: vec![numbers.len()],
        bytes: Box::new(move || <E as Stored>::to_bytes(&numbers)),
    });
    replace(path, Target::Safetensors, &saved.collect::<Vec<_>>(), texts)
}

/// The content of a file that [`save`] wrote: the lists, and the texts.
pub type Lists<E> = (BTreeMap<String, Vec<E>>, BTreeMap<String, String>);

/// Reads a file that [`save`] wrote.
///
/// # Errors
/// [`Error::Io`] if the file can't be read, [`Error::File`] if it is damaged, or its values have another type.
pub fn load<E: Number>(path: &Path) -> Result<Lists<E>> {
    let (_, index, content) = read::open(path)?;
    let mut lists = BTreeMap::new();
    for (name, view) in index.tensors() {
        if view.number_type != E::TYPE {
            let problem = format!("`{name}` has numbers of type {}, but {} were expected", view.number_type, E::TYPE);
            return Err(Error::File { path: path.to_owned(), problem });
        }
        let bytes = view.bytes(&content).map_err(|fault| fault.at(path))?;
        lists.insert(name.clone(), E::converted(&bytes, &view.number_type, false).unwrap_or_default());
    }
    Ok((lists, index.metadata))
}
