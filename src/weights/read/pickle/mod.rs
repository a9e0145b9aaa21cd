//! Parsing pickles, without executing them.
//!
//! A pickle is a program for a stack machine. This machine knows the [opcodes] that Python writes for state dicts, and
//! the [names](python) that these need; anything else is an error. Objects are in one list and refer to each other by
//! position, so that depth and cycles cost nothing, and no object is larger than the bytes it was read from.

mod opcodes;
mod python;
mod rebuild;

use std::{collections::HashMap, io::BufRead};

use super::source::Fault;
use crate::weights::NumberType;
use opcodes as op;
use python::Named;

/// The position of an object in the list.
pub type Id = u32;

/// The largest number of objects, and of opcodes: more than any state dict has.
const MOST: usize = 1 << 22;
/// The largest length of a pickle in bytes.
const LONGEST: u64 = 1 << 26;

/// A Python object.
#[derive(Clone, Debug)]
pub enum Object {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Named(Named),
    Storage(Storage),
    Tensor(Tensor),
    /// An object that isn't needed.
    Other,
}

/// The storage that tensors are views of: `('storage', torch.FloatStorage, key, location, length)`.
#[derive(Clone, Debug)]
pub struct Storage {
    pub number_type: NumberType,
    pub key: String,
    /// In bytes.
    pub length: u64,
    /// In bytes: where this storage begins in the storage with this key.
    pub offset: u64,
    /// The size of an element in bytes.
    pub number_size: u64,
}

/// A view of a storage. Offset and strides are in elements.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub storage: Storage,
    pub number_type: NumberType,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
    /// Whether the storage holds the negated elements.
    pub negated: bool,
}

/// All objects of a pickle, and which of them is the pickled object.
pub struct Pickle {
    objects: Vec<Object>,
    pub root: Id,
    /// The length of the pickle in bytes.
    pub length: u64,
}

impl Pickle {
    pub fn object(&self, id: Id) -> &Object {
        self.objects.get(id as usize).unwrap_or(&Object::None)
    }

    /// All storages that the pickle names, whether a tensor uses them or not.
    pub fn storages(&self) -> impl Iterator<Item = &Storage> {
        self.objects.iter().filter_map(|object| match object {
            Object::Storage(storage) => Some(storage),
            _ => None,
        })
    }
}

/// Reads one pickle, of at most `available` bytes.
pub fn read(reader: &mut dyn BufRead, available: u64) -> Result<Pickle, Fault> {
    let left = available.min(LONGEST);
    let mut machine =
        Machine { reader, left, objects: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    for _ in 0..MOST {
        if let Some(root) = machine.step()? {
            return Ok(Pickle { objects: machine.objects, root, length: left - machine.left });
        }
    }
    Err(too_much())
}

fn damaged(what: &str) -> Fault {
    Fault::Content(format!("holds a damaged pickle ({what}); get it again"))
}

fn too_much() -> Fault {
    "holds a pickle with more objects than any state dict has; save `model.state_dict()` alone".into()
}

struct Machine<'a> {
    reader: &'a mut dyn BufRead,
    /// How many bytes are left.
    left: u64,
    objects: Vec<Object>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
}

