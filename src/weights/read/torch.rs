//! The files of `torch.save`: a pickle that describes the tensors, and the elements.

use std::{collections::HashMap, io::BufReader, sync::Arc};

use super::{
    Index, Part,
    archive::{Archive, Entry},
    pickle::{self, Object, Pickle, Storage, Tensor},
    source::{Cursor, Fault, Source},
    state_dict::{Dictionaries, entries},
    view::{self, View},
};

/// The beginning of a legacy file: the pickle of a magic number.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The largest decompressed length of a pickle.
const LONGEST: u64 = 1 << 26;

/// The directory that holds all entries of a PyTorch archive, with its `/`.
pub fn root(entries: &[Entry]) -> Option<String> {
    let mut roots = entries.iter().filter_map(|entry| entry.name.strip_suffix("data.pkl"));
    roots.find(|root| root.is_empty() || root.ends_with('/')).map(str::to_owned)
}

/// Whether a file begins like a legacy file.
pub fn is_legacy(beginning: &[u8]) -> bool {
    matches!(beginning, [0x80, _, 0x8a, 10, rest @ ..] if rest.starts_with(&MAGIC))
}

/// The index of an archive, which PyTorch writes since version 1.6.
pub fn archive(archive: &mut Archive, entries: &[Entry], root: String) -> Result<Index, Fault> {
    let named = entries.iter().filter_map(|entry| Some((entry.name.strip_prefix(&root)?, entry)));
    let by_name: HashMap<&str, &Entry> = named.collect();
    if let Some(order) = by_name.get("byteorder")
        && archive.bytes(order, 64)? != b"little"
    {
        return Err(big_endian());
    }
    let entry = by_name.get("data.pkl").ok_or("has no `data.pkl`; get it again")?;
    let bytes = archive.bytes(entry, LONGEST)?;
    let pickle = pickle::read(&mut bytes.as_slice(), bytes.len() as u64)?;
    index(&pickle, |storage, shared| {
        let entry = *by_name.get(format!("data/{}", storage.key).as_str())?;
        let fits = storage.offset == 0 && entry.size == storage.length;
        fits.then(|| view::Storage::Entry { entry: entry.clone(), header: 0, shared })
    })
}

/// The index of a file that PyTorch wrote before version 1.6: five pickles, then the storages.
pub fn legacy(source: &Arc<Source>) -> Result<Index, Fault> {
    let mut reader = BufReader::new(Cursor::new(source));
    let mut position = 0;
    let mut next = || -> Result<Pickle, Fault> {
        let pickle = pickle::read(&mut reader, source.length() - position)?;
        position += pickle.length;
        Ok(pickle)
    };
    let (_magic, _version, system, pickle, keys) = (next()?, next()?, next()?, next()?, next()?);
    if let Some(entries) = entries(&system, system.root)?
        && entries.iter().any(|(name, id)| name == "little_endian" && matches!(system.object(*id), Object::Bool(false)))
    {
        return Err(big_endian());
    }
    let sizes: HashMap<&str, u64> =
        pickle.storages().map(|storage| (storage.key.as_str(), storage.number_size)).collect();
    let Object::List(list) = keys.object(keys.root) else {
        return Err("has no list of its storages: it is damaged; get it again".into());
    };
    let mut pieces = HashMap::new();
    for key in list {
        let Object::Text(key) = keys.object(*key) else { return Err(missing("?")) };
        let size = sizes.get(key.as_str()).ok_or_else(|| missing(key))?;
        let count = source.bytes(position, 8)?.try_into().map_or(0, u64::from_le_bytes);
        let length = count.checked_mul(*size).filter(|length| *length <= source.length() - position - 8);
        let length =
            length.ok_or("ends within a tensor: it is damaged, or was not written completely; get it again")?;
        pieces.insert(key.as_str(), (position + 8, length));
        position += 8 + length;
    }
    index(&pickle, |storage, _| {
        let (offset, length) = *pieces.get(storage.key.as_str())?;
        let end = storage.offset.checked_add(storage.length)?;
        (end <= length).then_some(view::Storage::Piece { offset: offset + storage.offset, length: storage.length })
    })
}

fn big_endian() -> Fault {
    "was written on a machine whose numbers begin with the highest byte, which isn't read; load it in Python on such a \
     machine, and write it with `safetensors.torch.save_file`"
        .into()
}

fn missing(key: &str) -> Fault {
    format!(
        "lacks the data of storage `{}`, or has more or less of it: it is damaged; get it again",
        key.escape_debug()
    )
    .into()
}

/// The tensors of all dictionaries. `locate` finds a storage in the file; its `bool` says whether several tensors use
/// the storage.
fn index(pickle: &Pickle, locate: impl Fn(&Storage, bool) -> Option<view::Storage>) -> Result<Index, Fault> {
    let dictionaries = Dictionaries::of(pickle)?;
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for (_, tensor) in dictionaries.list.iter().flat_map(|dictionary| &dictionary.tensors) {
        *uses.entry(tensor.storage.key.as_str()).or_default() += 1;
    }
    let chosen = dictionaries.state_dict();
    let mut index = Index { chosen, metadata: dictionaries.metadata(chosen), ..Index::default() };
    for dictionary in &dictionaries.list {
        let mut part = Part { path: dictionary.path.clone(), tensors: Vec::new() };
        for (name, tensor) in &dictionary.tensors {
            let key = tensor.storage.key.as_str();
            let shared = uses.get(key).is_some_and(|uses| *uses > 1);
            let storage = locate(&tensor.storage, shared).ok_or_else(|| missing(key))?;
            let Tensor { number_type, shape, offset, strides, negated, .. } = (*tensor).clone();
            let view = View::new(number_type, shape, storage, offset, strides)?.negated(negated);
            part.tensors.push((name.clone(), view));
        }
        index.parts.push(part);
    }
    Ok(index)
}
