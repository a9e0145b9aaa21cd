//! Convolutions and fully connected layers, fused with the operations that follow them.

use super::arena::Memory;
use super::depthwise::Depthwise;
use super::finish::{Finish, Fused};
use super::panels::{MAX_ROWS, Panels, Tile, line, tile};
use super::program::{Part, Step};
use super::view::View;
use super::winograd::Winograd;
use crate::ops::Element;
use crate::ops::choice::asked;
use crate::ops::conv2d::{Conv2dGeometry, Kernel};
use crate::ops::sizes::expect;
use crate::ops::vector::{Vector, for_each_set};
use crate::ops::vectorized::InstructionSet;
use crate::ops::window::Window;

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// Multiplies pixels by panels of weights. The pixels are read from the image without a rearrangement.
    Direct,
    /// Computes each channel by itself, for groups of one channel.
    Depthwise,
    /// Winograd's algorithm, which computes square tiles of the given size with fewer multiplications, for kernels of 3 × 3
    /// without stride.
    Winograd(usize),
}

/// The parameters of a convolution step. The input is surrounded by zeros, as far as the kernel reaches.
pub(crate) struct Parameters<'a, E> {
    pub(crate) geometry: &'a Conv2dGeometry,
    pub(crate) weight: &'a [E],
    pub(crate) bias: Option<&'a [E]>,
    pub(crate) input: View,
    pub(crate) output: View,
    pub(crate) residual: Option<View>,
    pub(crate) fused: Fused<E>,
}

impl Algorithm {
    /// The algorithms that can compute a convolution. [`Direct`](Algorithm::Direct) is always among them.
    pub(crate) fn all(geometry: &Conv2dGeometry) -> impl Iterator<Item = Self> + use<> {
        let is_3x3 = [geometry.vertical, geometry.horizontal]
            .iter()
            .all(|window| window.kernel == 3 && window.stride == 1 && window.dilation == 1);
        let one_by_one = geometry.groups == geometry.in_channels && geometry.out_channels == geometry.in_channels;
        [
            (Self::Direct, true),
            (Self::Depthwise, one_by_one && geometry.groups > 1),
            (Self::Winograd(2), is_3x3 && geometry.groups == 1),
            (Self::Winograd(4), is_3x3 && geometry.groups == 1),
        ]
        .into_iter()
        .filter_map(|(algorithm, can)| can.then_some(algorithm))
    }

    /// The word that requests it in `SHAPEWRIGHT_KERNELS`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Depthwise => "depthwise",
            Self::Winograd(2) => "winograd2",
            Self::Winograd(_) => "winograd4",
        }
    }

    /// The widths of the border that it reads around the input: above, below, to the left and to the right.
    pub(crate) fn border(self, geometry: &Conv2dGeometry) -> [usize; 4] {
        let sides = |window: &Window| {
            let output = match self {
                Self::Winograd(size) => window.output.next_multiple_of(size),
                _ => window.output,
            };
            let last = output.saturating_sub(1) * window.stride + (window.kernel - 1) * window.dilation + 1;
            [window.padding, last.saturating_sub(window.padding + window.input)]
        };
        let ([above, below], [left, right]) = (sides(&geometry.vertical), sides(&geometry.horizontal));
        [above, below, left, right]
    }

    /// The fastest algorithm according to measurements (see `benches/README.md`), or the requested one, if it can compute this.
    pub(crate) fn best(geometry: &Conv2dGeometry) -> Self {
        let can = |algorithm| Self::all(geometry).any(|other| other == algorithm);
        if let Some(Kernel::Pixels(algorithm)) = asked().convolution
            && can(algorithm)
        {
            return algorithm;
        }
        let tiles = geometry.batch * geometry.vertical.output.div_ceil(4) * geometry.horizontal.output.div_ceil(4);
        match () {
            () if can(Self::Depthwise) => Self::Depthwise,
            // It transforms the weights to four times as many elements, which doesn't pay off for a few tiles.
            () if can(Self::Winograd(4)) && geometry.in_channels.min(geometry.out_channels) >= 32 && tiles >= 16 => {
                Self::Winograd(4)
            }
            () => Self::Direct,
        }
    }
}