impl Machine<'_> {
    /// Reads one opcode and executes it. The last opcode returns the pickled object.
    fn step(&mut self) -> Result<Option<Id>, Fault> {
        match self.byte()? {
            op::PROTO => {
                let protocol = self.byte()?;
                if protocol > 4 {
                    return Err(format!("holds a pickle of protocol {protocol}; 0 to 4 are read").into());
                }
            }
            op::FRAME => drop(self.number::<8>()?),
            op::STOP => return self.pop().map(Some),
            op::MARK => self.marks.push(self.stack.len()),
            op::POP => drop(self.pop()?),
            op::POP_MARK => drop(self.since_mark()?),
            op::DUP => {
                let top = self.top()?;
                self.stack.push(top);
            }
            op::NONE => self.push(Object::None)?,
            op::NEWTRUE => self.push(Object::Bool(true))?,
            op::NEWFALSE => self.push(Object::Bool(false))?,
            op::BININT => {
                let number = self.number::<4>()? as u32;
                self.push(Object::Int(i64::from(number.cast_signed())))?;
            }
            op::BININT1 => self.unsigned::<1>()?,
            op::BININT2 => self.unsigned::<2>()?,
            op::LONG1 => self.long::<1>()?,
            op::LONG4 => self.long::<4>()?,
            op::INT => {
                let line = self.line()?;
                let object = match line.as_str() {
                    "00" => Some(Object::Bool(false)),
                    "01" => Some(Object::Bool(true)),
                    number => number.parse().ok().map(Object::Int),
                };
                self.push(object.ok_or_else(|| damaged("a number"))?)?;
            }
            op::LONG => {
                let number = self.line()?.trim_end_matches('L').parse();
                self.push(number.map_or(Object::Other, Object::Int))?;
            }
            op::FLOAT => {
                let number = self.line()?.parse().map_err(|_| damaged("a number"))?;
                self.push(Object::Float(number))?;
            }
            op::BINFLOAT => {
                // The only big-endian number.
                let bits = self.number::<8>()?.swap_bytes();
                self.push(Object::Float(f64::from_bits(bits)))?;
            }
            op::BINUNICODE | op::BINSTRING => self.text::<4>()?,
            op::SHORT_BINUNICODE | op::SHORT_BINSTRING => self.text::<1>()?,
            op::BINUNICODE8 => self.text::<8>()?,
            op::UNICODE => {
                let text = self.line()?;
                self.push(Object::Text(text))?;
            }
            op::BINBYTES => self.skip::<4>()?,
            op::SHORT_BINBYTES => self.skip::<1>()?,
            op::BINBYTES8 => self.skip::<8>()?,
            op::EMPTY_TUPLE => self.push(Object::Tuple(Vec::new()))?,
            op::TUPLE1 => self.tuple(1)?,
            op::TUPLE2 => self.tuple(2)?,
            op::TUPLE3 => self.tuple(3)?,
            op::TUPLE => {
                let items = self.since_mark()?;
                self.push(Object::Tuple(items))?;
            }
            op::EMPTY_LIST => self.push(Object::List(Vec::new()))?,
            op::LIST => {
                let items = self.since_mark()?;
                self.push(Object::List(items))?;
            }
            op::APPEND => {
                let item = self.pop()?;
                self.extend(&[item])?;
            }
            op::APPENDS => {
                let items = self.since_mark()?;
                self.extend(&items)?;
            }
            op::EMPTY_DICT => self.push(Object::Dict(Vec::new()))?,
            op::DICT => {
                let items = self.since_mark()?;
                self.push(Object::Dict(Vec::new()))?;
                self.insert(&items)?;
            }
            op::SETITEM => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.insert(&[key, value])?;
            }
            op::SETITEMS => {
                let items = self.since_mark()?;
                self.insert(&items)?;
            }
            op::EMPTY_SET => self.push(Object::Other)?,
            op::ADDITEMS => drop(self.since_mark()?),
            op::FROZENSET => {
                self.since_mark()?;
                self.push(Object::Other)?;
            }
            op::PUT => {
                let key = self.line()?.parse().map_err(|_| damaged("a reference"))?;
                self.remember(key)?;
            }
            op::BINPUT => {
                let key = self.number::<1>()?;
                self.remember(key)?;
            }
            op::LONG_BINPUT => {
                let key = self.number::<4>()?;
                self.remember(key)?;
            }
            op::MEMOIZE => self.remember(self.memo.len() as u64)?,
            op::GET => {
                let key = self.line()?.parse().map_err(|_| damaged("a reference"))?;
                self.recall(key)?;
            }
            op::BINGET => {
                let key = self.number::<1>()?;
                self.recall(key)?;
            }
            op::LONG_BINGET => {
                let key = self.number::<4>()?;
                self.recall(key)?;
            }
            op::GLOBAL => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Object::Named(python::find(&module, &name)?))?;
            }
            op::STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Object::Text(module), Object::Text(name)) = (self.object(module)?, self.object(name)?) else {
                    return Err(damaged("a name that is no text"));
                };
                let named = python::find(module, name)?;
                self.push(Object::Named(named))?;
            }
            op::REDUCE | op::NEWOBJ => {
                let (arguments, callee) = (self.pop()?, self.pop()?);
                self.call(callee, arguments)?;
            }
            op::NEWOBJ_EX => {
                let (_, arguments, callee) = (self.pop()?, self.pop()?, self.pop()?);
                self.call(callee, arguments)?;
            }
            // An object's attributes, such as the `_metadata` of a state dict, aren't needed.
            op::BUILD => drop(self.pop()?),
            op::BINPERSID => {
                let id = self.pop()?;
                let storage = self.storage(id).ok_or_else(|| damaged("a storage"))?;
                self.push(Object::Storage(storage))?;
            }
            other => return Err(damaged(&format!("the opcode {other:#04x}, which no state dict needs"))),
        }
        Ok(None)
    }

    // Reading.

    fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.number::<1>()? as u8)
    }

    /// An unsigned little-endian integer of `SIZE` bytes.
    fn number<const SIZE: usize>(&mut self) -> Result<u64, Fault> {
        self.left = self.left.checked_sub(SIZE as u64).ok_or_else(|| damaged("it has no end"))?;
        let mut bytes = [0; 8];
        self.reader.read_exact(&mut bytes[..SIZE])?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// As many bytes as the next `SIZE` bytes say. Memory is allocated only after a check that the file has that many.
    fn bytes<const SIZE: usize>(&mut self) -> Result<Vec<u8>, Fault> {
        let length = self.number::<SIZE>()?;
        self.left = self.left.checked_sub(length).ok_or_else(|| damaged("it is shorter than it says"))?;
        let mut bytes = vec![0; length as usize];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn line(&mut self) -> Result<String, Fault> {
        let mut line = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => break,
                byte if line.len() < 1024 => line.push(byte),
                _ => return Err(damaged("a line without an end")),
            }
        }
        String::from_utf8(line).map_err(|_| damaged("a line that is no text"))
    }

    fn text<const SIZE: usize>(&mut self) -> Result<(), Fault> {
        let bytes = self.bytes::<SIZE>()?;
        // Strings of Python 2 may hold any bytes.
        self.push(String::from_utf8(bytes).map_or(Object::Other, Object::Text))
    }

    fn skip<const SIZE: usize>(&mut self) -> Result<(), Fault> {
        self.bytes::<SIZE>()?;
        self.push(Object::Other)
    }

    fn unsigned<const SIZE: usize>(&mut self) -> Result<(), Fault> {
        let number = self.number::<SIZE>()?;
        self.push(Object::Int(number.cast_signed()))
    }

    /// A signed integer of any length.
    fn long<const SIZE: usize>(&mut self) -> Result<(), Fault> {
        let bytes = self.bytes::<SIZE>()?;
        let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
        let mut number = [fill; 8];
        self.push(match number.get_mut(..bytes.len()) {
            Some(part) => {
                part.copy_from_slice(&bytes);
                Object::Int(i64::from_le_bytes(number))
            }
            None => Object::Other,
        })
    }

    // The stack.

    fn push(&mut self, object: Object) -> Result<(), Fault> {
        if self.objects.len() >= MOST {
            return Err(too_much());
        }
        self.stack.push(self.objects.len() as Id);
        self.objects.push(object);
        Ok(())
    }

    fn pop(&mut self) -> Result<Id, Fault> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// The top of the stack. Objects below the last mark don't count.
    fn top(&self) -> Result<Id, Fault> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.get(bottom..).and_then(<[Id]>::last);
        top.copied().ok_or_else(|| damaged("an empty stack"))
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, Fault> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len());
        Ok(self.stack.split_off(mark.ok_or_else(|| damaged("no mark"))?))
    }

    fn object(&self, id: Id) -> Result<&Object, Fault> {
        self.objects.get(id as usize).ok_or_else(|| damaged("no such object"))
    }

    fn remember(&mut self, key: u64) -> Result<(), Fault> {
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, key: u64) -> Result<(), Fault> {
        let id = self.memo.get(&key).ok_or_else(|| damaged("a reference to nothing"))?;
        self.stack.push(*id);
        Ok(())
    }

    // Making objects.

    fn tuple(&mut self, count: usize) -> Result<(), Fault> {
        let mut items = vec![0; count];
        for item in items.iter_mut().rev() {
            *item = self.pop()?;
        }
        self.push(Object::Tuple(items))
    }

    fn extend(&mut self, items: &[Id]) -> Result<(), Fault> {
        let top = self.top()? as usize;
        match self.objects.get_mut(top) {
            Some(Object::List(list)) => list.extend(items),
            Some(Object::Other) => {}
            _ => return Err(damaged("something appended to what is no list")),
        }
        Ok(())
    }

    fn insert(&mut self, items: &[Id]) -> Result<(), Fault> {
        let top = self.top()? as usize;
        let (pairs, rest) = items.as_chunks();
        match self.objects.get_mut(top) {
            Some(Object::Dict(dict)) if rest.is_empty() => dict.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            Some(Object::Other) => {}
            _ => return Err(damaged("an entry in what is no dictionary")),
        }
        Ok(())
    }
}
