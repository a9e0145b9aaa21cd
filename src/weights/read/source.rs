//! The bytes of a file, and the errors of reading them.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{Error, Result};

/// Why a file can't be read. [`at`](Fault::at) adds the path of the file.
#[derive(Debug)]
pub enum Fault {
    /// An error of the operating system.
    Io(io::Error),
    /// An error in the content of the file.
    Content(String),
}

impl Fault {
    pub fn at(self, path: &Path) -> Error {
        match self {
            Fault::Io(source) => Error::io(path)(source),
            Fault::Content(problem) => Error::file(path, problem),
        }
    }
}

impl From<String> for Fault {
    fn from(problem: String) -> Self {
        Fault::Content(problem)
    }
}

impl From<&str> for Fault {
    fn from(problem: &str) -> Self {
        Fault::Content(problem.into())
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // An error of the operating system has a number. The others come from decompression and checksums.
            _ if error.raw_os_error().is_some() => Fault::Io(error),
            io::ErrorKind::UnexpectedEof => {
                "ends too early: it is damaged, or was not written completely; get it again".into()
            }
            _ => format!("is damaged ({error}); get it again").into(),
        }
    }
}

impl From<zip::result::ZipError> for Fault {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => error.into(),
            other => format!("is a zip archive that can't be read ({other}); get it again").into(),
        }
    }
}

/// A file that is read piece by piece.
///
/// It isn't mapped into memory: that takes `unsafe`, and if another process truncates a mapped file, this process is
/// killed, whereas reading returns an error.
#[derive(Debug)]
pub struct Source {
    file: Mutex<File>,
    length: u64,
}

impl Source {
    pub fn open(path: &Path) -> Result<Arc<Self>> {
        let file = File::open(path).map_err(Error::io(path))?;
        let metadata = file.metadata().map_err(Error::io(path))?;
        if metadata.is_dir() {
            return Err(Error::file(path, "is a directory; give the file of weights in it"));
        }
        Ok(Arc::new(Source { file: Mutex::new(file), length: metadata.len() }))
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes of this range. Nothing is allocated if the file is shorter.
    pub fn bytes(&self, offset: u64, length: u64) -> Result<Vec<u8>, Fault> {
        if offset.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let mut bytes = Vec::new();
        let size = usize::try_from(length).ok().filter(|size| bytes.try_reserve_exact(*size).is_ok());
        bytes.resize(size.ok_or("holds a tensor that memory has no room for")?, 0);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// A position in a file, from which reading continues.
#[derive(Debug)]
pub struct Cursor {
    source: Arc<Source>,
    position: u64,
}

impl Cursor {
    pub fn new(source: &Arc<Source>) -> Self {
        Cursor { source: source.clone(), position: 0 }
    }
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.source.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.position))?;
        let count = file.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.source.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
