//! What the compiler says a network returns is what it returns.
//!
//! Shapes are types, so the geometries come from macros that multiply lists: some three hundred networks, whose outputs are
//! compared with a count of the windows' positions, one by one. Some of them run as well.

use proptest::prelude::*;
use shapewright::call::{Auto, Call, Keyword, Word, key};
use shapewright::layer::Described;
use shapewright::layer::window::{WindowParameters, Windows};
use shapewright::prelude::*;
use shapewright::shape::{Dims, UNKNOWN};

/// `cross!(then [fixed] [[a b] [c d]])` is `then!([fixed a c]) then!([fixed a d]) then!([fixed b c]) then!([fixed b d])`,
/// in an array.
macro_rules! cross {
    ($then:ident $fixed:tt $lists:tt) => { cross!(@lists $then [] $fixed $lists) };
    (@lists $then:ident [$($done:tt)*] $chosen:tt []) => { [$then!($chosen)] };
    (@lists $then:ident $done:tt $chosen:tt [[$($choice:tt)*] $($rest:tt)*]) => {
        cross!(@choices $then $done $chosen [$($choice)*] [$($rest)*])
    };
    (@choices $then:ident $done:tt $chosen:tt [$($choice:tt)*] $rest:tt) => {
        [$(cross!(@add $then $done $chosen $choice $rest)),*].concat()
    };
    (@add $then:ident $done:tt [$($chosen:tt)*] $choice:tt $rest:tt) => {
        cross!(@lists $then $done [$($chosen)* $choice] $rest)
    };
}

/// Padding on each side, or TensorFlow's.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Padding {
    Sides(usize),
    Same,
}

/// What a macro's token for padding stands for.
macro_rules! padding {
    (Same) => {
        Padding::Same
    };
    ($sides:tt) => {
        Padding::Sides($sides)
    };
}

/// How a window slides along one axis.
#[derive(Clone, Copy, Debug)]
struct Slide {
    input: usize,
    kernel: usize,
    stride: usize,
    padding: Padding,
    dilation: usize,
}

impl Slide {
    /// The padding before and after the input.
    fn sides(&self) -> (usize, usize) {
        match self.padding {
            Padding::Sides(sides) => (sides, sides),
            Padding::Same => {
                let mut total = 0;
                // As little as makes room for a window wherever an input position begins one.
                while self.count(self.input + total) < (0..self.input).step_by(self.stride).count() {
                    total += 1;
                }
                (total / 2, total - total / 2)
            }
        }
    }

    /// How many windows lie inside that many positions.
    fn count(&self, positions: usize) -> usize {
        let last_tap = (1..self.kernel).fold(0, |at, _| at + self.dilation);
        (0..positions).step_by(self.stride).filter(|start| start + last_tap < positions).count()
    }

    /// How many windows there are.
    fn outputs(&self) -> usize {
        let (before, after) = self.sides();
        self.count(before + self.input + after)
    }

    /// The input positions that a window covers.
    fn covered(&self, output: usize) -> Vec<usize> {
        let taps = (0..self.kernel).map(|tap| output * self.stride + tap * self.dilation);
        taps.filter_map(|at| at.checked_sub(self.sides().0)).filter(|&at| at < self.input).collect()
    }
}

/// What slides over an image, and what the compiler says of it.
#[derive(Clone, Copy, Debug)]
struct Geometry {
    vertical: Slide,
    horizontal: Slide,
    inferred: Dims,
}

/// A geometry as the macros write it: sizes in pixels, (height, width), and a network that has it.
macro_rules! geometry {
    ($h:tt $w:tt, $kernel:tt $stride:tt $padding:tt $dilation:tt, $inferred:expr) => {{
        let slide =
            |input, kernel| Slide { input, kernel, stride: $stride, padding: padding!($padding), dilation: $dilation };
        Geometry { vertical: slide($h, $kernel.0), horizontal: slide($w, $kernel.1), inferred: $inferred }
    }};
}

