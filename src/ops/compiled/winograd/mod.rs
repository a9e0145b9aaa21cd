//! Convolutions of 3 × 3 with fewer multiplications.
//!
//! A tile of `N − 2` by `N − 2` outputs is computed from `N` by `N` inputs `d` and a kernel `g` as `Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A`.
//! The products in the middle, summed over the channels, are matrix products: one for each of the `N²` places, over all tiles.
//! For `N = 6` these are 36 multiplications per channel instead of 144, for `N = 4` 16 instead of 36.
//!
//! # Precision
//! For `N = 6` the intermediate values are larger than the result. In single precision, the largest error among thousands of
//! outputs is up to 12 times that of the direct sum: `2.4e-5` instead of `2.8e-6`, for 64 input channels and outputs of unit
//! variance. A test checks this. For `N = 4` the error is no larger than that of the direct sum. An infinite or NaN input affects the
//! whole tile.
//!
//! Source: Lavin and Gray, [*Fast Algorithms for Convolutional Neural Networks*](https://arxiv.org/abs/1509.09308), 2015.

use super::arena::Memory;
use super::convolution::{Algorithm, Parameters};
use super::finish::Finish;
use super::panels::{Panels, Tile, tile};
use super::program::{Part, Step};
use super::view::View;
use crate::ops::Element;
use crate::ops::sizes::product;
use crate::ops::vector::{Vector, for_each_set, some, store_some};
use crate::ops::vectorized::InstructionSet;

/// The greatest number of tiles that are transformed, multiplied and transformed back together.
const TILES: usize = 24;

/// The matrices for tiles of `N` by `N` inputs.
struct Matrices<const N: usize> {
    /// Bᵀ, for the input.
    input: [[f64; N]; N],
    /// G, for the kernel.
    kernel: [[f64; 3]; N],
    /// Aᵀ, for the output. It has `N − 2` rows.
    output: [[f64; N]; 4],
}

/// The constants that depend on the size of the tiles.
trait Sized<const N: usize> {
    const MATRICES: Matrices<N>;
}

/// A convolution by [`Algorithm::Winograd`](super::Algorithm::Winograd).
#[derive(Debug)]
pub(super) struct Winograd<E, const N: usize> {
    set: InstructionSet,
    tile: Tile,
    /// The transformed kernels. There are panels for each place in a tile.
    panels: Vec<Panels<E>>,
    bias: Vec<E>,
    /// The input with its border. It begins with the first tile.
    reach: View,
    /// The number of tiles in a column and in a row of tiles.
    tiles: (usize, usize),
    finish: Finish<E>,
}

impl<E> Sized<4> for Winograd<E, 4> {
    const MATRICES: Matrices<4> = Matrices {
        input: [[1., 0., -1., 0.], [0., 1., 1., 0.], [0., -1., 1., 0.], [0., 1., 0., -1.]],
        kernel: [[1., 0., 0.], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0., 0., 1.]],
        output: [[1., 1., 1., 0.], [0., 1., -1., -1.], [0.; 4], [0.; 4]],
    };
}

impl<E> Sized<6> for Winograd<E, 6> {
    const MATRICES: Matrices<6> = Matrices {
        input: [
            [4., 0., -5., 0., 1., 0.],
            [0., -4., -4., 1., 1., 0.],
            [0., 4., -4., -1., 1., 0.],
            [0., -2., -1., 2., 1., 0.],
            [0., 2., -1., -2., 1., 0.],
            [0., 4., 0., -5., 0., 1.],
        ],
        kernel: [
            [1. / 4., 0., 0.],
            [-1. / 6., -1. / 6., -1. / 6.],
            [-1. / 6., 1. / 6., -1. / 6.],
            [1. / 24., 1. / 12., 1. / 6.],
            [1. / 24., -1. / 12., 1. / 6.],
            [0., 0., 1.],
        ],
        output: [
            [1., 1., 1., 1., 1., 0.],
            [0., 1., -1., 2., -2., 0.],
            [0., 1., 1., 4., 4., 0.],
            [0., 1., -1., 8., -8., 1.],
        ],
    };
}

