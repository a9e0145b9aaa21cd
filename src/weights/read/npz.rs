//! npz: a zip archive with a NumPy array in each entry.

use std::collections::BTreeMap;

use super::{
    Index,
    archive::{Archive, Entry},
    source::Fault,
    view::{Storage, View},
};
use crate::weights::NumberType;

const SUFFIX: &str = ".npy";
const MAGIC: &[u8] = b"\x93NUMPY";
/// The longest header in bytes; NumPy's own headers have 118 bytes or slightly more.
const LONGEST: u64 = 1 << 16;

pub fn index(archive: &mut Archive, entries: Vec<Entry>) -> Result<Index, Fault> {
    let mut tensors = Vec::new();
    for entry in entries {
        let Some(name) = entry.name.strip_suffix(SUFFIX).map(str::to_owned) else {
            return Err(format!(
                "is a zip archive with the entry `{}`: in an npz file all end in `.npy`, in one of `torch.save` there \
                 is a `data.pkl`",
                entry.name.escape_debug()
            )
            .into());
        };
        let beginning = archive.beginning(&entry, LONGEST)?;
        let header = Header::parse(&beginning)
            .ok_or_else(|| format!("holds `{}`, which is no array of NumPy; get it again", name.escape_debug()))?;
        let storage = match header.number_type {
            NumberType::Other(_) => Storage::Unreadable,
            _ => Storage::Entry { entry, header: header.length, shared: false },
        };
        tensors.push((name, View::whole(header.number_type, header.shape, storage, header.fortran)?));
    }
    Ok(Index::of(tensors, BTreeMap::new()))
}

/// The header of an array.
#[derive(Debug, PartialEq)]
struct Header {
    number_type: NumberType,
    shape: Vec<usize>,
    fortran: bool,
    /// The length of the whole header in bytes.
    length: u64,
}

impl Header {
    /// Reads a dictionary as Python prints it: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
    fn parse(bytes: &[u8]) -> Option<Header> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (version, rest) = rest.split_first_chunk::<2>()?;
        let (length, rest) = match version[0] {
            1 => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_le_bytes(*length)), rest))?,
            2 | 3 => rest.split_first_chunk().map(|(length, rest)| (u32::from_le_bytes(*length) as usize, rest))?,
            _ => return None,
        };
        let text = std::str::from_utf8(rest.get(..length)?).ok()?;
        let mut dict = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
        let (mut number_type, mut fortran, mut shape) = (None, None, None);
        while !dict.is_empty() {
            let (key, value) = dict.split_once(':')?;
            let value = value.trim_start();
            let end = match value.as_bytes().first()? {
                b'(' => value.find(')')? + 1,
                // A type with several fields.
                b'[' => value.find(']')? + 1,
                b'\'' => value[1..].find('\'')? + 2,
                _ => value.find(',').unwrap_or(value.len()),
            };
            let (value, rest) = value.split_at(end);
            match key.trim() {
                "'descr'" => number_type = Some(described(value)),
                "'fortran_order'" => fortran = Some(value.trim().parse_python()?),
                "'shape'" => shape = Some(sizes(value)?),
                _ => return None,
            }
            dict = rest.trim_start();
            dict = dict.strip_prefix(',').unwrap_or(dict).trim_start();
        }
        let length = (bytes.len() - rest.len() + length) as u64;
        Some(Header { number_type: number_type?, shape: shape?, fortran: fortran?, length })
    }
}

trait ParsePython {
    fn parse_python(&self) -> Option<bool>;
}

impl ParsePython for str {
    fn parse_python(&self) -> Option<bool> {
        match self {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        }
    }
}

fn sizes(tuple: &str) -> Option<Vec<usize>> {
    let inside = tuple.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inside = inside.strip_suffix(',').unwrap_or(inside);
    if inside.is_empty() {
        return Some(Vec::new());
    }
    // Python 2 wrote long integers as `3L`.
    inside.split(',').map(|size| size.trim().trim_end_matches('L').parse().ok()).collect()
}

/// The element type. `<` stands for little-endian, the only byte order that is read, and `|` for a type of a single
/// byte.
fn described(descr: &str) -> NumberType {
    match descr.trim_matches('\'') {
        "<f2" => NumberType::F16,
        "<f4" => NumberType::F32,
        "<f8" => NumberType::F64,
        "|i1" => NumberType::I8,
        "<i2" => NumberType::I16,
        "<i4" => NumberType::I32,
        "<i8" => NumberType::I64,
        "|u1" => NumberType::U8,
        "<u2" => NumberType::U16,
        "<u4" => NumberType::U32,
        "<u8" => NumberType::U64,
        "|b1" => NumberType::Bool,
        other => NumberType::Other(other.to_owned()),
    }
}
