//! The sizes of one example.

/// How many dimensions one example can have. A batch adds one more in front.
pub const MAX_RANK: usize = 5;

/// What stands for the rank of several tensors.
pub const SEVERAL: usize = MAX_RANK + 1;

/// A size that nobody knows, because the layer that would tell it doesn't fit. A rule that needs it says nothing, so that
/// one mistake is one error.
pub const UNKNOWN: usize = usize::MAX;

/// How many numbers one example, or one layer's parameters, can hold: as many as bytes can be counted for.
pub const MOST: usize = isize::MAX as usize / 8;

/// The product of two sizes: unknown if one is, and never so large as to look unknown.
pub const fn times(a: usize, b: usize) -> usize {
    if a == UNKNOWN || b == UNKNOWN {
        return UNKNOWN;
    }
    known(a.saturating_mul(b))
}

/// The sum of two sizes, in the same way.
pub const fn plus(a: usize, b: usize) -> usize {
    if a == UNKNOWN || b == UNKNOWN {
        return UNKNOWN;
    }
    known(a.saturating_add(b))
}

const fn known(size: usize) -> usize {
    if size == UNKNOWN { UNKNOWN - 1 } else { size }
}

/// Whether two sizes are equal, as far as is known.
pub const fn agree(a: usize, b: usize) -> bool {
    a == b || a == UNKNOWN || b == UNKNOWN
}

/// The sizes of one example, without its batch: `[8, 13, 13]` for eight channels of 13 × 13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    rank: usize,
    sizes: [usize; MAX_RANK],
    parts: &'static [Dims],
    kind: Kind,
}

/// What a tensor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Elements, of the network's dtype.
    Elements,
    /// Indices, which are `usize`: of words, of classes.
    Indices,
}

/// What the layers in the lists of a layer receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fed {
    /// Each list receives the layer's input.
    Input,
    /// The first list receives the first of several values, the second the second.
    Part,
    /// The list receives each of several values, one after the other.
    EachPart,
}

impl Dims {
    /// Several tensors, received by a layer that takes one. That is reported, and nothing that follows from it.
    pub const UNCLEAR: Dims = Dims::several(&[Dims::new(&[UNKNOWN])]);

    /// The sizes given; more than [`MAX_RANK`] are cut off.
    pub const fn new(sizes: &[usize]) -> Self {
        let mut dims = Dims { rank: 0, sizes: [0; MAX_RANK], parts: &[], kind: Kind::Elements };
        while dims.rank < sizes.len() && dims.rank < MAX_RANK {
            dims.sizes[dims.rank] = sizes[dims.rank];
            dims.rank += 1;
        }
        dims
    }

    /// Several tensors, as [`Split`](crate::layers::Split) makes them.
    pub const fn several(parts: &'static [Dims]) -> Self {
        Dims { rank: 0, sizes: [0; MAX_RANK], parts, kind: Kind::Elements }
    }

    /// The same sizes, of indices.
    pub const fn of_indices(mut self) -> Self {
        self.kind = Kind::Indices;
        self
    }

    /// Whether it is one tensor of indices.
    pub const fn are_indices(&self) -> bool {
        matches!(self.kind, Kind::Indices)
    }

    /// What list `index` of a layer receives behind these sizes; unclear, where there is no such value.
    pub const fn fed(&self, fed: Fed, index: usize) -> Dims {
        match fed {
            _ if !self.parts.is_empty() && self.numel() == UNKNOWN => Dims::UNCLEAR,
            Fed::Input => *self,
            Fed::EachPart => self.part(0),
            Fed::Part if index < self.count() => self.part(index),
            Fed::Part => Dims::UNCLEAR,
        }
    }

