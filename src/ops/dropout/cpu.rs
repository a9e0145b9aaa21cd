//! Masks that are computed both in the forward and in the backward pass, instead of being stored.

use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};

/// Decides which elements are dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask {
    seed: u64,
    probability: f64,
}

/// The approximate number of elementary steps for an element.
const STEPS: usize = 4;

impl Mask {
    pub(super) fn new(seed: u64, probability: f64) -> Self {
        assert!((0.0..=1.0).contains(&probability), "a probability must be from 0 to 1, not {probability}");
        Mask { seed, probability }
    }

    /// Whether the element at a position is dropped.
    fn drops(self, position: usize) -> bool {
        // SplitMix64. Its state is a counter, so that the value at any position can be computed directly.
        let mut state = self.seed.wrapping_add((position as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
        // 53 bits: a uniformly distributed value from 0 to less than 1.
        ((state >> 11) as f64) / ((1u64 << 53) as f64) < self.probability
    }
}

/// Adds the values, masked and scaled, to `to`.
#[once]
pub(super) fn add<E: Element>(mask: Mask, values: &[E], to: &mut [E]) {
    let scale = if mask.probability < 1.0 { E::of((1.0 - mask.probability).recip()) } else { E::zero() };
    for_each_chunk(
        to,
        ELEMENTWISE,
        STEPS * ELEMENTWISE,
        || (),
        |(), number, to| {
            let start = number * ELEMENTWISE;
            for (offset, (to, &value)) in to.iter_mut().zip(&values[start..]).enumerate() {
                *to += value * if mask.drops(start + offset) { E::zero() } else { scale };
            }
        },
    );
}
