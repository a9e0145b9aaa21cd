//! How images lie in an arena.

use std::ops::Deref;

use crate::ops::sizes::{product, span};

/// How the numbers of images, or of plain rows, lie in an [`Arena`](super::arena::Arena): pixel by pixel, the channels of a pixel
/// together.
///
/// There may be space around an image, its border, and between pixels, where they are a part of wider ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
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

/// A [`Grid`] that was checked: all its positions can be counted, and pixel follows pixel, row follows row, and example follows
/// example without overlap. Unsafe code relies on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View(Grid);

impl Deref for View {
    type Target = Grid;

    fn deref(&self) -> &Grid {
        &self.0
    }
}

impl View {
    /// The view of a grid, or `None` if that overlaps itself, or its positions can't be counted.
    pub(crate) fn try_new(grid: Grid) -> Option<Self> {
        let Grid { start, examples, height, width, channels, example_stride, row_stride, pixel_stride } = grid;
        // Even where some size is 0, the others can be multiplied.
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
    /// If that overlaps itself, or its positions can't be counted.
    #[track_caller]
    pub(crate) fn new(grid: Grid) -> Self {
        Self::try_new(grid).unwrap_or_else(|| panic!("pixels must be countable and apart: {grid:?}"))
    }

    /// Where a pixel begins.
    #[inline(always)]
    pub(crate) fn at(&self, example: usize, row: usize, column: usize) -> usize {
        self.start + example * self.example_stride + row * self.row_stride + column * self.pixel_stride
    }

    /// How many pixels there are.
    pub(crate) fn pixels(&self) -> usize {
        self.examples * self.height * self.width
    }

    /// How many examples, rows, columns and channels there are.
    pub(crate) fn sizes(&self) -> [usize; 4] {
        [self.examples, self.height, self.width, self.channels]
    }

    /// Whether there are no numbers.
    pub(crate) fn is_empty(&self) -> bool {
        self.sizes().contains(&0)
    }

    /// The position behind the last number.
    pub(crate) fn end(&self) -> usize {
        if self.is_empty() {
            return self.start;
        }
        self.at(self.examples - 1, self.height - 1, self.width - 1) + self.channels
    }

    /// Whether the numbers follow each other without a gap.
    pub(crate) fn is_dense(&self) -> bool {
        self.has_dense_rows()
            && (self.row_stride == self.width * self.channels || self.height <= 1)
            && (self.example_stride == self.height * self.width * self.channels || self.examples <= 1)
    }

    /// Whether the numbers of each row follow each other without a gap.
    pub(super) fn has_dense_rows(&self) -> bool {
        self.pixel_stride == self.channels || self.width <= 1
    }

    /// The images with what is above, below, to the left and to the right of them.
    ///
    /// # Panics
    /// If that begins before the arena does, or overlaps.
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

    /// Some of the channels of each pixel.
    ///
    /// # Panics
    /// If there aren't as many.
    pub(crate) fn with_channels(&self, first: usize, channels: usize) -> View {
        let end = first.checked_add(channels);
        assert!(end.is_some_and(|end| end <= self.channels), "no {channels} channels from {first} on in {self:?}");
        View(Grid { start: self.start + first, channels, ..self.0 })
    }

    /// Whether all numbers lie between the first and the last of this view that are read in runs of that length, which begin at
    /// `first` and are repeated as many times and as far apart as `steps` says.
    pub(super) fn holds(&self, first: usize, steps: &[(usize, usize)], length: usize) -> bool {
        if length == 0 || steps.iter().any(|&(count, _)| count == 0) {
            return true;
        }
        let end = span(steps).and_then(|span| span.checked_add(length - 1)?.checked_add(first));
        self.start <= first && end.is_some_and(|end| end <= self.end())
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
        low.end() <= high.start || side_by_side || low.is_empty() || high.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two images of 3 × 4 pixels, of 5 channels each, which lie in wider pixels.
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
