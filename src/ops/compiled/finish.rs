//! The end of a convolution: adds a residual to the sums, applies a function, and writes the result.

use super::arena::Memory;
use super::view::View;
use crate::ops::Element;
use crate::ops::vector::{Vector, some, store_some};

/// A function that is applied to a sum before it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fused<E> {
    /// None.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `x` if positive, otherwise this slope times `x`.
    LeakyRelu(E),
}

impl<E: Element> Fused<E> {
    /// Applies the function.
    ///
    /// # Safety
    /// The processor has the instructions of `V`.
    #[inline(always)]
    pub(super) unsafe fn apply<V: Vector<Element = E>>(self, values: V) -> V {
        // SAFETY: The caller guarantees this. (`max` and `min` return their second argument if it is NaN, so NaN stays NaN.)
        unsafe {
            let zero = V::splat(E::zero());
            match self {
                Fused::Identity => values,
                Fused::Relu => zero.max(values),
                Fused::Relu6 => V::splat(E::of(6.0)).min(zero.max(values)),
                Fused::LeakyRelu(slope) => V::splat(slope).multiply_add(zero.min(values), zero.max(values)),
            }
        }
    }
}

/// What happens to the sums of a pixel: the residual is added, the function is applied, and the result is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish<E> {
    pub(super) output: View,
    pub(super) residual: Option<View>,
    pub(super) fused: Fused<E>,
}

impl<E: Element> Finish<E> {
    /// Writes the sums of one pixel to the channels from `channel` on. No channel from `end` on is written.
    ///
    /// # Safety
    /// The processor has the instructions of `V`; the pixel lies in the arena, and no other thread writes these channels of it.
    #[inline(always)]
    pub(super) unsafe fn write<V: Vector<Element = E>, const VECTORS: usize>(
        &self,
        memory: &Memory<'_, E>,
        (example, row, column): (usize, usize, usize),
        channel: usize,
        end: usize,
        sums: [V; VECTORS],
    ) {
        let to = self.output.at(example, row, column) + channel;
        let residual = self.residual.map_or(0, |view| view.at(example, row, column) + channel);
        // SAFETY: The caller guarantees this.
        unsafe { self.write_at(memory, (to, residual), end - channel, sums) }
    }

    /// Writes `count` sums of one pixel to the position `to`. The residual, if there is one, is read at the position `residual`.
    ///
    /// # Safety
    /// The processor has the instructions of `V`; both positions lie in the arena, and no other thread writes these elements.
    #[inline(always)]
    pub(super) unsafe fn write_at<V: Vector<Element = E>, const VECTORS: usize>(
        &self,
        memory: &Memory<'_, E>,
        (to, residual): (usize, usize),
        count: usize,
        sums: [V; VECTORS],
    ) {
        let to = memory.address(to);
        let residual = self.residual.map(|_| memory.address(residual).cast_const());
        // SAFETY: The caller guarantees this; only `count` elements are read and written.
        unsafe {
            for (vector, &sums) in sums.iter().enumerate() {
                let (at, left) = (vector * V::LANES, count.saturating_sub(vector * V::LANES));
                if left > 0 {
                    let sums = match residual {
                        Some(residual) => sums.add(some(residual.add(at), left)),
                        None => sums,
                    };
                    store_some(self.fused.apply(sums), to.add(at), left);
                }
            }
        }
    }
}
