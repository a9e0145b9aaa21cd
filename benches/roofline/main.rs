//! How near the convolutions of a compiled ResNet-18 come to what one core of this machine can do.
//!
//! ```sh
//! cargo bench --bench roofline
//! ```
//!
//! It prints a Markdown table and draws `benches/roofline.png`. All times are the best of many runs, those of the machine as
//! those of the convolutions: what else the machine does only adds to them.

mod convolutions;
mod peaks;
mod picture;
#[path = "../pictures/mod.rs"]
mod pictures;

use std::error::Error;

use convolutions::Convolution;
use peaks::Peaks;

/// A convolution, and how long it took.
pub struct Point {
    /// Its sizes.
    pub convolution: Convolution,
    /// Seconds of the convolution itself.
    pub seconds: f64,
    /// Seconds of the whole call, which brings the image into the order that kernels like, and back.
    pub call: f64,
}

impl Point {
    /// Operations of the direct definition in a second.
    pub fn rate(&self) -> f64 {
        self.convolution.operations() / self.seconds
    }
}

/// How often all is measured.
const ROUNDS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let mut peaks = Peaks::measure();
    let mut points = convolutions::resnet18()
        .map(|(convolution, time)| (Point { convolution, seconds: f64::INFINITY, call: f64::INFINITY }, time));
    // Again and again, as the machine may have been busy for a while.
    for _ in 0..ROUNDS {
        for (point, time) in &mut points {
            let (seconds, call) = time()?;
            (point.seconds, point.call) = (point.seconds.min(seconds), point.call.min(call));
        }
        peaks = peaks.best(&Peaks::measure());
    }
    let points = points.map(|(point, _)| point);
    println!("One core: {:.1} GFLOP/s by fused multiplications and additions,", peaks.operations / 1e9);
    println!(
        "{:.1} GB/s from the cache that cores share, {:.1} GB/s from memory.\n",
        peaks.cache / 1e9,
        peaks.memory / 1e9
    );
    print_table(&points, &peaks);
    picture::draw("benches/roofline.png".as_ref(), &points, &peaks)
}

fn print_table(points: &[Point], peaks: &Peaks) {
    println!(
        "| convolution | multiplications | bytes at least | operations a byte | time | whole call | GFLOP/s | of the peak |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for point in points {
        let Point { convolution, seconds, call } = point;
        println!(
            "| {convolution} | {:.1} M | {:.2} MB | {:.0} | {:.3} ms | {:.3} ms | {:.1} | {:.0} % |",
            convolution.operations() / 2e6,
            convolution.bytes() / 1e6,
            convolution.intensity(),
            1e3 * seconds,
            1e3 * call,
            point.rate() / 1e9,
            100.0 * point.rate() / peaks.operations,
        );
    }
}
