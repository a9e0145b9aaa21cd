//! Zip archives, the containers of npz and PyTorch files.

use std::{
    io::{BufReader, Read, copy, sink},
    sync::Arc,
};

use zip::ZipArchive;

use super::source::{Cursor, Fault, Source};

/// A zip archive. An entry is read when its bytes are requested.
pub struct Archive {
    zip: ZipArchive<BufReader<Cursor>>,
    file_length: u64,
}

/// The archive's description of an entry.
#[derive(Clone, Debug)]
pub struct Entry {
    pub index: usize,
    pub name: String,
    pub size: u64,
    /// Whether the entry is compressed. Compressed data may be much longer than the file.
    pub compressed: bool,
}

impl Archive {
    pub fn open(source: &Arc<Source>) -> Result<Self, Fault> {
        let zip = ZipArchive::new(BufReader::new(Cursor::new(source)))?;
        if zip.has_duplicate_names() {
            return Err("holds two entries of the same name; write it again".into());
        }
        Ok(Archive { zip, file_length: source.length() })
    }

    pub fn entries(&mut self) -> Result<Vec<Entry>, Fault> {
        (0..self.zip.len())
            .map(|index| {
                let data = self.zip.by_index_data(index)?;
                if data.encrypted() {
                    return Err("is encrypted, which can't be read; write it without a password".into());
                }
                let compressed = data.compression() != zip::CompressionMethod::Stored;
                if !compressed && data.size() > self.file_length {
                    return Err("has an entry that is longer than the file: it is damaged; get it again".into());
                }
                Ok(Entry { index, name: data.name()?.into_owned(), size: data.size(), compressed })
            })
            .collect()
    }

    /// The bytes of a whole entry, whose checksum is verified. `most` bounds the length of a compressed entry.
    pub fn bytes(&mut self, entry: &Entry, most: u64) -> Result<Vec<u8>, Fault> {
        if entry.compressed && entry.size > most {
            return Err(format!(
                "has the compressed entry `{}`, with {} bytes where at most {most} make sense",
                entry.name.escape_debug(),
                entry.size
            )
            .into());
        }
        let mut reader = self.zip.by_index(entry.index)?;
        let mut bytes = Vec::new();
        // The buffer grows with the data that is read.
        reader.by_ref().take(entry.size).read_to_end(&mut bytes)?;
        // The checksum is verified when the end of the entry is reached.
        let excess = copy(&mut reader.take(1), &mut sink())?;
        if bytes.len() as u64 != entry.size || excess > 0 {
            return Err("has an entry of another length than it says: it is damaged; get it again".into());
        }
        Ok(bytes)
    }

    /// The first bytes of an entry, at most `length`.
    pub fn beginning(&mut self, entry: &Entry, length: u64) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        self.zip.by_index(entry.index)?.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