impl<E> Parameters<'_, E> {
    /// All that an algorithm reads: the input with its border. It begins with the first element of the first window.
    ///
    /// # Panics
    /// If the sizes contradict each other, or the algorithm can't compute this convolution.
    pub(super) fn reach(&self, algorithm: Algorithm) -> View {
        let Parameters { geometry, weight, bias, input, output, residual, .. } = *self;
        let Conv2dGeometry { batch, in_channels, out_channels, groups, vertical, horizontal } = *geometry;
        assert!(Algorithm::all(geometry).any(|can| can == algorithm), "{algorithm:?} can't compute {geometry:?}");
        [vertical, horizontal].iter().for_each(Window::check);
        let inputs = [batch, vertical.input, horizontal.input, in_channels];
        let outputs = [batch, vertical.output, horizontal.output, out_channels];
        assert_eq!(input.sizes(), inputs, "the input fits {geometry:?}");
        assert_eq!(output.sizes(), outputs, "the output fits {geometry:?}");
        assert!(residual.is_none_or(|residual| residual.sizes() == outputs), "the residual fits {geometry:?}");
        let weights = [out_channels, in_channels / groups, vertical.kernel, horizontal.kernel];
        expect("weight", weight.len(), &weights, geometry);
        bias.into_iter().for_each(|bias| expect("bias", bias.len(), &[out_channels], geometry));
        input.with_border(algorithm.border(geometry))
    }

    /// The distances in the input between neighbouring windows, vertical and horizontal. Too large ones saturate: no view holds
    /// them.
    pub(super) fn strides(&self) -> (usize, usize) {
        let (vertical, horizontal) = (self.geometry.vertical, self.geometry.horizontal);
        (
            vertical.stride.saturating_mul(self.input.row_stride),
            horizontal.stride.saturating_mul(self.input.pixel_stride),
        )
    }
}

/// A step that computes a convolution.
pub(crate) fn convolution<E: Element>(
    set: InstructionSet,
    algorithm: Algorithm,
    parameters: &Parameters<'_, E>,
) -> Box<dyn Step<E>> {
    match algorithm {
        Algorithm::Direct => Box::new(Convolution::new(set, parameters)),
        Algorithm::Depthwise => Box::new(Depthwise::new(set, parameters)),
        Algorithm::Winograd(2) => Box::new(Winograd::<E, 4>::new(set, parameters)),
        Algorithm::Winograd(_) => Box::new(Winograd::<E, 6>::new(set, parameters)),
    }
}

/// A position in the output: the positions of its elements, of its inputs, and of the residual.
#[derive(Clone, Copy, Default)]
struct Cursor {
    example: usize,
    row: usize,
    /// The number of pixels left in the row.
    left: usize,
    origin: usize,
    channel: usize,
    input: usize,
    output: usize,
    residual: usize,
}

/// A convolution by [`Algorithm::Direct`].
#[derive(Debug)]
pub(crate) struct Convolution<E> {
    set: InstructionSet,
    tile: Tile,
    /// The weights of each group.
    panels: Vec<Panels<E>>,
    /// The bias of each group, as long as its panels are wide.
    bias: Vec<Vec<E>>,
    /// Where the runs of inputs of an output begin, as distances from the first run.
    runs: Vec<usize>,
    /// The number of elements in a run.
    length: usize,
    /// The input with its border. It begins with the first input of the first output.
    reach: View,
    /// The distances in the input between neighbouring outputs, vertical and horizontal.
    strides: (usize, usize),
    group: (usize, usize),
    finish: Finish<E>,
}

