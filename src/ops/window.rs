//! Windows along one spatial axis, which convolution and pooling share.

use serde::{Deserialize, Serialize};
use std::ops::Range;

use super::sizes::span;

/// A window that slides along one axis.
///
/// The window has `kernel` taps that are `dilation` apart, and moves by `stride`. At output position `o`, tap `t` is at input
/// position `o * stride + t * dilation - padding`. Positions outside `0..input` are padding. The padding after the input follows
/// from `output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The number of input positions.
    pub input: usize,
    /// The number of output positions.
    pub output: usize,
    /// The number of taps of the window.
    pub kernel: usize,
    /// How far the window moves from one output position to the next.
    pub stride: usize,
    /// The number of padding positions before the input.
    pub padding: usize,
    /// The distance between neighbouring taps.
    pub dilation: usize,
}

impl Window {
    /// The input position of a tap at an output position, unless it lies in the padding.
    pub fn position(&self, output: usize, tap: usize) -> Option<usize> {
        let position = (output * self.stride + tap * self.dilation).checked_sub(self.padding)?;
        (position < self.input).then_some(position)
    }

    /// The output positions at which a tap lies inside the input; they are consecutive.
    pub fn inside(&self, tap: usize) -> Range<usize> {
        let offset = tap * self.dilation;
        let first_at_or_after = |position: usize| position.saturating_sub(offset).div_ceil(self.stride);
        let end = first_at_or_after(self.padding + self.input).min(self.output);
        first_at_or_after(self.padding).min(end)..end
    }

    /// The taps that lie inside the input at an output position; they are consecutive.
    #[inline]
    pub fn taps(&self, output: usize) -> Range<usize> {
        let offset = output * self.stride;
        let first_at_or_after = |position: usize| position.saturating_sub(offset).div_ceil(self.dilation);
        let end = first_at_or_after(self.padding + self.input).min(self.kernel);
        first_at_or_after(self.padding).min(end)..end
    }

    /// The number of positions from the first to the last that a tap can have, padding included. `None` if a size of the window
    /// that must be positive is 0, or if the number overflows.
    pub(crate) fn reach(&self) -> Option<usize> {
        let moves = self.kernel > 0 && self.stride > 0 && self.dilation > 0;
        let padded = span(&[(2, self.padding), (2, self.input)]);
        padded.filter(|_| moves).and(span(&[(self.output, self.stride), (self.kernel, self.dilation)]))
    }

    /// Checks that the window [`fits`](Window::fits).
    ///
    /// # Panics
    /// If it doesn't.
    #[track_caller]
    pub(crate) fn check(&self) {
        self.fits().unwrap_or_else(|why| panic!("{why}"));
    }

    /// Whether no position overflows, which the other methods rely on, and there is a tap.
    pub(crate) fn fits(&self) -> Result<(), String> {
        if self.reach().is_some() {
            return Ok(());
        }
        Err(format!(
            "a window must have a tap, steps of 1 or more, and positions that can be counted, but received {self:?}"
        ))
    }

    /// Whether every output position reads only the input position of the same number.
    pub fn is_identity(&self) -> bool {
        self.kernel == 1 && self.stride == 1 && self.padding == 0 && self.input == self.output
    }
}

/// For each output position and each tap, the input position in the plane. Padding has the position after the last one.
///
/// `position` returns the input position for an output position and a tap on one axis.
pub(crate) fn positions(
    vertical: &Window,
    horizontal: &Window,
    position: impl Fn(&Window, usize, usize) -> Option<usize>,
) -> Vec<usize> {
    let padding = vertical.input * horizontal.input;
    let mut positions = Vec::with_capacity(vertical.output * horizontal.output * vertical.kernel * horizontal.kernel);
    for row in 0..vertical.output {
        for column in 0..horizontal.output {
            for down in 0..vertical.kernel {
                for along in 0..horizontal.kernel {
                    let found = position(vertical, row, down).zip(position(horizontal, column, along));
                    positions.push(found.map_or(padding, |(y, x)| y * horizontal.input + x));
                }
            }
        }
    }
    positions
}

