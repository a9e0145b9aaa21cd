//! safetensors: a header in JSON, followed by the elements.

use safetensors::{Dtype, tensor::Metadata};

use super::{
    Index,
    source::{Fault, Source},
    view::{Storage, View},
};
use crate::weights::NumberType;

/// The number of bytes that hold the length of the header.
const PREFIX: u64 = 8;
/// The longest header, as in the `safetensors` library.
const LONGEST: u64 = 100_000_000;

/// Whether a file begins like a safetensors file.
pub fn is_header(beginning: &[u8]) -> bool {
    beginning.get(PREFIX as usize) == Some(&b'{')
}

pub fn index(source: &Source) -> Result<Index, Fault> {
    let damaged =
        |problem: &dyn std::fmt::Display| Fault::Content(format!("is no complete safetensors file: {problem}"));
    let length = source.bytes(0, PREFIX)?.try_into().map_or(0, u64::from_le_bytes);
    if length > LONGEST || length > source.length() - PREFIX {
        return Err(damaged(&format!("its header would have {length} bytes; get it again")));
    }
    // The library checks offsets, shapes and types, and that the tensors follow each other without a gap.
    let header: Metadata =
        serde_json::from_slice(&source.bytes(PREFIX, length)?).map_err(|problem| damaged(&problem))?;
    let (has, needs) = (source.length() - PREFIX - length, header.data_len() as u64);
    if has != needs {
        return Err(damaged(&format!("{needs} bytes of numbers should follow the header, but {has} do; get it again")));
    }
    let mut tensors = Vec::new();
    for name in header.offset_keys() {
        let Some(info) = header.info(&name) else { continue };
        let (start, end) = info.data_offsets;
        let storage = Storage::Piece { offset: PREFIX + length + start as u64, length: (end - start) as u64 };
        let view = View::whole(number_type(info.dtype), info.shape.clone(), storage, false)?;
        tensors.push((name, view));
    }
    let metadata = header.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone()));
    Ok(Index::of(tensors, metadata.collect()))
}

fn number_type(dtype: Dtype) -> NumberType {
    match dtype {
        Dtype::F16 => NumberType::F16,
        Dtype::BF16 => NumberType::BF16,
        Dtype::F32 => NumberType::F32,
        Dtype::F64 => NumberType::F64,
        Dtype::I8 => NumberType::I8,
        Dtype::I16 => NumberType::I16,
        Dtype::I32 => NumberType::I32,
        Dtype::I64 => NumberType::I64,
        Dtype::U8 => NumberType::U8,
        Dtype::U16 => NumberType::U16,
        Dtype::U32 => NumberType::U32,
        Dtype::U64 => NumberType::U64,
        Dtype::BOOL => NumberType::Bool,
        other => NumberType::Other(other.to_string()),
    }
}