impl<E: Element> Convolution<E> {
    fn new(set: InstructionSet, parameters: &Parameters<'_, E>) -> Self {
        let reach = parameters.reach(Algorithm::Direct);
        let Parameters { geometry, weight, bias, input, output, residual, fused } = *parameters;
        let (vertical, horizontal) = (geometry.vertical, geometry.horizontal);
        let (inputs, outputs) = (geometry.in_channels / geometry.groups, geometry.out_channels / geometry.groups);
        let tile = Tile::new::<E>(set, outputs);
        // Neighbouring pixels form one run, if all of their channels are read.
        let (joined, taps) = if input.pixel_stride == inputs && horizontal.dilation == 1 {
            (horizontal.kernel, 1)
        } else {
            (1, horizontal.kernel)
        };
        let rows = (0..vertical.kernel).map(|down| down * vertical.dilation * input.row_stride);
        let runs = rows.flat_map(|row| (0..taps).map(move |tap| row + tap * horizontal.dilation * input.pixel_stride));
        let depth = inputs * vertical.kernel * horizontal.kernel;
        let panels = (0..geometry.groups).map(|group| {
            Panels::new(outputs, depth, tile.width, |output, number| {
                let (tap, channel) = (number / inputs, number % inputs);
                weight[(group * outputs + output) * depth + channel * (depth / inputs) + tap]
            })
        });
        let bias = (0..geometry.groups).map(|group| {
            let mut padded = vec![E::zero(); outputs.next_multiple_of(tile.width)];
            if let Some(bias) = bias {
                padded[..outputs].copy_from_slice(&bias[group * outputs..][..outputs]);
            }
            padded
        });
        let (panels, bias) = (panels.collect(), bias.collect());
        let (runs, length, strides): (Vec<usize>, _, _) = (runs.collect(), inputs * joined, parameters.strides());
        let steps = [
            (output.examples, input.example_stride),
            (output.height, strides.0),
            (output.width, strides.1),
            (geometry.groups, inputs),
            (2, runs.iter().copied().max().unwrap_or(0)),
        ];
        assert!(
            reach.holds(reach.start, &steps, length),
            "a convolution reads what lies around its input: {geometry:?}"
        );
        Convolution {
            set,
            tile,
            panels,
            bias,
            runs,
            length,
            reach,
            strides,
            group: (inputs, outputs),
            finish: Finish { output, residual, fused },
        }
    }

    /// The number of pixels that are computed for all panels, before the next pixels follow. Their inputs should stay in the
    /// cache.
    fn block(&self) -> usize {
        const NUMBERS: usize = 1 << 15;
        let reads = (self.strides.1.max(1).saturating_mul(self.strides.0) / self.reach.row_stride.max(1)).max(1);
        (NUMBERS / reads).next_multiple_of(self.tile.rows).max(4 * self.tile.rows)
    }

    /// The cursor at the pixel with this number. `origin` is where the first pixel's inputs begin; `channel` is the first output.
    #[inline(always)]
    fn cursor(&self, pixel: usize, origin: usize, channel: usize) -> Cursor {
        let output = &self.finish.output;
        let (row, column) = (pixel / output.width, pixel % output.width);
        let mut cursor = Cursor {
            example: row / output.height,
            row: row % output.height,
            left: output.width - column,
            origin,
            channel,
            ..Cursor::default()
        };
        self.seek(&mut cursor, column);
        cursor
    }

    /// Moves the cursor to a column of its row.
    #[inline(always)]
    fn seek(&self, cursor: &mut Cursor, column: usize) {
        let Cursor { example, row, origin, channel, .. } = *cursor;
        let along = column * self.strides.1;
        cursor.input = origin + example * self.reach.example_stride + row * self.strides.0 + along;
        cursor.output = self.finish.output.at(example, row, column) + channel;
        cursor.residual = self.finish.residual.map_or(0, |view| view.at(example, row, column) + channel);
    }

    /// Moves the cursor to the next pixel.
    #[inline(always)]
    fn advance(&self, cursor: &mut Cursor) {
        cursor.left -= 1;
        // After the last pixel of a row this position is meaningless, and `seek` computes that of the next row.
        cursor.input = cursor.input.wrapping_add(self.strides.1);
        cursor.output += self.finish.output.pixel_stride;
        cursor.residual += self.finish.residual.map_or(0, |view| view.pixel_stride);
        if cursor.left == 0 {
            cursor.left = self.finish.output.width;
            cursor.row += 1;
            if cursor.row == self.finish.output.height {
                (cursor.example, cursor.row) = (cursor.example + 1, 0);
            }
            self.seek(cursor, 0);
        }
    }

    /// # Safety
    /// As [`Step::run`], and the processor has the instructions of `V`.
    #[inline(always)]
    unsafe fn run_with<V: Vector<Element = E>>(&self, memory: &Memory<'_, E>, part: Part) {
        // SAFETY: The caller guarantees this.
        unsafe {
            match self.tile.vectors {
                1 => self.run_panels::<V, 1>(memory, part),
                _ => self.run_panels::<V, 2>(memory, part),
            }
        }
    }

