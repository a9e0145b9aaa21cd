//! Steps that copy, transpose or clear elements.

use super::arena::Memory;
use super::program::{Part, Step};
use super::view::View;
use crate::ops::Element;
use crate::ops::graph::Constant;
use crate::ops::matrix::Write;
use crate::ops::sizes::product;
use crate::ops::transpose::Transposition;
use crate::ops::vectorized::InstructionSet;

/// Copies pixels from one view to another.
#[derive(Debug)]
pub(crate) struct Copy {
    from: View,
    to: View,
}

impl Copy {
    /// # Panics
    /// If the sizes aren't the same.
    pub(crate) fn new(from: View, to: View) -> Self {
        assert_eq!(from.sizes(), to.sizes(), "what is copied is as large as its place");
        Copy { from, to }
    }
}

// SAFETY: The same pixels of both views are read and written, and each part has rows of its own.
unsafe impl<E: Element> Step<E> for Copy {
    fn reads(&self) -> Vec<View> {
        vec![self.from]
    }

    fn writes(&self) -> View {
        self.to
    }

    fn cost(&self) -> usize {
        self.to.pixels() * self.to.channels / 2
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let (from, to) = (&self.from, &self.to);
        let are_dense = from.has_dense_rows() && to.has_dense_rows();
        let (pieces, length) = if are_dense { (1, to.width * to.channels) } else { (to.width, to.channels) };
        for row in part.share(to.examples * to.height) {
            let (example, row) = (row / to.height, row % to.height);
            for column in 0..pieces {
                let (source, target) = (from.at(example, row, column), to.at(example, row, column));
                // SAFETY: These are pixels of both views, or rows without gaps. So they lie in the arena, don't overlap, and the
                // caller guarantees that those that are written belong to this part alone.
                unsafe { std::ptr::copy_nonoverlapping(memory.address(source), memory.address(target), length) }
            }
        }
    }
}

/// Writes the same elements in each run.
#[derive(Debug)]
pub(crate) struct Fixed<E: Element> {
    elements: Constant<E>,
    to: View,
}

impl<E: Element> Fixed<E> {
    /// # Panics
    /// If there aren't as many elements as in the view.
    pub(crate) fn new(elements: Constant<E>, to: View) -> Self {
        assert_eq!(product(&to.sizes()), Some(elements.len()), "a constant is as large as its place");
        Fixed { elements, to }
    }
}

// SAFETY: Only pixels of the view are written, and each part has rows of its own.
unsafe impl<E: Element> Step<E> for Fixed<E> {
    fn reads(&self) -> Vec<View> {
        Vec::new()
    }

    fn writes(&self) -> View {
        self.to
    }

    fn cost(&self) -> usize {
        self.elements.len() / 2
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let to = &self.to;
        for row in part.share(to.examples * to.height) {
            for column in 0..to.width {
                let from = &self.elements[(row * to.width + column) * to.channels..][..to.channels];
                let target = to.at(row / to.height, row % to.height, column);
                // SAFETY: This is a pixel of the view. So it lies in the arena, and the caller guarantees that it belongs to
                // this part alone.
                unsafe { memory.write(target, to.channels) }.copy_from_slice(from);
            }
        }
    }
}

/// Writes the rows of a matrix that indices look up.
#[derive(Debug)]
pub(crate) struct Rows<E: Element> {
    matrix: Constant<E>,
    /// The position of the first index.
    start: usize,
    to: View,
}

impl<E: Element> Rows<E> {
    /// A row of the view is as wide as one of the matrix.
    pub(crate) fn new(matrix: Constant<E>, start: usize, to: View) -> Self {
        Rows { matrix, start, to }
    }
}

// SAFETY: Only pixels of the view are written, and each part has rows of its own.
unsafe impl<E: Element> Step<E> for Rows<E> {
    fn reads(&self) -> Vec<View> {
        Vec::new()
    }

    fn writes(&self) -> View {
        self.to
    }

    fn cost(&self) -> usize {
        self.to.pixels() * self.to.channels / 2
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let width = self.to.channels;
        for row in part.share(self.to.examples) {
            let from = &self.matrix[memory.indices()[self.start + row] * width..][..width];
            // SAFETY: This is a pixel of the view. So it lies in the arena, and the caller guarantees that it belongs to this part
            // alone.
            unsafe { memory.write(self.to.at(row, 0, 0), width) }.copy_from_slice(from);
        }
    }
}

/// Converts between images that are stored pixel by pixel and images that are stored as a plane for each channel.
pub(crate) struct Turn<E> {
    pixels: View,
    planes: View,
    to_planes: bool,
    /// The transposition of one row of pixels.
    row: Transposition<E>,
}