impl Geometry {
    fn check(&self, channels: usize) {
        let output = [channels, self.vertical.outputs(), self.horizontal.outputs()];
        assert_eq!(self.inferred.as_slice(), output, "{self:?}");
    }

    /// The input positions under each window, all windows in order.
    fn windows(&self) -> Vec<Vec<usize>> {
        let rows: Vec<_> = (0..self.vertical.outputs()).map(|row| self.vertical.covered(row)).collect();
        let columns: Vec<_> = (0..self.horizontal.outputs()).map(|column| self.horizontal.covered(column)).collect();
        let position = |row, column| row * self.horizontal.input + column;
        let window = |rows: &[usize], columns: &[usize]| {
            rows.iter().flat_map(|&row| columns.iter().map(move |&column| position(row, column))).collect()
        };
        rows.iter().flat_map(|rows| columns.iter().map(|columns| window(rows, columns)).collect::<Vec<_>>()).collect()
    }
}

#[test]
fn convolutions_have_a_window_for_every_output() {
    macro_rules! convolution {
        ([($h:tt, $w:tt) $kernel:tt $stride:tt $padding:tt $dilation:tt]) => {{
            type Net = network!(
                Input<2, $h, $w>,
                Conv2d<.., 3, $kernel, stride = $stride, padding = $padding, dilation = $dilation>
            );
            geometry!($h $w, $kernel $stride $padding $dilation, Net::OUTPUT)
        }};
    }
    let geometries = cross!(convolution [] [[(5, 6) (8, 7)] [(1, 1) (2, 3) (3, 2)] [1 2 3] [0 1 2 Same] [1 2]]);
    assert_eq!(geometries.len(), 144);
    geometries.iter().for_each(|geometry| geometry.check(3));
}

#[test]
fn pooling_has_a_window_for_every_output() {
    macro_rules! pooling {
        ([($h:tt, $w:tt) $kernel:tt $stride:tt $padding:tt]) => {{
            type Max = network!(Input<2, $h, $w>, MaxPool2d<$kernel, stride = $stride, padding = $padding, dilation = 2>);
            type Average = network!(Input<2, $h, $w>, AvgPool2d<$kernel, stride = $stride, padding = $padding>);
            [
                geometry!($h $w, $kernel $stride $padding 2, Max::OUTPUT),
                geometry!($h $w, $kernel $stride $padding 1, Average::OUTPUT),
            ]
        }};
    }
    let geometries = cross!(pooling [] [[(6, 5) (7, 9)] [(2, 2) (3, 2) (3, 3)] [1 2 3] [0 1 Same]]).concat();
    assert_eq!(geometries.len(), 108);
    geometries.iter().for_each(|geometry| geometry.check(2));
}

/// A kernel of ones on an image of ones counts the pixels that a window covers, so no window is missing or misplaced.
#[test]
fn convolutions_fill_every_output() {
    macro_rules! convolution {
        ([($h:tt, $w:tt) $kernel:tt $stride:tt $padding:tt $dilation:tt]) => {{
            network! {
                struct Net: Input<2, $h, $w> {
                    conv: Conv2d<
                        .., 3, $kernel, stride = $stride, padding = $padding, dilation = $dilation, bias = false
                    >,
                }
            }
            let dev = AutoDevice::default();
            let mut net = Net::build(&dev).unwrap();
            net.conv.weight = dev.ones();
            let filled = net.forward(dev.ones_like(&(1, Const::<2>, Const::<$h>, Const::<$w>))).as_vec();
            (geometry!($h $w, $kernel $stride $padding $dilation, Net::OUTPUT), filled)
        }};
    }
    let runs = cross!(convolution [(6, 7)] [[(2, 3)] [1 2] [0 2 Same] [1 2]]);
    for (geometry, filled) in runs {
        let counts: Vec<f32> = geometry.windows().iter().map(|window| 2.0 * window.len() as f32).collect();
        assert_eq!(filled, [&counts[..]; 3].concat(), "{geometry:?}");
    }
}

