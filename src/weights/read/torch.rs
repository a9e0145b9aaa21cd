//! What `torch.save` writes: a pickle that says which tensors there are, and their numbers.

use std::{
    collections::{BTreeMap, HashMap},
    io::BufReader,
    sync::Arc,
};

use super::{
    Index,
    archive::{Archive, Entry},
    pickle::{self, Id, Object, Pickle, Storage, Tensor},
    source::{Cursor, Fault, Source},
    view::{self, View},
};

/// What the legacy form begins with: a pickle of a certain number.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// Where checkpoints keep the state dict, the usual places first.
const NESTS: [&str; 8] =
    ["state_dict", "model_state_dict", "model", "net", "network", "weights", "module", "model_state"];
/// The most bytes that a compressed pickle may come to.
const LONGEST: u64 = 1 << 26;
/// The longest name of a tensor.
const LONGEST_NAME: usize = 4096;

/// The directory that an archive of PyTorch's has everything in, with its `/`.
pub fn root(entries: &[Entry]) -> Option<String> {
    let mut roots = entries.iter().filter_map(|entry| entry.name.strip_suffix("data.pkl"));
    roots.find(|root| root.is_empty() || root.ends_with('/')).map(str::to_owned)
}

/// Whether a file begins as the legacy form does.
pub fn is_legacy(beginning: &[u8]) -> bool {
    matches!(beginning, [0x80, _, 0x8a, 10, rest @ ..] if rest.starts_with(&MAGIC))
}

/// What an archive holds, as PyTorch has written it since version 1.6.
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

/// What a file holds as PyTorch wrote it before version 1.6: five pickles, then the storages.
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

/// The tensors of the state dict. `locate` finds a storage in the file, told whether several tensors have it.
fn index(pickle: &Pickle, locate: impl Fn(&Storage, bool) -> Option<view::Storage>) -> Result<Index, Fault> {
    let mut index = Index::default();
    let Some(state) = state_dict(pickle, pickle.root, 2, &mut index.metadata)? else {
        return Err(no_state_dict(pickle)?.into());
    };
    let tensors: Vec<(String, &Tensor)> = state
        .into_iter()
        .filter_map(|(name, id)| match pickle.object(id) {
            Object::Tensor(tensor) => Some((name, tensor)),
            _ => None,
        })
        .collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for (_, tensor) in &tensors {
        *uses.entry(tensor.storage.key.as_str()).or_default() += 1;
    }
    for (name, tensor) in &tensors {
        let key = tensor.storage.key.as_str();
        let shared = uses.get(key).is_some_and(|uses| *uses > 1);
        let storage = locate(&tensor.storage, shared).ok_or_else(|| missing(key))?;
        let Tensor { number_type, shape, offset, strides, .. } = (*tensor).clone();
        index.tensors.push((name.clone(), View::new(number_type, shape, storage, offset, strides)?));
    }
    Ok(index)
}

/// The entries of a dictionary, each name with what it was given last. Numbers are names too.
fn entries(pickle: &Pickle, id: Id) -> Result<Option<Vec<(String, Id)>>, Fault> {
    let Object::Dict(dict) = pickle.object(id) else { return Ok(None) };
    let mut entries: Vec<(String, Id)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (key, value) in dict {
        let name = match pickle.object(*key) {
            Object::Text(name) if name.len() > LONGEST_NAME => {
                return Err(format!("has a name of {} bytes: it is damaged; get it again", name.len()).into());
            }
            Object::Text(name) => name.clone(),
            Object::Int(number) => number.to_string(),
            _ => continue,
        };
        match places.get(&name) {
            Some(place) => entries[*place].1 = *value,
            None => {
                places.insert(name.clone(), entries.len());
                entries.push((name, *value));
            }
        }
    }
    Ok(Some(entries))
}

/// Finds the dictionary of tensors: this one, or one in it. What stands beside it becomes metadata.
fn state_dict(
    pickle: &Pickle,
    id: Id,
    depth: usize,
    metadata: &mut BTreeMap<String, String>,
) -> Result<Option<Vec<(String, Id)>>, Fault> {
    let Some(entries) = entries(pickle, id)? else { return Ok(None) };
    let beside = entries.iter().filter_map(|(name, id)| {
        let value = match pickle.object(*id) {
            Object::Bool(value) => value.to_string(),
            Object::Int(value) => value.to_string(),
            Object::Float(value) => value.to_string(),
            Object::Text(value) if value.len() <= LONGEST_NAME => value.clone(),
            _ => return None,
        };
        Some((name.clone(), value))
    });
    let beside: Vec<_> = beside.collect();
    let has_tensors = entries.iter().any(|(_, id)| matches!(pickle.object(*id), Object::Tensor(_)));
    if has_tensors || entries.is_empty() {
        metadata.extend(beside);
        return Ok(Some(entries));
    }
    if depth > 0 {
        for nest in NESTS {
            let Some((_, id)) = entries.iter().find(|(name, _)| name == nest) else { continue };
            if let Some(found) = state_dict(pickle, *id, depth - 1, metadata)? {
                metadata.extend(beside);
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

fn no_state_dict(pickle: &Pickle) -> Result<String, Fault> {
    let instead = "write `torch.save(model.state_dict(), path)`";
    let Some(entries) = entries(pickle, pickle.root)? else {
        return Ok(format!("holds no state dict, but a single object; {instead}"));
    };
    let mut names: Vec<_> = entries.iter().take(8).map(|(name, _)| format!("`{}`", name.escape_debug())).collect();
    if entries.len() > names.len() {
        names.push("…".into());
    }
    Ok(format!(
        "has no tensors in {}; looked for are those of a state dict, at the top or under one of `{}`. In Python, {instead}",
        names.join(", "),
        NESTS.join("`, `")
    ))
}