    /// # Safety
    /// As [`run_with`](Self::run_with), and a tile has `VECTORS` vectors.
    #[inline(always)]
    unsafe fn run_panels<V: Vector<Element = E>, const VECTORS: usize>(&self, memory: &Memory<'_, E>, part: Part) {
        let (pixels, panels) = (self.finish.output.pixels(), self.panels[0].count);
        let all = self.panels.len() * panels;
        // If there are more weights than elements of the image, threads divide the weights between them.
        let by_panels =
            all >= part.of && all * self.tile.width * self.panels[0].depth > self.reach.end() - self.reach.start;
        let tiles = pixels.div_ceil(self.tile.rows);
        let (tiles, all) = if by_panels { (0..tiles, part.share(all)) } else { (part.share(tiles), 0..all) };
        let (first, end) = (tiles.start * self.tile.rows, (tiles.end * self.tile.rows).min(pixels));
        for start in (first..end).step_by(self.block()) {
            let end = (start + self.block()).min(end);
            for panel in all.clone() {
                // SAFETY: The caller guarantees this; no other part computes the same pixels and panels.
                unsafe { self.run_panel::<V, VECTORS>(memory, (panel / panels, panel % panels), start, end) }
            }
        }
    }

    /// Computes the outputs of one panel of a group, for a range of pixels.
    ///
    /// # Safety
    /// As [`run_panels`](Self::run_panels); these outputs belong to this part alone.
    #[inline(always)]
    unsafe fn run_panel<V: Vector<Element = E>, const VECTORS: usize>(
        &self,
        memory: &Memory<'_, E>,
        (group, panel): (usize, usize),
        start: usize,
        end: usize,
    ) {
        let channels = (group * self.group.1 + panel * self.tile.width, (group + 1) * self.group.1);
        let mut cursor = self.cursor(start, self.reach.start + group * self.group.0, channels.0);
        let mut pixel = start;
        let weights = self.panels[group].panel(panel);
        let bias = &self.bias[group][panel * self.tile.width..][..self.tile.width];
        while pixel < end {
            let left = end - pixel;
            macro_rules! rows {
                ($($rows:literal)*) => {
                    match left {
                        $(_ if left >= $rows && self.tile.rows >= $rows => {
                            let mut places = [(0, 0); $rows];
                            let mut rows = [std::ptr::null(); $rows];
                            for (place, row) in places.iter_mut().zip(&mut rows) {
                                *row = memory.address(cursor.input).cast_const();
                                *place = (cursor.output, cursor.residual);
                                self.advance(&mut cursor);
                            }
                            // SAFETY: The caller guarantees that the processor has the instructions, that reads and writes lie in
                            // the arena, and that the outputs belong to this part alone. Panels and bias are padded to `VECTORS`
                            // vectors.
                            unsafe {
                                let mut start = [V::splat(E::zero()); VECTORS];
                                for (vector, start) in start.iter_mut().enumerate() {
                                    *start = V::load(bias.as_ptr().add(vector * V::LANES));
                                }
                                let sums = if $rows == 1 {
                                    [line(weights, &self.runs, self.length, rows[0], start); $rows]
                                } else {
                                    tile::<V, $rows, VECTORS>(weights, &self.runs, self.length, &rows, start)
                                };
                                for (place, sums) in places.into_iter().zip(sums) {
                                    self.finish.write_at(memory, place, channels.1 - channels.0, sums);
                                }
                            }
                            pixel += $rows;
                        })*
                        _ => unreachable!("one row is left at least"),
                    }
                };
            }
            rows!(12 6 4 2 1);
        }
    }
}

// SAFETY: `new` has checked that all reads lie in `reach`. Only pixels of the output, or some of their channels, are written, and
// each part has some of its own.
unsafe impl<E: Element> Step<E> for Convolution<E> {
    fn reads(&self) -> Vec<View> {
        [self.reach].into_iter().chain(self.finish.residual).collect()
    }

    fn writes(&self) -> View {
        self.finish.output
    }

    fn cost(&self) -> usize {
        let panels: usize = self.panels.iter().map(|panels| panels.count * panels.depth).sum();
        self.finish.output.pixels() * panels * self.tile.vectors
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        // SAFETY: The caller guarantees this.
        unsafe { for_each_set!(self: &Convolution, run_with(memory: &Memory<'_, E>, part: Part)) }
    }
}

const _: () = assert!(MAX_ROWS == 12, "`run_panel` has a loop for each number of rows");