/// Where each pixel's value is its position, the maximum is the last position under a window, and the mean their mean.
#[test]
fn pooling_fills_every_output() {
    macro_rules! pooling {
        ([($h:tt, $w:tt) $kernel:tt $stride:tt $padding:tt]) => {{
            type Max = network!(Input<1, $h, $w>, MaxPool2d<$kernel, stride = $stride, padding = $padding, dilation = 2>);
            type Average = network!(
                Input<1, $h, $w>,
                AvgPool2d<$kernel, stride = $stride, padding = $padding, count_include_pad = false>
            );
            let dev = AutoDevice::default();
            let mut image = dev.zeros_like(&(1, Const::<1>, Const::<$h>, Const::<$w>));
            image.copy_from(&(0..$h * $w).map(|position: u8| f32::from(position)).collect::<Vec<_>>());
            (
                geometry!($h $w, $kernel $stride $padding 2, Max::OUTPUT),
                Max::build(&dev).unwrap().forward(image.clone()).as_vec(),
                geometry!($h $w, $kernel $stride $padding 1, Average::OUTPUT),
                Average::build(&dev).unwrap().forward(image).as_vec(),
            )
        }};
    }
    let runs = cross!(pooling [(6, 7)] [[(3, 2)] [1 2] [0 1 Same]]);
    for (max, maxima, average, averages) in runs {
        let greatest: Vec<f32> = max.windows().iter().map(|window| *window.last().unwrap() as f32).collect();
        assert_eq!(maxima, greatest, "{max:?}");
        let mean = |window: &Vec<usize>| window.iter().sum::<usize>() as f32 / window.len() as f32;
        for (actual, expected) in averages.iter().zip(average.windows().iter().map(mean)) {
            assert!((actual - expected).abs() < 1e-4, "{average:?}: {actual} instead of {expected}");
        }
        assert_eq!(averages.len(), average.windows().len());
    }
}

/// A kernel of ones on an image of ones counts the windows that a pixel of the output lies in. Between them the padding that
/// was taken away is missing, and behind them there is the padding of the output.
#[test]
fn transposed_convolutions_fill_every_output() {
    /// How many windows cover each output position of one axis.
    fn covered(input: usize, kernel: usize, stride: usize, padding: usize, more: usize, dilation: usize) -> Vec<usize> {
        let mut counts = vec![0; (0..input).map(|at| at * stride).max().unwrap() + dilation * (kernel - 1) + 1];
        (0..input).for_each(|at| (0..kernel).for_each(|tap| counts[at * stride + tap * dilation] += 1));
        counts.extend(vec![0; more]);
        counts[padding..counts.len() - padding].to_vec()
    }

    macro_rules! convolution {
        ([($h:tt, $w:tt) ($kh:tt, $kw:tt) $stride:tt $padding:tt $more:tt $dilation:tt]) => {{
            network! {
                struct Net: Input<2, $h, $w> {
                    conv: ConvTranspose2d<
                        .., 3, ($kh, $kw), stride = $stride, padding = $padding, output_padding = $more,
                        dilation = $dilation, bias = false,
                    >,
                }
            }
            let dev = AutoDevice::default();
            let mut net = Net::build(&dev).unwrap();
            net.conv.weight = dev.ones();
            let filled = net.forward(dev.ones_like(&(1, Const::<2>, Const::<$h>, Const::<$w>))).as_vec();
            let rows = covered($h, $kh, $stride, $padding, $more, $dilation);
            let columns = covered($w, $kw, $stride, $padding, $more, $dilation);
            (rows, columns, Net::OUTPUT, filled)
        }};
    }
    let runs = cross!(convolution [(3, 4)] [[(2, 3) (4, 4)] [2 3] [0 1] [0 1] [1 2]]);
    assert_eq!(runs.len(), 32);
    for (rows, columns, inferred, filled) in runs {
        assert_eq!(inferred.as_slice(), [3, rows.len(), columns.len()]);
        let counts = rows.iter().flat_map(|row| columns.iter().map(move |column| 2.0 * (row * column) as f32));
        assert_eq!(filled, [&counts.collect::<Vec<_>>()[..]; 3].concat());
    }
}

