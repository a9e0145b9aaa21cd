//! Where the numbers of a plan lie while it runs.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::Range;

/// How the numbers of images, or of plain rows, lie in an [`Arena`]: pixel by pixel, the channels of a pixel together.
///
/// There may be space around an image, its border, and between pixels, where they are a part of wider ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The position of the first number of the first pixel.
    pub(crate) start: usize,
    /// How many examples there are.
    pub(crate) examples: usize,
    /// How many rows of pixels an example has.
    pub(crate) height: usize,
    /// How many pixels a row has.
    pub(crate) width: usize,
    /// How many numbers a pixel has.
    pub(crate) channels: usize,
    /// How far it is from an example to the next.
    pub(crate) example_stride: usize,
    /// How far it is from a row to the next.
    pub(crate) row_stride: usize,
    /// How far it is from a pixel to the next.
    pub(crate) pixel_stride: usize,
}

impl View {
    /// Where a pixel begins.
    pub(crate) fn at(&self, example: usize, row: usize, column: usize) -> usize {
        self.start + example * self.example_stride + row * self.row_stride + column * self.pixel_stride
    }

    /// How many pixels there are.
    pub(crate) fn pixels(&self) -> usize {
        self.examples * self.height * self.width
    }

    /// The pixel of that number, counted through all rows and examples.
    pub(super) fn pixel(&self, number: usize) -> usize {
        let (row, column) = (number / self.width, number % self.width);
        self.at(row / self.height, row % self.height, column)
    }

    /// The position behind the last number.
    pub(crate) fn end(&self) -> usize {
        match self.pixels() * self.channels {
            0 => self.start,
            _ => self.at(self.examples - 1, self.height - 1, self.width - 1) + self.channels,
        }
    }

    /// Whether the numbers follow each other without a gap.
    pub(crate) fn is_dense(&self) -> bool {
        (self.pixel_stride == self.channels || self.width * self.height <= 1)
            && (self.row_stride == self.width * self.channels || self.height <= 1)
            && (self.example_stride == self.height * self.width * self.channels || self.examples <= 1)
    }

    /// The images with what is above, below, to the left and to the right of them.
    ///
    /// # Panics
    /// If that begins before the arena does.
    pub(crate) fn with_border(&self, [above, below, left, right]: [usize; 4]) -> View {
        let before = above * self.row_stride + left * self.pixel_stride;
        View {
            start: self.start.checked_sub(before).expect("a border lies in the arena"),
            height: self.height + above + below,
            width: self.width + left + right,
            ..*self
        }
    }

    /// Whether no number of one is a number of the other, as far as their beginnings and ends tell, or that they are different
    /// channels of the same pixels.
    pub(crate) fn is_apart_from(&self, other: &View) -> bool {
        let (low, high) = if self.start <= other.start { (self, other) } else { (other, self) };
        let (pixel, same) = (low.pixel_stride, (low.pixel_stride, low.row_stride, low.example_stride));
        let whole_pixels = [low.row_stride, low.example_stride].iter().all(|stride| stride.is_multiple_of(pixel));
        let side_by_side = same == (high.pixel_stride, high.row_stride, high.example_stride) && whole_pixels && {
            let gap = (high.start - low.start) % pixel.max(1);
            gap >= low.channels && gap + high.channels <= pixel
        };
        low.end() <= high.start || side_by_side
    }
}

/// What numbers are aligned to, in bytes: a line of the processor's cache.
const LINE: usize = 64;

/// Numbers that begin at a line of the cache.
#[derive(Debug)]
pub(super) struct Aligned<E> {
    numbers: Vec<E>,
    start: usize,
}

impl<E: Copy> Aligned<E> {
    /// That many copies of a number.
    pub(super) fn new(value: E, length: usize) -> Self {
        let numbers = vec![value; length + LINE / size_of::<E>()];
        let start = numbers.as_ptr().align_offset(LINE).min(LINE / size_of::<E>());
        Aligned { numbers, start }
    }

    /// The numbers.
    pub(super) fn as_mut_slice(&mut self) -> &mut [E] {
        let length = self.numbers.len() - LINE / size_of::<E>();
        &mut self.numbers[self.start..][..length]
    }

    /// The numbers.
    pub(super) fn as_slice(&self) -> &[E] {
        &self.numbers[self.start..][..self.numbers.len() - LINE / size_of::<E>()]
    }
}

/// What a plan computes in: one piece of memory, whose size is known before it runs.
pub(crate) struct Arena<E> {
    // Threads that share the arena write numbers of their own through its address.
    numbers: Box<[UnsafeCell<E>]>,
    start: usize,
    length: usize,
}

impl<E: Copy + num_traits::Zero> Arena<E> {
    /// An arena of that many zeros.
    pub(crate) fn new(length: usize) -> Self {
        let numbers: Box<[_]> = (0..length + LINE / size_of::<E>()).map(|_| UnsafeCell::new(E::zero())).collect();
        let start = numbers.as_ptr().align_offset(LINE).min(LINE / size_of::<E>());
        Arena { numbers, start, length }
    }

    /// The numbers in a range.
    pub(crate) fn get(&mut self, range: Range<usize>) -> &mut [E] {
        let length = self.length;
        // SAFETY: All of these numbers are initialized, and the arena is borrowed mutably as long as they are.
        let all = unsafe { std::slice::from_raw_parts_mut(self.memory().address(0), length) };
        &mut all[range]
    }

    /// All numbers.
    pub(crate) fn all(&mut self) -> &mut [E] {
        self.get(0..self.length)
    }

    /// What threads share, each of which writes numbers of its own.
    pub(super) fn memory(&self) -> Memory<'_, E> {
        let first = self.numbers[self.start..][..self.length].as_ptr();
        Memory { numbers: UnsafeCell::raw_get(first), length: self.length, arena: PhantomData }
    }
}

/// An arena that threads share while a step runs.
pub(crate) struct Memory<'a, E> {
    numbers: *mut E,
    length: usize,
    arena: PhantomData<&'a [UnsafeCell<E>]>,
}

// SAFETY: It is an address and a length. Whoever reads or writes through it promises, at each of the unsafe methods below,
// that no other thread writes the same numbers meanwhile.
unsafe impl<E: Send + Sync> Sync for Memory<'_, E> {}

impl<E> Memory<'_, E> {
    /// How many numbers there are.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The address of a number.
    pub(super) fn address(&self, position: usize) -> *mut E {
        debug_assert!(position <= self.length, "position {position} of {}", self.length);
        self.numbers.wrapping_add(position)
    }

    /// Numbers to be read.
    ///
    /// # Safety
    /// They lie in the arena, and nobody writes them as long as the result is used.
    pub(super) unsafe fn read(&self, start: usize, length: usize) -> &[E] {
        debug_assert!(start + length <= self.length, "{start} + {length} of {}", self.length);
        // SAFETY: They lie in the arena, are initialized as all of it is, and nobody writes them, says the caller.
        unsafe { std::slice::from_raw_parts(self.address(start), length) }
    }

    /// Numbers to be written.
    ///
    /// # Safety
    /// They lie in the arena, and nobody else reads or writes them as long as the result is used.
    #[allow(clippy::mut_from_ref)]
    pub(super) unsafe fn write(&self, start: usize, length: usize) -> &mut [E] {
        debug_assert!(start + length <= self.length, "{start} + {length} of {}", self.length);
        // SAFETY: They lie in the arena, are initialized as all of it is, and are nobody else's, says the caller.
        unsafe { std::slice::from_raw_parts_mut(self.address(start), length) }
    }
}
