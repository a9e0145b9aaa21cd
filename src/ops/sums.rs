//! Sums of many values, whose error grows with the logarithm of how many there are.
//!
//! Added one by one, the small values at the end are lost in the large sum of those before: ones in single precision never
//! get beyond 2²⁴. Here values are added in blocks, and the sums of blocks pairwise. If ε is the distance from 1 to the next
//! float, the error of a sum of n values is at most `(32 + 2 · log₂ n) · ε / 2` times the sum of their absolute values; for
//! 2²⁶ values in single precision that is 5e-6, and about 1e-7 is usual. The order of the additions depends on the number of
//! values alone, never on the number of threads.

use std::ops::Add;

use super::Element;

/// How many partial sums run side by side: two to four vector registers.
const LANES: usize = 16;

/// How many values are added lane by lane, before the lanes are added up and the result joins the others.
const BLOCK: usize = 16 * LANES;

/// How many columns are added up at once.
const COLUMNS: usize = 32;

/// How many lines, or other pieces, are added one after the other, before their sum joins the others.
const RUN: usize = 16;

/// Pieces that are added pairwise: each sum is of two sums of equally many pieces.
///
/// It is a binary counter. Level `l` holds the sum of 2ˡ pieces, or nothing.
pub(crate) struct Total<S> {
    levels: [Option<S>; 48],
}

impl<S: Copy + Add<Output = S>> Total<S> {
    /// The sum of nothing.
    pub(crate) fn new() -> Self {
        Total { levels: [None; 48] }
    }

    /// Adds a piece.
    #[inline(always)]
    pub(crate) fn push(&mut self, mut piece: S) {
        for level in &mut self.levels {
            match level.take() {
                Some(other) => piece = other + piece,
                None => {
                    *level = Some(piece);
                    return;
                }
            }
        }
    }

    /// The sum of all pieces, if there are any.
    #[inline(always)]
    pub(crate) fn get(self) -> Option<S> {
        self.levels.into_iter().flatten().reduce(|fewer, more| more + fewer)
    }
}

/// Several sums that are computed side by side.
#[derive(Clone, Copy)]
pub(crate) struct Sums<E, const N: usize>(pub(crate) [E; N]);

impl<E: Element, const N: usize> Add for Sums<E, N> {
    type Output = Self;

    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(sum, other)| *sum += other);
        self
    }
}

/// The sum of the values.
pub(crate) fn sum<E: Element>(values: &[E]) -> E {
    sum_of(values, values, |value, _| value)
}

/// The sum of the products of two equally long slices.
pub(crate) fn dot<E: Element>(left: &[E], right: &[E]) -> E {
    sum_of(left, right, |left, right| left * right)
}

/// The sum of the products of every `stride`-th value and those of another slice.
pub(crate) fn dot_of_every<E: Element>(stride: usize, values: &[E], factors: &[E]) -> E {
    if stride == 1 {
        return dot(&values[..factors.len()], factors);
    }
    let mut total = Total::new();
    for (values, factors) in values.chunks(RUN * stride).zip(factors.chunks(RUN)) {
        let products = values.iter().step_by(stride).zip(factors).map(|(&value, &factor)| value * factor);
        total.push(products.fold(E::zero(), E::add));
    }
    total.get().unwrap_or(E::zero())
}

/// The sum of what `term` makes of each pair of two equally long slices.
#[inline(always)]
pub(crate) fn sum_of<E: Element>(left: &[E], right: &[E], term: impl Fn(E, E) -> E) -> E {
    let [sum] = sums_of(left, right, |left, right| [term(left, right)]);
    sum
}

/// As [`sum_of`], of several terms.
#[inline(always)]
pub(crate) fn sums_of<E: Element, const N: usize>(left: &[E], right: &[E], term: impl Fn(E, E) -> [E; N]) -> [E; N] {
    if left.len() <= BLOCK {
        return block(left, right, &term);
    }
    let mut total = Total::new();
    for (left, right) in left.chunks(BLOCK).zip(right.chunks(BLOCK)) {
        total.push(Sums(block(left, right, &term)));
    }
    total.get().map_or([E::zero(); N], |Sums(sums)| sums)
}