/// The input positions that one output position averages over, and the divisor of their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bin {
    /// The first input position.
    pub start: usize,
    /// The position after the last.
    pub end: usize,
    /// The divisor of the sum.
    pub divisor: usize,
}

/// The averaging along an axis: one [`Bin`] for each output position.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bins {
    /// The number of input positions.
    pub input: usize,
    /// The bin of each output position.
    pub bins: Vec<Bin>,
}

impl Bins {
    /// The bins of a sliding window without dilation. With `count_padding`, the divisor counts padding, too.
    pub fn sliding(window: &Window, count_padding: bool) -> Self {
        assert_eq!(window.dilation, 1, "average pooling has no dilation");
        let bin = |output: usize| {
            let offset = output * window.stride;
            let end = (offset + window.kernel).saturating_sub(window.padding).min(window.input);
            let start = offset.saturating_sub(window.padding).min(end);
            Bin { start, end, divisor: if count_padding { window.kernel } else { (end - start).max(1) } }
        };
        Bins { input: window.input, bins: (0..window.output).map(bin).collect() }
    }

    /// The bins of adaptive pooling: bin `i` of `n` begins at `⌊i · input / n⌋` and ends before `⌈(i + 1) · input / n⌉`.
    pub fn adaptive(input: usize, output: usize) -> Self {
        let bin = |position: usize| {
            let (start, end) = (position * input / output, ((position + 1) * input).div_ceil(output));
            Bin { start, end, divisor: (end - start).max(1) }
        };
        Bins { input, bins: (0..output).map(bin).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_agree_with_single_positions() {
        for (input, kernel, stride, padding, dilation) in
            [(7, 3, 1, 0, 1), (7, 3, 2, 1, 1), (5, 3, 1, 2, 2), (4, 4, 3, 0, 1), (3, 2, 5, 4, 3), (1, 1, 1, 0, 1)]
        {
            let output = (input + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
            let window = Window { input, output, kernel, stride, padding, dilation };
            assert_eq!(window.reach(), Some((output - 1) * stride + (kernel - 1) * dilation + 1), "{window:?}");
            for tap in 0..kernel {
                for position in 0..output {
                    let inside = window.position(position, tap).is_some();
                    assert_eq!(window.inside(tap).contains(&position), inside, "{window:?} {tap} {position}");
                    assert_eq!(window.taps(position).contains(&tap), inside, "{window:?} {tap} {position}");
                }
            }
        }
    }

    /// In each of these windows, a position overflows to one inside the input, or a size is 0.
    #[test]
    fn positions_that_wrap_are_refused() {
        let window = Window { input: 9, output: 4, kernel: 3, stride: 1, padding: 0, dilation: 1 };
        assert!(window.reach().is_some());
        for window in [
            Window { stride: 6148914691236517206, ..window },
            Window { dilation: 1 << 63, ..window },
            Window { output: usize::MAX, stride: 3, ..window },
            Window { kernel: usize::MAX, dilation: 3, ..window },
            Window { padding: usize::MAX - 4, ..window },
            Window { input: usize::MAX, padding: 2, ..window },
            Window { kernel: 0, ..window },
            Window { stride: 0, ..window },
            Window { dilation: 0, ..window },
        ] {
            assert_eq!(window.reach(), None, "{window:?}");
        }
    }

    #[test]
    fn adaptive_bins_are_those_of_pytorch() {
        let ranges =
            |input, output| Bins::adaptive(input, output).bins.iter().map(|bin| (bin.start, bin.end)).collect();
        let bins: Vec<_> = ranges(7, 3);
        assert_eq!(bins, [(0, 3), (2, 5), (4, 7)]);
        let bins: Vec<_> = ranges(2, 3);
        assert_eq!(bins, [(0, 1), (0, 2), (1, 2)]);
    }
}