#[allow(private_bounds)]
impl<E: Element, const N: usize> Winograd<E, N>
where
    Self: Sized<N>,
{
    pub(super) fn new(set: InstructionSet, parameters: &Parameters<'_, E>) -> Self {
        let reach = parameters.reach(Algorithm::Winograd(N - 2));
        let Parameters { geometry, weight, bias, output, residual, fused, .. } = *parameters;
        let (inputs, outputs) = (geometry.in_channels, geometry.out_channels);
        let tile = Tile::new::<E>(set, outputs);
        let transformed: Vec<[[f64; N]; N]> = weight.chunks_exact(9).map(Self::transform_kernel).collect();
        let panels = (0..N * N).map(|place| {
            Panels::new(outputs, inputs, tile.width, |output, input| {
                E::of(transformed[output * inputs + input][place / N][place % N])
            })
        });
        let mut padded = vec![E::zero(); outputs.next_multiple_of(tile.width)];
        if let Some(bias) = bias {
            padded[..outputs].copy_from_slice(bias);
        }
        let panels = panels.collect();
        let tiles = (output.height.div_ceil(N - 2), output.width.div_ceil(N - 2));
        let steps = [
            (output.examples, reach.example_stride),
            (tiles.0, reach.row_stride.saturating_mul(N - 2)),
            (tiles.1, reach.pixel_stride.saturating_mul(N - 2)),
            (N, reach.row_stride),
            (N, reach.pixel_stride),
        ];
        let count = product(&[output.examples, tiles.0, tiles.1]);
        assert!(
            count == Some(0) || reach.holds(reach.start, &steps, inputs),
            "a convolution reads what lies around its input: {geometry:?}"
        );
        Winograd { set, tile, panels, bias: padded, reach, tiles, finish: Finish { output, residual, fused } }
    }

    /// G g Gᵀ.
    fn transform_kernel(kernel: &[E]) -> [[f64; N]; N] {
        let number = |row: usize, column: usize| kernel[row * 3 + column].to_f64().unwrap_or(f64::NAN);
        let dot = |row: usize, of: &dyn Fn(usize) -> f64| -> f64 {
            (0..3).map(|index| Self::MATRICES.kernel[row][index] * of(index)).sum()
        };
        std::array::from_fn(|row| {
            std::array::from_fn(|column| dot(column, &|along| dot(row, &|down| number(down, along))))
        })
    }

    fn count(&self) -> usize {
        self.finish.output.examples * self.tiles.0 * self.tiles.1
    }

    /// The number of outputs, rounded up to whole panels.
    fn outputs(&self) -> usize {
        self.panels[0].count * self.tile.width
    }

    /// # Safety
    /// As [`Step::run`], and the processor has the instructions of `V`.
    #[inline(always)]
    unsafe fn run_with<V: Vector<Element = E>>(&self, memory: &Memory<'_, E>, scratch: usize, part: Part) {
        let mine = part.share(self.count());
        let end = mine.end;
        let mut first = mine.start;
        while first < end {
            // The blocks are as equal as possible.
            let blocks = (end - first).div_ceil(TILES);
            let block = first..first + (end - first).div_ceil(blocks);
            // SAFETY: The caller guarantees this: the tiles and the scratch memory belong to this part alone, and reads lie in
            // the arena.
            unsafe {
                self.transform_input::<V>(memory, scratch, block.clone());
                match self.tile.vectors {
                    1 => self.multiply::<V, 1>(memory, scratch, block.len()),
                    _ => self.multiply::<V, 2>(memory, scratch, block.len()),
                }
                self.transform_output::<V>(memory, scratch, block.clone());
            }
            first = block.end;
        }
    }

    /// The example of a tile, and its row and column among the tiles.
    fn place(&self, tile: usize) -> (usize, usize, usize) {
        let (rows, columns) = self.tiles;
        (tile / columns / rows, tile / columns % rows, tile % columns)
    }

    /// Writes Bᵀ d B, place by place.
    ///
    /// # Safety
    /// As [`run_with`](Self::run_with); the tiles belong to the output, and there are at most [`TILES`].
    #[inline(always)]
    unsafe fn transform_input<V: Vector<Element = E>>(
        &self,
        memory: &Memory<'_, E>,
        scratch: usize,
        tiles: std::ops::Range<usize>,
    ) {
        let (channels, count) = (self.reach.channels, tiles.len());
        for (number, tile) in tiles.enumerate() {
            let (example, row, column) = self.place(tile);
            let start = self.reach.at(example, row * (N - 2), column * (N - 2));
            for channel in (0..channels).step_by(V::LANES) {
                let left = channels - channel;
                // SAFETY: A tile reads no further than the border that `Algorithm::border` returns; where fewer channels than a
                // vector has are left, only those are read and written.
                unsafe {
                    let mut inputs = [[V::splat(E::zero()); N]; N];
                    for (down, line) in inputs.iter_mut().enumerate() {
                        for (along, value) in line.iter_mut().enumerate() {
                            let from = start + down * self.reach.row_stride + along * self.reach.pixel_stride + channel;
                            let from = memory.address(from).cast_const();
                            *value = some(from, left);
                        }
                    }
                    let transformed = both_sides::<V, N, N>(&Self::MATRICES.input, &inputs);
                    for (place, values) in transformed.as_flattened().iter().enumerate() {
                        let to = memory.address(scratch + (place * count + number) * channels + channel);
                        store_some(*values, to, left);
                    }
                }
            }
        }
    }

    /// Multiplies the transformed inputs of each place by the kernels of that place, and sums over the channels.
    ///
    /// # Safety
    /// As [`transform_input`](Self::transform_input), which has written `count` tiles. A tile of products has `VECTORS` vectors.
    #[inline(always)]
    unsafe fn multiply<V: Vector<Element = E>, const VECTORS: usize>(
        &self,
        memory: &Memory<'_, E>,
        scratch: usize,
        count: usize,
    ) {
        let (channels, outputs) = (self.reach.channels, self.outputs());
        let products = scratch + N * N * count * channels;
        for (place, panels) in self.panels.iter().enumerate() {
            for panel in 0..panels.count {
                let weights = panels.panel(panel);
                let mut number = 0;
                while number < count {
                    let left = count - number;
                    macro_rules! rows {
                        ($($rows:literal)*) => {
                            match left {
                                $(_ if left >= $rows && self.tile.rows >= $rows => {
                                    let first = place * count + number;
                                    let mut rows = [std::ptr::null(); $rows];
                                    for (row, from) in rows.iter_mut().enumerate() {
                                        *from = memory.address(scratch + (first + row) * channels).cast_const();
                                    }
                                    // SAFETY: The scratch memory has been written up to there, and belongs to this part alone.
                                    unsafe {
                                        let zero = [V::splat(E::zero()); VECTORS];
                                        let sums = tile::<V, $rows, VECTORS>(weights, &[0], channels, &rows, zero);
                                        for (row, sums) in sums.iter().enumerate() {
                                            let to = products + (first + row) * outputs + panel * self.tile.width;
                                            for (vector, sums) in sums.iter().enumerate() {
                                                sums.store(memory.address(to + vector * V::LANES));
                                            }
                                        }
                                    }
                                    number += $rows;
                                })*
                                _ => unreachable!("one row is left at least"),
                            }
                        };
                    }
                    rows!(12 6 4 2 1);
                }
            }
        }
    }

    /// Computes Aᵀ m A, finishes it, and writes the outputs.
    ///
    /// # Safety
    /// As [`transform_input`](Self::transform_input), and [`multiply`](Self::multiply) has written the products of these tiles.
    /// Their outputs belong to this part alone.
    #[inline(always)]
    unsafe fn transform_output<V: Vector<Element = E>>(
        &self,
        memory: &Memory<'_, E>,
        scratch: usize,
        tiles: std::ops::Range<usize>,
    ) {
        let (count, outputs) = (tiles.len(), self.outputs());
        let products = scratch + N * N * count * self.reach.channels;
        let [_, height, width, channels] = self.finish.output.sizes();
        for (number, tile) in tiles.enumerate() {
            let (example, row, column) = self.place(tile);
            for channel in (0..channels).step_by(V::LANES) {
                // SAFETY: The products have been written, and panels and bias are padded to whole vectors. Only pixels of the
                // output are written, which belong to this part alone.
                unsafe {
                    let mut inputs = [[V::splat(E::zero()); N]; N];
                    for (place, value) in inputs.as_flattened_mut().iter_mut().enumerate() {
                        let from = products + (place * count + number) * outputs + channel;
                        *value = V::load(memory.address(from));
                    }
                    let bias = V::load(self.bias.as_ptr().add(channel));
                    let pixels = both_sides::<V, N, 4>(&Self::MATRICES.output, &inputs);
                    for (down, line) in pixels.iter().enumerate().take(N - 2) {
                        for (along, &value) in line.iter().enumerate().take(N - 2) {
                            let (row, column) = (row * (N - 2) + down, column * (N - 2) + along);
                            if row < height && column < width {
                                self.finish.write(memory, (example, row, column), channel, channels, [value.add(bias)]);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `M x Mᵀ`.
///
/// # Safety
/// The processor has the instructions of `V`.
#[inline(always)]
unsafe fn both_sides<V: Vector, const N: usize, const M: usize>(matrix: &[[f64; N]; M], x: &[[V; N]; N]) -> [[V; M]; M]
where
    V::Element: Element,
{
    // SAFETY: The caller guarantees this.
    unsafe {
        let zero = V::splat(V::Element::of(0.0));
        let mut half = [[zero; N]; M];
        for column in 0..N {
            let line: [V; N] = std::array::from_fn(|row| x[row][column]);
            let line = times::<V, N, M>(matrix, &line);
            for row in 0..M {
                half[row][column] = line[row];
            }
        }
        let mut whole = [[zero; M]; M];
        for row in 0..M {
            whole[row] = times::<V, N, M>(matrix, &half[row]);
        }
        whole
    }
}

/// `M x`. The matrix is known at compile time, so that multiplications by 0 are left out.
///
/// # Safety
/// The processor has the instructions of `V`.
#[inline(always)]
unsafe fn times<V: Vector, const N: usize, const M: usize>(matrix: &[[f64; N]; M], x: &[V; N]) -> [V; M]
where
    V::Element: Element,
{
    // SAFETY: The caller guarantees this.
    unsafe {
        let mut products = [V::splat(V::Element::of(0.0)); M];
        for (row, product) in products.iter_mut().enumerate() {
            let mut is_first = true;
            for column in 0..N {
                let factor = matrix[row][column];
                if factor != 0.0 {
                    *product = match (is_first, factor == 1.0) {
                        (true, true) => x[column],
                        (false, true) => product.add(x[column]),
                        _ => V::splat(V::Element::of(factor)).multiply_add(x[column], *product),
                    };
                    is_first = false;
                }
            }
        }
        products
    }
}

macro_rules! steps {
    ($($n:literal $name:ident;)*) => {$(
        type $name<E> = Winograd<E, $n>;

        // SAFETY: `new` has checked that all reads lie in `reach`. Only pixels of the output are written, and each part has tiles
        // of its own.
        unsafe impl<E: Element> Step<E> for $name<E> {
            fn reads(&self) -> Vec<View> {
                [self.reach].into_iter().chain(self.finish.residual).collect()
            }

            fn writes(&self) -> View {
                self.finish.output
            }

            fn cost(&self) -> usize {
                self.count() * $n * $n * self.reach.channels * self.panels[0].count * self.tile.vectors
            }

            // Each part reads all weights.
            fn parts(&self, threads: usize) -> usize {
                threads
            }

            fn scratch(&self) -> usize {
                let sizes = [$n * $n, TILES.min(self.count()), self.reach.channels.saturating_add(self.outputs())];
                product(&sizes).unwrap_or(usize::MAX)
            }

            unsafe fn run(&self, memory: &Memory<'_, E>, scratch: usize, part: Part) {
                // SAFETY: The caller guarantees this.
                unsafe { for_each_set!(self: &$name, run_with(memory: &Memory<'_, E>, scratch: usize, part: Part)) }
            }
        }
    )*};
}

steps! {
    4 ByTwo;
    6 ByFour;
}

#[cfg(test)]
mod tests;