/// Of an image whose values are its positions, each pixel is repeated.
#[test]
fn upsampling_fills_every_output() {
    macro_rules! upsampling {
        ([($h:tt, $w:tt) ($down:tt, $along:tt)]) => {{
    type Scaled = network!(Input<2, $h, $w>, Upsample<($down, $along)>);
    type Sized = network!(Input<2, $h, $w>, Upsample<size = ({ $h * $down }, { $w * $along })>);
            let dev = AutoDevice::default();
            let mut image = dev.zeros_like(&(1, Const::<2>, Const::<$h>, Const::<$w>));
            image.copy_from(&(0..2 * $h * $w).map(|position: u8| f32::from(position)).collect::<Vec<_>>());
            assert_eq!(Scaled::OUTPUT, Sized::OUTPUT);
            assert_eq!(Scaled::OUTPUT.as_slice(), [2, $h * $down, $w * $along]);
            let output = Scaled::build(&dev).unwrap().forward(image.clone()).as_vec();
            assert_eq!(output, Sized::build(&dev).unwrap().forward(image).as_vec());
            ([$h, $w], [$down, $along], output)
        }};
    }
    for ([height, width], [down, along], output) in cross!(upsampling [] [[(1, 1) (3, 4)] [(1, 1) (2, 2) (3, 5)]]) {
        assert_eq!(output.len(), 2 * height * down * width * along);
        for (at, value) in output.into_iter().enumerate() {
            let (column, row) = (at % (width * along) / along, at / (width * along) % (height * down) / down);
            let channel = at / (width * along * height * down);
            assert_eq!(value, (channel * height * width + row * width + column) as f32);
        }
    }
}

/// Layers that don't look at an image take any number of dimensions.
#[test]
fn other_layers_take_every_rank() {
    macro_rules! ranks {
        ($([$($size:tt)*])*) => {$({
            type Rectified = network!(Input<$($size),*>, ReLU, Dropout, GELU);
            type Mapped = network!(Input<$($size),*>, Linear<.., 11>);
            type Flat = network!(Input<$($size),*>, Flatten);
            type Features = network!(Input<$($size),*>, Linear<.., 11>, Flatten, Linear<.., 12>);
            let sizes: &[usize] = &[$($size),*];
            let mapped = [&sizes[..sizes.len() - 1], &[11]].concat();
            assert_eq!(Rectified::OUTPUT.as_slice(), sizes);
            assert_eq!(Mapped::OUTPUT.as_slice(), mapped);
            assert_eq!(Mapped::PARAMS, sizes.last().unwrap() * 11 + 11);
            assert_eq!(Flat::OUTPUT.as_slice(), [sizes.iter().product::<usize>()]);
            assert_eq!(Features::OUTPUT.as_slice(), [12]);
            assert_eq!(Features::PARAMS, Mapped::PARAMS + mapped.iter().product::<usize>() * 12 + 12);
            let dev = AutoDevice::default();
            let output = Features::build(&dev).unwrap().forward(dev.zeros_like(&(2, $(Const::<$size>),*)));
            assert_eq!(output.shape(), &(2, Const::<12>));
        })*};
    }
    ranks! { [7] [3 5] [2 3 4] [2 3 1 2] [1 2 2 1] }
}

/// A call, and the arguments that it was written with.
#[derive(Clone, Copy)]
struct Written {
    call: Call,
    kernel: (usize, usize),
    stride: usize,
    padding: Padding,
    dilation: usize,
}

