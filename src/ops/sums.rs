//! Sums of many values, whose rounding error grows with the logarithm of their number.
//!
//! If values are added one by one, the later ones are lost in the large sum of the earlier ones: a sum of ones in single
//! precision never exceeds 2²⁴. Here values are added in blocks, and the sums of blocks are added pairwise. If ε is the distance
//! from 1 to the next float, the error of a sum of n values is at most `(96 + 2 · log₂ n) · ε / 2` times the sum of their
//! absolute values. For 2²⁶ values in single precision this bound is 9e-6; about 1e-7 is usual. The order of the additions
//! depends on the number of values alone, never on the number of threads.

use std::ops::Range;

use super::Element;

/// The number of partial sums that are computed side by side: one vector register, or several.
const LANES: usize = 16;

/// Fewer values than this are added in fewer lanes; otherwise, adding up the lanes would take as long as the values.
const SHORT: usize = 128;

/// The number of values that are added lane by lane, before the lanes are added up and the result joins the other sums.
const BLOCK: usize = 64 * LANES;

/// The number of columns that are added up at once.
const COLUMNS: usize = 32;

/// The number of lines, or other pieces, that are added one after the other, before their sum joins the other sums.
const RUN: usize = 64;

/// Adds pieces pairwise: each sum is the sum of two sums of equally many pieces.
///
/// It works like a binary counter: level `l` holds the sum of 2ˡ pieces, if bit `l` of the number of pieces is set.
pub(crate) struct Total<E, const N: usize = 1> {
    pieces: usize,
    levels: [[E; N]; 48],
}

impl<E: Element, const N: usize> Total<E, N> {
    /// An empty sum.
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Total { pieces: 0, levels: [[E::zero(); N]; 48] }
    }

    /// Adds a piece, which consists of `N` independent sums.
    #[inline(always)]
    pub(crate) fn push(&mut self, mut piece: [E; N]) {
        let mut level = 0;
        while self.pieces >> level & 1 == 1 {
            add(&self.levels[level], &mut piece);
            level += 1;
        }
        self.levels[level] = piece;
        self.pieces += 1;
    }

    /// The sum of all pieces.
    #[inline(always)]
    pub(crate) fn get(&self) -> [E; N] {
        let (mut total, mut left) = ([E::zero(); N], self.pieces);
        while left > 0 {
            add(&self.levels[left.trailing_zeros() as usize], &mut total);
            left &= left - 1;
        }
        total
    }
}

/// Adds each value to the element of `to` at its position.
#[inline(always)]
fn add<E: Element>(values: &[E], to: &mut [E]) {
    to.iter_mut().zip(values).for_each(|(to, &value)| *to += value);
}

/// The sum of the values.
pub(crate) fn sum<E: Element>(values: &[E]) -> E {
    sum_of(values, values, |value, _| value)
}

/// The sum of the products of two equally long slices.
pub(crate) fn dot<E: Element>(left: &[E], right: &[E]) -> E {
    sum_of(left, right, |left, right| left * right)
}

/// The sum of the products of every `stride`-th value and the factors.
pub(crate) fn dot_of_every<E: Element>(stride: usize, values: &[E], factors: &[E]) -> E {
    if stride == 1 {
        return dot(&values[..factors.len()], factors);
    }
    let mut total = Total::new();
    for (values, factors) in values.chunks(RUN * stride).zip(factors.chunks(RUN)) {
        let products = values.iter().step_by(stride).zip(factors).map(|(&value, &factor)| value * factor);
        total.push([products.fold(E::zero(), E::add)]);
    }
    total.get()[0]
}

/// The sum of `term(left, right)` over the pairs of two equally long slices.
#[inline(always)]
pub(crate) fn sum_of<E: Element>(left: &[E], right: &[E], term: impl Fn(E, E) -> E) -> E {
    match left.len() {
        ..SHORT => block::<E, 8>(left, right, &term),
        SHORT..=BLOCK => block::<E, LANES>(left, right, &term),
        _ => {
            let mut total = Total::new();
            for (left, right) in left.chunks(BLOCK).zip(right.chunks(BLOCK)) {
                total.push([block::<E, LANES>(left, right, &term)]);
            }
            total.get()[0]
        }
    }
}