impl<E: Element> Turn<E> {
    /// From pixels to planes. A row of `planes` is a channel, and its columns are the pixels.
    ///
    /// # Panics
    /// If the sizes contradict each other, or if the elements of a plane aren't contiguous.
    pub(crate) fn to_planes(set: InstructionSet, pixels: View, planes: View) -> Self {
        Self::new(set, pixels, planes, true)
    }

    /// The reverse of [`to_planes`](Self::to_planes).
    pub(crate) fn to_pixels(set: InstructionSet, planes: View, pixels: View) -> Self {
        Self::new(set, pixels, planes, false)
    }

    fn new(set: InstructionSet, pixels: View, planes: View, to_planes: bool) -> Self {
        let plane = product(&[pixels.height, pixels.width]).unwrap_or(usize::MAX);
        assert_eq!(
            planes.sizes(),
            [pixels.examples, pixels.channels, plane, 1],
            "the planes have the pixels' elements"
        );
        assert!(planes.has_dense_rows(), "the elements of a plane follow each other");
        let (size, strides) = ((pixels.width, pixels.channels), (pixels.pixel_stride, planes.row_stride));
        let row = if to_planes {
            Transposition::new(set, size, strides, Write::Replace)
        } else {
            Transposition::new(set, (size.1, size.0), (strides.1, strides.0), Write::Replace)
        };
        Turn { pixels, planes, to_planes, row }
    }
}

impl<E> std::fmt::Debug for Turn<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Turn { pixels, planes, to_planes, .. } = self;
        write!(formatter, "Turn {{ pixels: {pixels:?}, planes: {planes:?}, to_planes: {to_planes} }}")
    }
}

// SAFETY: Rows of pixels and the matching columns of planes belong to both views, and each part has rows of its own.
unsafe impl<E: Element> Step<E> for Turn<E> {
    fn reads(&self) -> Vec<View> {
        vec![if self.to_planes { self.pixels } else { self.planes }]
    }

    fn writes(&self) -> View {
        if self.to_planes { self.planes } else { self.pixels }
    }

    fn cost(&self) -> usize {
        self.pixels.pixels() * self.pixels.channels / 2
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let (pixels, planes) = (&self.pixels, &self.planes);
        let is_one_run = pixels.channels == 1 && pixels.has_dense_rows();
        for row in part.share(pixels.examples * pixels.height) {
            let (example, row) = (row / pixels.height, row % pixels.height);
            let (pixel, column) = (pixels.at(example, row, 0), planes.at(example, 0, row * pixels.width));
            let (from, to) = if self.to_planes { (pixel, column) } else { (column, pixel) };
            let (from, to) = (memory.address(from).cast_const(), memory.address(to));
            // SAFETY: The row lies in the arena in both layouts, which don't overlap. The caller guarantees that the elements
            // that are written belong to this part alone. With one channel, the row is contiguous in both layouts.
            unsafe {
                if is_one_run {
                    std::ptr::copy_nonoverlapping(from, to, pixels.width);
                } else {
                    self.row.run_at(from, to);
                }
            }
        }
    }
}

/// Writes zeros, around images or everywhere.
#[derive(Debug)]
pub(crate) struct Zeros {
    whole: View,
    border: [usize; 4],
}

impl Zeros {
    /// Zeros around the images of a view, in a border of the given widths: above, below, to the left and to the right.
    pub(crate) fn around(view: &View, border: [usize; 4]) -> Self {
        Zeros { whole: view.with_border(border), border }
    }

    /// Zeros in the whole view.
    pub(crate) fn over(view: View) -> Self {
        Zeros { whole: view, border: [view.height, 0, 0, 0] }
    }
}

// SAFETY: Only pixels of the view are written, and each part has rows of its own.
unsafe impl<E: Element> Step<E> for Zeros {
    fn reads(&self) -> Vec<View> {
        Vec::new()
    }

    fn writes(&self) -> View {
        self.whole
    }

    fn cost(&self) -> usize {
        0
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let ([above, below, left, right], whole) = (self.border, &self.whole);
        for row in part.share(whole.examples * whole.height) {
            let (example, row) = (row / whole.height, row % whole.height);
            let is_outside = row < above || row >= whole.height - below;
            let (first, second) =
                if is_outside { (0..whole.width, 0..0) } else { (0..left, whole.width - right..whole.width) };
            for columns in [first, second] {
                let pieces = if whole.has_dense_rows() { 1 } else { columns.len() };
                let length = columns.len().checked_div(pieces).unwrap_or(0) * whole.channels;
                for column in columns.start..columns.start + pieces {
                    // SAFETY: These are pixels of the view, or parts of rows without gaps. So they lie in the arena, and the
                    // caller guarantees that they belong to this part alone.
                    unsafe { memory.write(whole.at(example, row, column), length) }.fill(E::zero());
                }
            }
        }
    }
}