/// As [`sums_of`], lane by lane.
#[inline(always)]
fn block<E: Element, const N: usize>(left: &[E], right: &[E], term: &impl Fn(E, E) -> [E; N]) -> [E; N] {
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    let mut sums = [E::zero(); N];
    if !left.is_empty() {
        let mut lanes = [[E::zero(); LANES]; N];
        for (left, right) in left.iter().zip(right) {
            for lane in 0..LANES {
                let terms = term(left[lane], right[lane]);
                (0..N).for_each(|which| lanes[which][lane] += terms[which]);
            }
        }
        for (sum, lanes) in sums.iter_mut().zip(&mut lanes) {
            let mut half = LANES / 2;
            while half > 0 {
                (0..half).for_each(|lane| lanes[lane] += lanes[lane + half]);
                half /= 2;
            }
            *sum = lanes[0];
        }
    }
    for (&left, &right) in left_rest.iter().zip(right_rest) {
        let terms = term(left, right);
        (0..N).for_each(|which| sums[which] += terms[which]);
    }
    sums
}

/// The sums of so many pieces, each of which is the sums of `length` values.
#[inline(always)]
pub(crate) fn sums_of_pieces<E: Element, const N: usize>(
    pieces: usize,
    length: usize,
    piece: impl Fn(usize) -> [E; N],
) -> [E; N] {
    let run = (BLOCK / length.max(1)).clamp(1, RUN);
    let mut total = Total::new();
    for first in (0..pieces).step_by(run) {
        let run = (first..pieces.min(first + run)).map(|number| Sums(piece(number)));
        run.reduce(Add::add).into_iter().for_each(|sums| total.push(sums));
    }
    total.get().map_or([E::zero(); N], |Sums(sums)| sums)
}

/// Adds lines that are as long as `output` to it, element by element.
#[inline(always)]
pub(crate) fn add_lines<'a, E: Element>(lines: impl Iterator<Item = &'a [E]> + Clone, output: &mut [E]) {
    for (number, output) in output.chunks_mut(COLUMNS).enumerate() {
        let (start, width) = (number * COLUMNS, output.len());
        let (mut total, mut run, mut length) = (Total::new(), [E::zero(); COLUMNS], 0);
        for line in lines.clone() {
            match line[start..start + width].as_array::<COLUMNS>() {
                Some(line) => (0..COLUMNS).for_each(|column| run[column] += line[column]),
                None => run.iter_mut().zip(&line[start..start + width]).for_each(|(sum, &value)| *sum += value),
            }
            length += 1;
            if length == RUN {
                total.push(Sums(run));
                (run, length) = ([E::zero(); COLUMNS], 0);
            }
        }
        total.push(Sums(run));
        if let Some(Sums(sums)) = total.get() {
            output.iter_mut().zip(sums).for_each(|(output, sum)| *output += sum);
        }
    }
}

/// Long vectors that are added up, piece by piece.
///
/// Level 0 takes pieces one after the other. When it has taken [`RUN`] of them, it is added to level 1, which does likewise. So
/// there are no more levels than needed, and one if the pieces are few.
pub(crate) struct Cascade<E> {
    length: usize,
    levels: Vec<(usize, Vec<E>)>,
}

impl<E: Element> Cascade<E> {
    /// A sum of zeros.
    pub(crate) fn new(length: usize) -> Self {
        Cascade { length, levels: Vec::new() }
    }

