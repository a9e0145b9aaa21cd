//! Masks that are computed, forwards and backwards, rather than kept.

use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};

/// Which elements are dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask {
    seed: u64,
    probability: f64,
}

/// How many elementary steps an element takes, about.
const STEPS: usize = 4;

impl Mask {
    pub(super) fn new(seed: u64, probability: f64) -> Self {
        assert!((0.0..=1.0).contains(&probability), "a probability must be from 0 to 1, not {probability}");
        Mask { seed, probability }
    }

    /// Whether the element at a position is dropped.
    fn drops(self, position: usize) -> bool {
        // SplitMix64: its state is a counter, so that any position can be reached at once.
        let mut state = self.seed.wrapping_add((position as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
        // 53 bits: a uniform number from 0 to below 1.
        ((state >> 11) as f64) / ((1u64 << 53) as f64) < self.probability
    }
}

/// Adds the values, masked and scaled.
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
