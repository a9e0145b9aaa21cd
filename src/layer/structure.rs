//! What a layer is made of.

use crate::call::{Call, MAX_KEYWORDS};
use crate::shape::Inferred;

/// What a layer is made of. Everything that walks a network's layers walks this.
#[derive(Clone, Copy, Debug)]
pub enum Structure {
    /// Of no other layers.
    Layer,
    /// Of layers, one after the other.
    Parts(&'static [Part]),
    /// Of these, then those.
    Both(&'static Structure, &'static Structure),
    /// Of lists beside each other.
    Lists(&'static [&'static Structure]),
    /// Of those of these lists that run.
    Chosen(&'static [&'static Structure], [bool; MAX_KEYWORDS]),
    /// Of the same, again and again; the index adds a segment to the parameters' names.
    Repeated(&'static Structure, usize),
}

/// One layer of a network.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its part of its parameters' names.
    pub segment: Segment,
    /// The layer as written, where that is known.
    pub layer: &'static str,
    /// What it is called with.
    pub call: &'static Call,
    /// What it makes of its input.
    pub inferred: &'static Inferred,
    /// What it is made of.
    pub inside: &'static Structure,
}

/// A layer's part of its parameters' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// None: the layers inside count as those of the network around it.
    None,
    /// Its position, counted from 0.
    Index(usize),
    /// Its name.
    Name(&'static str),
}