    /// The several tensors, or none where there is one tensor.
    pub const fn parts(&self) -> &'static [Dims] {
        self.parts
    }

    /// How many tensors these are.
    pub const fn count(&self) -> usize {
        if self.parts.is_empty() { 1 } else { self.parts.len() }
    }

    /// How many tensors these are, up to `most`.
    pub const fn count_to(&self, most: usize) -> usize {
        if self.count() < most { self.count() } else { most }
    }

    /// One of several tensors; without sizes, where there is no such.
    pub const fn part(&self, index: usize) -> Dims {
        if index == 0 && self.parts.is_empty() {
            *self
        } else if index < self.parts.len() {
            self.parts[index]
        } else {
            Dims::new(&[])
        }
    }

    /// The rank for a shape's type, which is [`SEVERAL`] for several tensors, and beyond that for indices.
    pub const fn code(&self) -> usize {
        match (self.parts, self.kind) {
            ([], Kind::Elements) => self.rank,
            ([], Kind::Indices) => self.rank + SEVERAL + 1,
            _ => SEVERAL,
        }
    }

    /// A size for a shape's type; of several tensors the first is how many numbers they hold.
    pub const fn code_size(&self, axis: usize) -> usize {
        match self.parts {
            [] => self.size(axis),
            _ if axis == 0 => self.numel(),
            _ => 0,
        }
    }

    /// The same sizes, where the layer that would tell them doesn't fit.
    pub const fn unknown(mut self) -> Self {
        let mut axis = 0;
        while axis < self.rank {
            self.sizes[axis] = UNKNOWN;
            axis += 1;
        }
        self
    }

    /// How many dimensions there are.
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The size of dimension `axis`, counted from 0; 0 where there is no such dimension.
    pub const fn size(&self, axis: usize) -> usize {
        if axis < self.rank { self.sizes[axis] } else { 0 }
    }

    /// The size of the last dimension; 0 for a scalar.
    pub const fn last(&self) -> usize {
        if self.rank == 0 { 0 } else { self.sizes[self.rank - 1] }
    }

    /// The same sizes but for dimension `axis`.
    pub const fn with(mut self, axis: usize, size: usize) -> Self {
        if axis < self.rank {
            self.sizes[axis] = size;
        }
        self
    }

    /// How many numbers one example holds.
    pub const fn numel(&self) -> usize {
        if self.parts.is_empty() {
            return self.product(0, self.rank);
        }
        let mut sum = 0_usize;
        let mut i = 0;
        while i < self.parts.len() {
            sum = plus(sum, self.parts[i].numel());
            i += 1;
        }
        sum
    }

    /// The product of the sizes from `start` up to but without `end`.
    pub const fn product(&self, start: usize, end: usize) -> usize {
        let mut product = 1_usize;
        let mut axis = start;
        while axis < end && axis < self.rank {
            product = times(product, self.sizes[axis]);
            axis += 1;
        }
        product
    }

    /// The sizes as a slice.
    pub const fn as_slice(&self) -> &[usize] {
        self.sizes.split_at(self.rank).0
    }

    /// Whether all sizes are equal, as far as they are known.
    pub const fn agrees(&self, other: &Dims) -> bool {
        let mut axis = 0;
        while axis < MAX_RANK {
            if !agree(self.size(axis), other.size(axis)) {
                return false;
            }
            axis += 1;
        }
        let mut i = 0;
        while i < self.parts.len() && i < other.parts.len() {
            if !self.parts[i].agrees(&other.parts[i]) {
                return false;
            }
            i += 1;
        }
        let same_kind = self.are_indices() == other.are_indices();
        same_kind && self.rank == other.rank && self.parts.len() == other.parts.len()
    }
}

impl std::fmt::Display for Dims {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.parts.is_empty() {
            let kind = if self.are_indices() { "indices " } else { "" };
            return write!(formatter, "{kind}{:?}", self.as_slice());
        }
        let mut lead = "(";
        for part in self.parts {
            write!(formatter, "{lead}{part}")?;
            lead = ", ";
        }
        formatter.write_str(")")
    }
}