    /// Lets `piece` add to the sum.
    pub(crate) fn add(&mut self, piece: impl FnOnce(&mut [E])) {
        let mut level = 0;
        while self.levels.get(level).is_some_and(|&(pieces, _)| pieces == RUN) {
            level += 1;
        }
        if level == self.levels.len() {
            self.levels.push((0, vec![E::zero(); self.length]));
        }
        // From the top, so that the one above has room.
        for full in (0..level).rev() {
            let (below, above) = self.levels.split_at_mut(full + 1);
            let ((pieces, sums), (pieces_above, sums_above)) = (&mut below[full], &mut above[0]);
            sums_above.iter_mut().zip(&*sums).for_each(|(above, &sum)| *above += sum);
            sums.fill(E::zero());
            (*pieces, *pieces_above) = (0, *pieces_above + 1);
        }
        let (pieces, sums) = &mut self.levels[0];
        piece(sums);
        *pieces += 1;
    }

    /// Adds the sum to `output`, and begins again with zeros.
    pub(crate) fn drain(&mut self, output: &mut [E]) {
        assert_eq!(output.len(), self.length, "a sum is as long as its pieces");
        let mut levels = self.levels.iter_mut().filter(|(pieces, _)| *pieces > 0).peekable();
        while let Some((pieces, sums)) = levels.next() {
            let above = levels.peek_mut().map_or(&mut *output, |(_, above)| above);
            above.iter_mut().zip(&*sums).for_each(|(above, &sum)| *above += sum);
            sums.fill(E::zero());
            *pieces = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the page of the module promises, relative to the sum of absolute values.
    fn bound<E: Element>(count: usize) -> f64 {
        (32.0 + 2.0 * (count as f64).log2()) * E::epsilon().to_f64().unwrap() / 2.0
    }

    #[test]
    fn the_error_of_many_values_is_within_the_bound() {
        const COUNT: usize = 1 << 26;
        for value in [1.0_f32, 0.3] {
            let values = vec![value; COUNT];
            let exact = f64::from(value) * COUNT as f64;
            assert!((f64::from(sum(&values)) / exact - 1.0).abs() <= bound::<f32>(COUNT), "{value}");
        }
    }

    #[test]
    fn any_number_of_values_is_added() {
        for count in (0..70).chain([255, 256, 257, 511, 512, 513, 4099, 65_537]) {
            let values: Vec<f64> = (0..count).map(|value| value as f64 + 1.0).collect();
            let count = count as f64;
            assert_eq!(sum(&values), count * (count + 1.0) / 2.0, "{count} values");
            let [sum, squares] = sums_of(&values, &values, |value, same| [value, value * same]);
            assert_eq!(sum, count * (count + 1.0) / 2.0, "{count} values");
            assert_eq!(squares, count * (count + 1.0) * (2.0 * count + 1.0) / 6.0, "{count} squares");
        }
    }

    #[test]
    fn lines_and_vectors_are_added_element_by_element() {
        for (lines, width) in [(0, 3), (1, 1), (7, 33), (16, 32), (17, 64), (1000, 5), (4096, 2), (70_000, 3)] {
            let values: Vec<f32> = (0..lines * width).map(|at| (at % width) as f32 + 0.1).collect();
            let (mut by_lines, mut by_vectors) = (vec![1.0_f32; width], vec![1.0_f32; width]);
            add_lines(values.chunks_exact(width), &mut by_lines);
            let mut cascade = Cascade::new(width);
            for line in values.chunks_exact(width) {
                cascade.add(|sums| sums.iter_mut().zip(line).for_each(|(sum, &value)| *sum += value));
            }
            cascade.drain(&mut by_vectors);
            for (column, sums) in by_lines.iter().zip(&by_vectors).enumerate() {
                let exact = 1.0 + lines as f64 * f64::from(column as f32 + 0.1);
                for sum in [*sums.0, *sums.1] {
                    assert!((f64::from(sum) / exact - 1.0).abs() < 2e-6, "{lines} × {width}: {sum}, not {exact}");
                }
            }
            let mut again = vec![0.0_f32; width];
            cascade.drain(&mut again);
            assert_eq!(again, vec![0.0; width], "it begins again");
        }
    }
}
