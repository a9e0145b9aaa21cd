//! Writing files.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Seek, Write},
    path::Path,
};

use serde_json::{Map, Value, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{NumberType, save::Saved};
use crate::{Error, Result};

/// A format that is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    Safetensors,
    Npz,
}

impl Target {
    /// The format for a file's extension.
    pub fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().unwrap_or_default();
        let is = |name| extension.eq_ignore_ascii_case(name);
        match () {
            () if is("safetensors") => Ok(Target::Safetensors),
            () if is("npz") => Ok(Target::Npz),
            () => Err(Error::Argument(format!(
                "{}: the extension says the format of weights, and is to be `.safetensors` or `.npz`",
                path.display()
            ))),
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Target::Safetensors => ".safetensors.tmp",
            Target::Npz => ".npz.tmp",
        }
    }
}

/// Writes a file so that a crash leaves either the old file or the new one, never half of it. Errors name this file or
/// its directory.
pub fn replace(path: &Path, target: Target, tensors: &[Saved], metadata: &BTreeMap<&str, String>) -> Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    if !directory.is_dir() {
        let problem = "expected a directory to save into, but there is none; create it first";
        return Err(Error::io(directory)(io::Error::new(io::ErrorKind::NotFound, problem)));
    }
    write(path, directory, target, tensors, metadata).map_err(Error::io(path))
}

fn write(
    path: &Path,
    directory: &Path,
    target: Target,
    tensors: &[Saved],
    metadata: &BTreeMap<&str, String>,
) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(target.suffix());
    #[cfg(unix)]
    {
        // The mode of any new file, which the umask restricts. A temporary file is private by default, and would stay
        // so.
        use std::{fs::Permissions, os::unix::fs::PermissionsExt};
        builder.permissions(Permissions::from_mode(0o666));
    }
    // Its errors name the temporary file, which the caller doesn't know. The kind of the error is enough.
    let file = builder.tempfile_in(directory).map_err(|error| io::Error::from(error.kind()))?;
    let mut writer = BufWriter::new(file.as_file());
    match target {
        Target::Safetensors => safetensors(&mut writer, tensors, metadata)?,
        Target::Npz => npz(&mut writer, tensors)?,
    }
    writer.flush()?;
    drop(writer);
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failure| failure.error)?;
    // The new name has to reach the disk as well. On systems that can't open a directory, this is left to the system.
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
    Ok(())
}

/// The length of the header, the header in JSON, then the elements of all tensors. Tensors with the largest elements
/// come first, so that each is aligned for its type.
fn safetensors(writer: &mut impl Write, tensors: &[Saved], metadata: &BTreeMap<&str, String>) -> io::Result<()> {
    let mut sorted: Vec<&Saved> = tensors.iter().collect();
    sorted.sort_by(|a, b| b.number_type.size().cmp(&a.number_type.size()).then(a.name.cmp(&b.name)));
    let mut header = Map::from_iter([("__metadata__".to_owned(), json!(metadata))]);
    let mut start = 0;
    for tensor in &sorted {
        let end = start + tensor.length();
        let info =
            json!({ "dtype": tensor.number_type.to_string(), "shape": tensor.shape, "data_offsets": [start, end] });
        header.insert(tensor.name.clone(), info);
        start = end;
    }
    let mut header = serde_json::to_vec(&Value::Object(header))?;
    header.resize(header.len().next_multiple_of(8), b' ');
    writer.write_all(&(header.len() as u64).to_le_bytes())?;
    writer.write_all(&header)?;
    sorted.iter().try_for_each(|tensor| writer.write_all(&(tensor.bytes)()))
}

/// An archive of NumPy arrays, as `numpy.savez` writes it.
fn npz(writer: &mut (impl Write + Seek), tensors: &[Saved]) -> io::Result<()> {
    let mut archive = ZipWriter::new(writer);
    for tensor in tensors {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(tensor.length() as u64 >= u64::from(u32::MAX) - 1024);
        archive.start_file(format!("{}.npy", tensor.name), options)?;
        archive.write_all(&array_header(&tensor.number_type, &tensor.shape))?;
        archive.write_all(&(tensor.bytes)())?;
    }
    archive.finish()?;
    Ok(())
}

/// The header of an array: NumPy's format 1.0, padded so that the elements begin at a multiple of 64 bytes.
fn array_header(number_type: &NumberType, shape: &[usize]) -> Vec<u8> {
    let descr = match number_type {
        NumberType::F32 => "<f4",
        NumberType::F64 => "<f8",
        NumberType::I64 => "<i8",
        _ => "<u8",
    };
    let sizes: Vec<_> = shape.iter().map(usize::to_string).collect();
    // Python writes a tuple of one element with a comma.
    let comma = if sizes.len() == 1 { "," } else { "" };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}{comma}), }}", sizes.join(", "))
        .into_bytes();
    let magic = b"\x93NUMPY\x01\x00";
    let before = magic.len() + 2;
    text.resize((before + text.len() + 1).next_multiple_of(64) - before - 1, b' ');
    text.push(b'\n');
    let length = text.len() as u16;
    [magic.as_slice(), &length.to_le_bytes(), &text].concat()
}
