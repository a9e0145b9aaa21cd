//! The layout of images in an arena.

use std::ops::Deref;

use crate::ops::sizes::{product, span};

/// The layout of images, or of plain rows, in an [`Arena`](super::arena::Arena). Images are stored pixel by pixel, with the
/// channels of a pixel together.
///
/// There may be gaps: around an image, for its border, and between pixels, if they are a slice of the channels of wider pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The position of the first element of the first pixel.
    pub(crate) start: usize,
    /// The number of examples.
    pub(crate) examples: usize,
    /// The number of rows of pixels in an example.
    pub(crate) height: usize,
    /// The number of pixels in a row.
    pub(crate) width: usize,
    /// The number of channels of a pixel.
    pub(crate) channels: usize,
    /// The distance between neighbouring examples.
    pub(crate) example_stride: usize,
    /// The distance between neighbouring rows.
    pub(crate) row_stride: usize,
    /// The distance between neighbouring pixels.
    pub(crate) pixel_stride: usize,
}

/// A [`Grid`] that was checked: its positions don't overflow, and its pixels, rows and examples are in increasing order without
/// overlap. Unsafe code relies on this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View(Grid);

impl Deref for View {
    type Target = Grid;

    fn deref(&self) -> &Grid {
        &self.0
    }
}

impl View {
    /// The view of a grid, or `None` if the grid overlaps itself, or if its positions overflow.
    pub(crate) fn try_new(grid: Grid) -> Option<Self> {
        let Grid { start, examples, height, width, channels, example_stride, row_stride, pixel_stride } = grid;
        // The product of the other sizes must not overflow either, even if one size is 0.
        product(&[examples.max(1), height.max(1), width.max(1), channels.max(1)])?;
        let mut length = channels.max(1);
        for (count, stride) in [(width, pixel_stride), (height, row_stride), (examples, example_stride)] {
            if count > 1 && stride < length {
                return None;
            }
            length = span(&[(count, stride), (2, length - 1)])?;
        }
        span(&[(2, start), (2, length)])?;
        Some(View(grid))
    }

    /// The view of a grid.
    ///
    /// # Panics
    /// If the grid overlaps itself, or if its positions overflow.
    #[track_caller]
    pub(crate) fn new(grid: Grid) -> Self {
        Self::try_new(grid).unwrap_or_else(|| panic!("pixels must be countable and apart: {grid:?}"))
    }

    /// The position of a pixel's first element.
    #[inline(always)]
    pub(crate) fn at(&self, example: usize, row: usize, column: usize) -> usize {
        self.start + example * self.example_stride + row * self.row_stride + column * self.pixel_stride
    }

    /// The number of pixels.
    pub(crate) fn pixels(&self) -> usize {
        self.examples * self.height * self.width
    }

    /// The numbers of examples, rows, columns and channels.
    pub(crate) fn sizes(&self) -> [usize; 4] {
        [self.examples, self.height, self.width, self.channels]
    }

    /// Whether the view has no elements.
    pub(crate) fn is_empty(&self) -> bool {
        self.sizes().contains(&0)
    }

    /// The position after the last element.
    pub(crate) fn end(&self) -> usize {
        if self.is_empty() {
            return self.start;
        }
        self.at(self.examples - 1, self.height - 1, self.width - 1) + self.channels
    }

    /// Whether the elements follow each other without a gap.
    pub(crate) fn is_dense(&self) -> bool {
        self.has_dense_rows()
            && (self.row_stride == self.width * self.channels || self.height <= 1)
            && (self.example_stride == self.height * self.width * self.channels || self.examples <= 1)
    }

    /// Whether the elements of each row follow each other without a gap.
    pub(super) fn has_dense_rows(&self) -> bool {
        self.pixel_stride == self.channels || self.width <= 1
    }

    /// The images with a border of the given widths: above, below, to the left and to the right.
    ///
    /// # Panics
    /// If the border begins before the arena does, or if it overlaps other images.
    pub(crate) fn with_border(&self, [above, below, left, right]: [usize; 4]) -> View {
        let grown = |size: usize, sides: [usize; 2]| sides.into_iter().try_fold(size, usize::checked_add);
        let grid = || {
            let before = span(&[(2, above.checked_mul(self.row_stride)?), (2, left.checked_mul(self.pixel_stride)?)])?;
            Some(Grid {
                start: self.start.checked_sub(before - 1)?,
                height: grown(self.height, [above, below])?,
                width: grown(self.width, [left, right])?,
                ..self.0
            })
        };
        grid().and_then(View::try_new).unwrap_or_else(|| {
            panic!("a border of {:?} must lie in the arena around {self:?}", [above, below, left, right])
        })
    }

