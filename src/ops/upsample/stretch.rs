//! The stretching of one axis: the input positions that each output position lies between.

use super::Mode;
use serde::{Deserialize, Serialize};

/// The stretching, or shrinking, of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// The number of input positions, at least one.
    pub input: usize,
    /// The number of output positions.
    pub output: usize,
    /// The scale factor, if it isn't exactly `output / input`, because `output` was rounded down. As in PyTorch, it is ignored if
    /// the sizes are equal, if corners are aligned, and by `Nearest` if the output is twice as long as the input.
    pub factor: Option<f64>,
}

/// The source of an output position: two neighbours in the input, or a single position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ops) struct Source {
    /// The input position before.
    pub(in crate::ops) low: usize,
    /// The input position after. It equals `low` if there is none, or if the mode reads a single position.
    pub(in crate::ops) high: usize,
    /// The weight of `high` in the value. The weight of `low` is 1 minus this.
    pub(in crate::ops) share: f64,
}

impl Stretch {
    /// The source of each output position.
    pub(in crate::ops) fn sources(&self, mode: Mode) -> Vec<Source> {
        assert!(self.input > 0 || self.output == 0, "there must be something to stretch: {self:?}");
        (0..self.output).map(|output| self.source(mode, output)).collect()
    }

    fn source(&self, mode: Mode, output: usize) -> Source {
        let last = self.input - 1;
        let position = match mode {
            Mode::Nearest => {
                let low = self.nearest(output);
                return Source { low, high: low, share: 0.0 };
            }
            // As in PyTorch, even if a factor is given.
            Mode::Bilinear { .. } if self.output == self.input => output as f64,
            Mode::Bilinear { align_corners: false } => (output as f64 + 0.5) * self.step() - 0.5,
            Mode::Bilinear { align_corners: true } if self.output == 1 => 0.0,
            Mode::Bilinear { align_corners: true } => output as f64 * last as f64 / (self.output - 1) as f64,
        };
        let position = position.clamp(0.0, last as f64);
        let low = position as usize;
        Source { low, high: (low + 1).min(last), share: position - low as f64 }
    }

    /// The distance between the sources of neighbouring output positions.
    fn step(&self) -> f64 {
        self.factor.map_or(self.input as f64 / self.output as f64, |factor| 1.0 / factor)
    }

    /// The nearest position as PyTorch computes it: in single precision, which matters for positions on a boundary.
    fn nearest(&self, output: usize) -> usize {
        if self.output == self.input {
            return output;
        }
        if self.output == 2 * self.input {
            return output / 2;
        }
        let step = match self.factor {
            Some(factor) => (1.0 / factor) as f32,
            None => self.input as f32 / self.output as f32,
        };
        ((output as f32 * step) as usize).min(self.input - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(input: usize, output: usize, factor: Option<f64>) -> Vec<usize> {
        let sources = Stretch { input, output, factor }.sources(Mode::Nearest);
        sources.iter().map(|source| source.low).collect()
    }

    #[test]
    fn nearest_positions_are_those_of_pytorch() {
        assert_eq!(nearest(5, 3, None), [0, 1, 3]);
        assert_eq!(nearest(3, 4, Some(1.5)), [0, 0, 1, 2]);
        assert_eq!(nearest(3, 3, Some(1.25)), [0, 1, 2], "as many go out");
        assert_eq!(nearest(3, 6, Some(2.2)), [0, 0, 1, 1, 2, 2], "twice as many go out");
        let position = nearest(2, 82, None).iter().position(|&low| low == 1);
        assert_eq!(position, Some(42), "41 · 2 / 82 is 1, but not in single precision");
    }

    #[test]
    fn positions_lie_between_their_neighbours() {
        let sources = |input, output, factor, align_corners| {
            let sources = Stretch { input, output, factor }.sources(Mode::Bilinear { align_corners });
            sources.iter().map(|source| (source.low, source.high, source.share)).collect::<Vec<_>>()
        };
        assert_eq!(sources(2, 4, None, false), [(0, 1, 0.0), (0, 1, 0.25), (0, 1, 0.75), (1, 1, 0.0)]);
        assert_eq!(sources(2, 3, None, true), [(0, 1, 0.0), (0, 1, 0.5), (1, 1, 0.0)]);
        assert_eq!(sources(5, 1, None, true), [(0, 1, 0.0)]);
        assert_eq!(sources(3, 1, Some(0.5), false), [(0, 1, 0.5)]);
        assert_eq!(sources(1, 2, None, false), [(0, 0, 0.0); 2]);
        assert_eq!(sources(2, 2, Some(1.25), false), [(0, 1, 0.0), (1, 1, 0.0)], "as many go out");
    }
}
