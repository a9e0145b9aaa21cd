//! What only moves numbers, or clears them.

use super::arena::{Memory, View};
use super::program::{Part, Step};
use crate::ops::Element;
use crate::ops::matrix::Write;
use crate::ops::transpose::Transposition;
use crate::ops::vectorized::InstructionSet;

/// Numbers in another order: from where each pixel's channels are `strides.0` apart to where they are `strides.1`.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) set: InstructionSet,
    pub(crate) from: View,
    pub(crate) to: View,
    pub(crate) strides: (usize, usize),
}

impl Copy {
    /// How a row of pixels is copied, if that is from planes to pixels, or the other way.
    fn turn<E: Element>(&self) -> Option<Transposition<E>> {
        let Copy { set, from, to, strides } = self;
        let (size, strides) = match () {
            () if from.pixel_stride == 1 && strides.1 == 1 => ((to.channels, to.width), (strides.0, to.pixel_stride)),
            () if to.pixel_stride == 1 && strides.0 == 1 => ((to.width, to.channels), (from.pixel_stride, strides.1)),
            () => return None,
        };
        (to.channels > 1).then(|| Transposition::new(*set, size, strides, Write::Replace))
    }

    /// All numbers that a view with such a stride reaches, without its inner order.
    fn whole(view: &View, stride: usize) -> View {
        if stride == 1 {
            return *view;
        }
        View { channels: (view.channels.max(1) - 1) * stride + 1, ..*view }
    }
}

impl<E: Element> Step<E> for Copy {
    fn reads(&self) -> Vec<View> {
        vec![Self::whole(&self.from, self.strides.0)]
    }

    fn writes(&self) -> View {
        Self::whole(&self.to, self.strides.1)
    }

    fn cost(&self) -> usize {
        self.to.pixels() * self.to.channels / 2
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let (from, to) = (&self.from, &self.to);
        let turn = self.turn();
        for row in part.share(to.examples * to.height) {
            let (example, row) = (row / to.height, row % to.height);
            let (source, target) = (from.at(example, row, 0), to.at(example, row, 0));
            if let Some(turn) = &turn {
                // SAFETY: The row lies in the arena, in both orders, which are apart; what is written is this part's own, says
                // the caller.
                unsafe { turn.run_at(memory.address(source), memory.address(target)) }
                continue;
            }
            let runs = self.strides == (1, 1) || to.channels == 1;
            let dense = runs && from.pixel_stride == from.channels && to.pixel_stride == to.channels;
            let lengths = if dense { (1, to.width * to.channels) } else { (to.width, to.channels) };
            // SAFETY: Each number lies in the arena; those that are read are apart from those that are written, which are this
            // part's own, says the caller.
            unsafe {
                for pixel in 0..lengths.0 {
                    let (source, target) = (source + pixel * from.pixel_stride, target + pixel * to.pixel_stride);
                    if runs {
                        std::ptr::copy_nonoverlapping(memory.address(source), memory.address(target), lengths.1);
                        continue;
                    }
                    for channel in 0..lengths.1 {
                        let value = memory.address(source + channel * self.strides.0).read();
                        memory.address(target + channel * self.strides.1).write(value);
                    }
                }
            }
        }
    }
}

/// Zeros around the images of a view.
#[derive(Debug)]
pub(crate) struct Zeros {
    /// The images.
    pub(crate) view: View,
    /// How wide the border is above, below, to the left and to the right.
    pub(crate) border: [usize; 4],
}

impl<E: Element> Step<E> for Zeros {
    fn reads(&self) -> Vec<View> {
        Vec::new()
    }

    fn writes(&self) -> View {
        self.view.with_border(self.border)
    }

    fn cost(&self) -> usize {
        0
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let [above, _, left, right] = self.border;
        let whole = self.view.with_border(self.border);
        let width = whole.width * whole.pixel_stride;
        for row in part.share(whole.examples * whole.height) {
            let (example, row) = (row / whole.height, row % whole.height);
            let start = whole.at(example, row, 0);
            // SAFETY: They lie in the arena, and are this part's own, says the caller.
            unsafe {
                if row < above || row >= above + self.view.height {
                    memory.write(start, width).fill(E::zero());
                } else {
                    memory.write(start, left * whole.pixel_stride).fill(E::zero());
                    let behind = right * whole.pixel_stride;
                    memory.write(start + width - behind, behind).fill(E::zero());
                }
            }
        }
    }
}