/// As [`sum_of`], with `L` lanes. `L` is a power of two.
#[inline(always)]
fn block<E: Element, const L: usize>(left: &[E], right: &[E], term: &impl Fn(E, E) -> E) -> E {
    let (left, left_rest) = left.as_chunks::<L>();
    let (right, right_rest) = right.as_chunks::<L>();
    let mut sum = E::zero();
    if !left.is_empty() {
        let mut lanes = [E::zero(); L];
        for (left, right) in left.iter().zip(right) {
            for ((lane, &left), &right) in lanes.iter_mut().zip(left).zip(right) {
                *lane += term(left, right);
            }
        }
        sum = folded(lanes);
    }
    left_rest.iter().zip(right_rest).fold(sum, |sum, (&left, &right)| sum + term(left, right))
}

/// The sum of the lanes.
#[inline(always)]
fn folded<E: Element, const L: usize>(mut lanes: [E; L]) -> E {
    let mut half = L / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// The sums of `pieces` pieces. Each piece consists of `N` sums of `length` values.
#[inline(always)]
pub(crate) fn sums_of_pieces<E: Element, const N: usize>(
    pieces: usize,
    length: usize,
    piece: impl Fn(usize) -> [E; N],
) -> [E; N] {
    // If a piece is itself a sum of many values, fewer pieces are added one after the other.
    let run = (BLOCK / length.max(1)).clamp(RUN / 4, RUN);
    let sums = |pieces: Range<usize>| {
        let mut sums = [E::zero(); N];
        pieces.for_each(|number| add(&piece(number), &mut sums));
        sums
    };
    if pieces <= run {
        return sums(0..pieces);
    }
    let mut total = Total::new();
    for first in (0..pieces).step_by(run) {
        total.push(sums(first..pieces.min(first + run)));
    }
    total.get()
}

/// Adds lines to `output`, element by element. Each line is as long as `output`.
#[inline(always)]
pub(crate) fn add_lines<'a, E: Element>(lines: impl Iterator<Item = &'a [E]> + Clone, output: &mut [E]) {
    for (number, output) in output.chunks_mut(COLUMNS).enumerate() {
        let (start, width) = (number * COLUMNS, output.len());
        let (mut total, mut run, mut length) = (None, [E::zero(); COLUMNS], 0);
        for line in lines.clone() {
            if length == RUN {
                total.get_or_insert_with(Total::new).push(run);
                (run, length) = ([E::zero(); COLUMNS], 0);
            }
            match line[start..start + width].as_array::<COLUMNS>() {
                Some(line) => add(line, &mut run),
                None => add(&line[start..start + width], &mut run),
            }
            length += 1;
        }
        if let Some(total) = &total {
            add(&total.get(), &mut run);
        }
        add(&run[..width], output);
    }
}

/// Adds up long vectors, piece by piece.
///
/// Level 0 adds pieces one after the other. After [`RUN`] pieces its sum moves to level 1, which works in the same way. So there
/// are only as many levels as needed, and a single one for a few pieces.
pub(crate) struct Cascade<E> {
    length: usize,
    levels: Vec<(usize, Vec<E>)>,
}

impl<E: Element> Cascade<E> {
    /// A sum without pieces: zeros.
    pub(crate) fn new(length: usize) -> Self {
        Cascade { length, levels: Vec::new() }
    }

    /// Calls `piece`, which adds to the sum.
    pub(crate) fn add(&mut self, piece: impl FnOnce(&mut [E])) {
        let mut level = 0;
        while self.levels.get(level).is_some_and(|&(pieces, _)| pieces == RUN) {
            level += 1;
        }
        if level == self.levels.len() {
            self.levels.push((0, vec![E::zero(); self.length]));
        }
        // From the highest full level down, so that the level above always has room.
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

    /// Adds the sum to `output`, and resets it to zeros.
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

    /// The error bound from the module's documentation, relative to the sum of absolute values.
    fn bound<E: Element>(count: usize) -> f64 {
        (96.0 + 2.0 * (count as f64).log2()) * E::epsilon().to_f64().unwrap() / 2.0
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
            let squares = dot(&values, &values);
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