    /// A range of the channels of each pixel.
    ///
    /// # Panics
    /// If the pixels have fewer channels.
    pub(crate) fn with_channels(&self, first: usize, channels: usize) -> View {
        let end = first.checked_add(channels);
        assert!(end.is_some_and(|end| end <= self.channels), "no {channels} channels from {first} on in {self:?}");
        View(Grid { start: self.start + first, channels, ..self.0 })
    }

    /// Whether some reads stay between the first and the last element of this view. The reads are runs of `length` elements. The
    /// first run begins at `first`; each pair in `steps` is a number of repetitions and the distance between them.
    pub(super) fn holds(&self, first: usize, steps: &[(usize, usize)], length: usize) -> bool {
        if length == 0 || steps.iter().any(|&(count, _)| count == 0) {
            return true;
        }
        let end = span(steps).and_then(|span| span.checked_add(length - 1)?.checked_add(first));
        self.start <= first && end.is_some_and(|end| end <= self.end())
    }

    /// Whether the views are known to share no element: one ends before the other begins, or they are different channels of the
    /// same pixels.
    pub(crate) fn is_apart_from(&self, other: &View) -> bool {
        let (low, high) = if self.start <= other.start { (self, other) } else { (other, self) };
        let (pixel, same) = (low.pixel_stride, (low.pixel_stride, low.row_stride, low.example_stride));
        let whole_pixels = [low.row_stride, low.example_stride].iter().all(|stride| stride.is_multiple_of(pixel));
        let side_by_side = same == (high.pixel_stride, high.row_stride, high.example_stride) && whole_pixels && {
            let gap = (high.start - low.start) % pixel.max(1);
            gap >= low.channels && gap + high.channels <= pixel
        };
        low.end() <= high.start || side_by_side || low.is_empty() || high.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two images of 3 × 4 pixels with 5 channels, which are part of wider pixels.
    const GRID: Grid = Grid {
        start: 7,
        examples: 2,
        height: 3,
        width: 4,
        channels: 5,
        example_stride: 96,
        row_stride: 32,
        pixel_stride: 8,
    };

    #[test]
    fn what_overlaps_or_cannot_be_counted_is_no_view() {
        assert!(View::try_new(GRID).is_some());
        let half = usize::MAX / 2;
        for grid in [
            Grid { pixel_stride: 4, ..GRID },
            Grid { row_stride: 28, ..GRID },
            Grid { example_stride: 92, ..GRID },
            Grid { example_stride: usize::MAX - 6, ..GRID },
            Grid { start: half, ..GRID },
            Grid { row_stride: half, example_stride: half, ..GRID },
            Grid { height: half, example_stride: half, ..GRID },
            Grid { channels: 0, height: half, width: half, row_stride: 0, pixel_stride: 0, ..GRID },
        ] {
            assert_eq!(View::try_new(grid), None, "{grid:?}");
        }
    }

    #[test]
    fn a_view_holds_what_it_reaches() {
        let view = View::new(GRID);
        assert_eq!(view.end(), 7 + 96 + 2 * 32 + 3 * 8 + 5);
        assert!(view.holds(7, &[(2, 96), (3, 32), (4, 8)], 5));
        assert!(!view.holds(6, &[(1, 0)], 1), "before it");
        assert!(!view.holds(7, &[(2, 96), (3, 32), (4, 8)], 6), "behind it");
        assert!(!view.holds(8, &[(2, 96), (3, 32), (4, 8)], 5), "behind it");
        assert!(!view.holds(7, &[(4, 6148914691236517206)], 1), "it would wrap");
        assert!(view.holds(999, &[(0, 1)], 5), "nothing is read");
    }

    #[test]
    fn borders_lie_around() {
        let view = View::new(Grid { start: 50, row_stride: 40, example_stride: 120, ..GRID });
        let whole = view.with_border([0, 0, 1, 0]);
        assert_eq!((whole.start, whole.width), (42, 5));
        let beyond = |border| std::panic::catch_unwind(|| view.with_border(border)).is_err();
        assert!(beyond([2, 0, 0, 0]), "it would begin before the arena");
        assert!(beyond([1, 0, 0, 0]), "it would reach into the example before");
        assert!(beyond([0, 0, 1, 1]), "it would reach into the next row");
        assert!(beyond([1 << 61, 0, 0, 0]), "it would wrap to 0");
    }
}
