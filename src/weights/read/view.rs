//! Where the elements of a tensor are in a file.

use std::sync::{Arc, Mutex, PoisonError};

use super::{
    archive::{Archive, Entry},
    source::{Fault, Source},
};
use crate::weights::NumberType;

/// The opened file, from which elements are read.
pub struct Content {
    pub source: Arc<Source>,
    pub archive: Option<Mutex<Archive>>,
    /// The entry of the archive that was read last, for the tensors that share it.
    last: Mutex<Option<(usize, Arc<Vec<u8>>)>>,
}

impl Content {
    pub fn new(source: Arc<Source>, archive: Option<Archive>) -> Self {
        Content { source, archive: archive.map(Mutex::new), last: Mutex::new(None) }
    }

    fn entry(&self, entry: &Entry, most: u64, shared: bool) -> Result<Arc<Vec<u8>>, Fault> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((index, bytes)) = &*last
            && *index == entry.index
        {
            return Ok(bytes.clone());
        }
        *last = None;
        let archive = self.archive.as_ref().ok_or("is no archive")?;
        let bytes = Arc::new(archive.lock().unwrap_or_else(PoisonError::into_inner).bytes(entry, most)?);
        if shared {
            *last = Some((entry.index, bytes.clone()));
        }
        Ok(bytes)
    }

    /// Frees the entry that was kept for other tensors.
    pub fn forget(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The bytes that hold the elements of a tensor, and possibly more.
#[derive(Clone, Debug)]
pub enum Storage {
    /// A range of the file.
    Piece { offset: u64, length: u64 },
    /// An entry of an archive, after its header. `shared` says whether other tensors use it too.
    Entry { entry: Entry, header: u64, shared: bool },
    /// Bytes that can't be read.
    Unreadable,
}

impl Storage {
    fn length(&self) -> u64 {
        match self {
            Storage::Piece { length, .. } => *length,
            Storage::Entry { entry, header, .. } => entry.size.saturating_sub(*header),
            Storage::Unreadable => 0,
        }
    }
}

/// A tensor in a file: where the element at each index is.
#[derive(Clone, Debug)]
pub struct View {
    pub number_type: NumberType,
    pub shape: Vec<usize>,
    storage: Storage,
    /// The position of the first element, in elements.
    offset: usize,
    /// The distance from an element to the next one along each dimension, in elements.
    strides: Vec<usize>,
    /// Whether the storage holds the negated elements, which are floats.
    negated: bool,
}

const TOO_LARGE: &str = "holds a tensor with more elements than memory has room for: it is damaged; get it again";

impl View {
    /// A tensor whose elements may be anywhere in its storage.
    pub fn new(
        number_type: NumberType,
        shape: Vec<usize>,
        storage: Storage,
        offset: usize,
        strides: Vec<usize>,
    ) -> Result<Self, Fault> {
        let view = View { number_type, shape, storage, offset, strides, negated: false };
        if view.shape.len() != view.strides.len() {
            return Err("holds a tensor with more dimensions than strides, or fewer; get it again".into());
        }
        let Some(size) = view.number_type.size() else { return Ok(view) };
        let end = view.end().and_then(|end| end.checked_mul(size)).ok_or(TOO_LARGE)?;
        if end as u64 > view.storage.length() {
            return Err("holds a tensor that reaches beyond its data: it is damaged; get it again".into());
        }
        Ok(view)
    }

    /// A tensor that fills its storage, in row-major order, or in column-major order (`fortran`).
    pub fn whole(number_type: NumberType, shape: Vec<usize>, storage: Storage, fortran: bool) -> Result<Self, Fault> {
        let strides = if fortran {
            let reversed: Vec<_> = shape.iter().rev().copied().collect();
            steps(&reversed).map(|steps| steps.into_iter().rev().collect())
        } else {
            steps(&shape)
        };
        let view = View::new(number_type, shape, storage, 0, strides.ok_or(TOO_LARGE)?)?;
        if let Some(size) = view.number_type.size()
            && view.length().and_then(|length| length.checked_mul(size)).map(|length| length as u64)
                != Some(view.storage.length())
        {
            return Err("holds a tensor with more or less data than its shape says: it is damaged; get it again".into());
        }
        Ok(view)
    }

    /// The same view, with the sign of each element flipped if `negated` is true.
    pub fn negated(self, negated: bool) -> Self {
        View { negated, ..self }
    }

    /// The number of elements.
    fn length(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size))
    }

    /// The position after the last element, in elements of the storage.
    fn end(&self) -> Option<usize> {
        if self.length()? == 0 {
            return Some(0);
        }
        let dims = self.shape.iter().zip(&self.strides);
        let mut last = dims.map(|(size, stride)| (size - 1).checked_mul(*stride));
        last.try_fold(self.offset, |sum, step| sum.checked_add(step?))?.checked_add(1)
    }

    /// The bytes of the elements, in row-major order.
    pub fn bytes(&self, content: &Content) -> Result<Vec<u8>, Fault> {
        let mut bytes = self.stored_bytes(content)?;
        if let Some(size) = self.number_type.size().filter(|_| self.negated) {
            // The bytes are little-endian, and the sign is the highest bit.
            bytes.iter_mut().skip(size - 1).step_by(size).for_each(|highest| *highest ^= 0x80);
        }
        Ok(bytes)
    }

    fn stored_bytes(&self, content: &Content) -> Result<Vec<u8>, Fault> {
        let (Some(size), Some(length), Some(end)) = (self.number_type.size(), self.length(), self.end()) else {
            return Err(TOO_LARGE.into());
        };
        if length == 0 {
            return Ok(Vec::new());
        }
        let wanted = length.checked_mul(size).ok_or(TOO_LARGE)? as u64;
        match &self.storage {
            Storage::Piece { offset, .. } => {
                let start = (self.offset * size) as u64;
                let bytes = content.source.bytes(offset + start, (end * size) as u64 - start)?;
                Ok(if bytes.len() as u64 == wanted && self.is_dense() { bytes } else { self.gather(&bytes, size) })
            }
            Storage::Entry { entry, header, shared } => {
                // A compressed entry states its length. The length is accepted only up to a limit that depends on the
                // tensor's size.
                let most = content.source.length().max(wanted.saturating_mul(4)) + header;
                let bytes = content.entry(entry, most, *shared)?;
                let start = *header as usize + self.offset * size;
                let range = start..*header as usize + end * size;
                let part = bytes.get(range).ok_or("holds a tensor that reaches beyond its data; get it again")?;
                Ok(if self.is_dense() { part.to_vec() } else { self.gather(part, size) })
            }
            Storage::Unreadable => Err("holds a tensor that can't be read".into()),
        }
    }

    /// Whether the elements are contiguous, in row-major order.
    fn is_dense(&self) -> bool {
        let Some(steps) = steps(&self.shape) else { return false };
        self.shape.iter().zip(steps).zip(&self.strides).all(|((size, step), stride)| *size == 1 || step == *stride)
    }

    /// Copies the elements from bytes that begin with the first element.
    fn gather(&self, bytes: &[u8], size: usize) -> Vec<u8> {
        let mut gathered = Vec::with_capacity(self.length().unwrap_or(0) * size);
        let mut index = vec![0; self.shape.len()];
        let mut position = 0;
        loop {
            gathered.extend_from_slice(&bytes[position * size..(position + 1) * size]);
            // The next index: the last component that can grow is incremented, and those after it are reset to 0.
            let Some(axis) = (0..index.len()).rev().find(|axis| index[*axis] + 1 < self.shape[*axis]) else {
                return gathered;
            };
            for (behind, stride) in index.iter_mut().zip(&self.strides).skip(axis + 1) {
                position -= *behind * stride;
                *behind = 0;
            }
            index[axis] += 1;
            position += self.strides[axis];
        }
    }
}

/// The strides of a tensor in row-major order.
fn steps(shape: &[usize]) -> Option<Vec<usize>> {
    let mut steps = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        steps[axis - 1] = steps[axis].checked_mul(shape[axis])?;
    }
    Some(steps)
}