/// Convolutions to four channels, with every combination of some arguments.
fn calls() -> Vec<Written> {
    macro_rules! call {
        ([($kh:tt, $kw:tt) $stride:tt $padding:tt $dilation:tt]) => {{
            type Layer = Conv2d<
                (Auto, Const<4>, (Const<$kh>, Const<$kw>)),
                (
                    Keyword<{ key("stride") }, Const<$stride>>,
                    Keyword<{ key("padding") }, argument!($padding)>,
                    Keyword<{ key("dilation") }, Const<$dilation>>,
                ),
            >;
            Written {
                call: Layer::CALL,
                kernel: ($kh, $kw),
                stride: $stride,
                padding: padding!($padding),
                dilation: $dilation,
            }
        }};
    }
    macro_rules! argument {
        // The bytes of its name.
        (Same) => { Word<{ u32::from_le_bytes(*b"Same") as u128 }, 0> };
        ($size:tt) => { Const<$size> };
    }
    cross!(call [] [[(1, 1) (2, 3) (5, 4) (7, 1)] [1 2 3 5] [0 1 3 6 Same] [1 2 4]])
}

const CONV2D: WindowParameters =
    WindowParameters { kernel_size: 2, stride: Some(3), padding: Some(4), dilation: Some(5), ceil_mode: None };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// On images of any size, too small ones included.
    #[test]
    fn windows_are_counted_right(height in 1..40_usize, width in 1..40_usize) {
        for Written { call, kernel, stride, padding, dilation } in calls() {
            let slide = |input, kernel| Slide { input, kernel, stride, padding, dilation };
            let (vertical, horizontal) = (slide(height, kernel.0), slide(width, kernel.1));
            let windows = Windows::new(&call, &Dims::new(&[2, height, width]), CONV2D);
            let (high, wide) = (vertical.outputs(), horizontal.outputs());
            prop_assert_eq!(windows.mistake.is_some(), high == 0 || wide == 0, "{:?} {:?}", vertical, horizontal);
            // Where the kernel doesn't fit, the size is unknown, so that no layer behind it complains too.
            let known = |outputs| if outputs == 0 { UNKNOWN } else { outputs };
            let output = Dims::new(&[4, known(high), known(wide)]);
            prop_assert_eq!(windows.output(4), output, "{:?} {:?}", vertical, horizontal);
            for (window, slide) in [(windows.vertical, vertical), (windows.horizontal, horizontal)] {
                prop_assert_eq!(window.padding, slide.sides().0, "{:?}", slide);
                for output in 0..slide.outputs() {
                    let covered: Vec<_> = (0..window.kernel).filter_map(|tap| window.position(output, tap)).collect();
                    prop_assert_eq!(covered, slide.covered(output), "{:?} {:?}", slide, output);
                }
            }
        }
    }

    #[test]
    fn dims_are_what_they_were_made_of(
        sizes in proptest::collection::vec(0..9_usize, 0..8), axis in 0..8_usize, size in 0..9_usize, end in 0..8_usize
    ) {
        let dims = Dims::new(&sizes);
        let kept = &sizes[..sizes.len().min(5)];
        prop_assert_eq!(dims.as_slice(), kept);
        prop_assert_eq!(dims.rank(), kept.len());
        prop_assert_eq!(dims.size(axis), kept.get(axis).copied().unwrap_or(0));
        prop_assert_eq!(dims.last(), kept.last().copied().unwrap_or(0));
        prop_assert_eq!(dims.numel(), kept.iter().product::<usize>());
        let between = kept.iter().take(end).skip(axis).product::<usize>();
        prop_assert_eq!(dims.product(axis, end), between);
        let mut changed = kept.to_vec();
        changed.iter_mut().skip(axis).take(1).for_each(|old| *old = size);
        prop_assert_eq!(dims.with(axis, size), Dims::new(&changed));
        prop_assert_eq!(dims.agrees(&Dims::new(&changed)), kept == changed);
        prop_assert_eq!(dims.to_string(), format!("{kept:?}"));
    }
}
