//! The picture: what one core could do at each intensity, and what the convolutions do.

use std::path::Path;

use plotters::{prelude::*, style::text_anchor::HPos};

use crate::{
    Point,
    peaks::Peaks,
    pictures::{Area, BLUE, FAINT, GRID, INK, ORANGE, Outcome, PAPER, bold, bring_font, font, text},
};

const SIZE: (u32, u32) = (2560, 1440);
/// The width at the right that the names of the points have, and the distance between two of them.
const NAMES: u32 = 520;
const LINE: i32 = 52;

pub fn draw(path: &Path, points: &[Point], peaks: &Peaks) -> Outcome {
    bring_font()?;
    let area = BitMapBackend::new(path, SIZE).into_drawing_area();
    area.fill(&PAPER)?;
    text(&area, "ResNet-18's convolutions on one core", (64, 72), bold(56).color(&INK), HPos::Left)?;
    let subtitle = "each as a compiled plan of one example; lines are what the machine was measured to do at most";
    text(&area, subtitle, (64, 140), font(36).color(&FAINT), HPos::Left)?;

    let rates = || points.iter().map(|point| point.rate() / 1e9);
    let intensities = || points.iter().map(|point| point.convolution.intensity());
    let peak = peaks.operations / 1e9;
    // From where even the cache is slower than the processor.
    let x = 0.5 * (peaks.operations / peaks.cache).min(1.0)..1.5 * intensities().fold(0.0, f64::max);
    let y = 0.8 * x.start * peaks.memory / 1e9..1.6 * rates().fold(peak, f64::max);
    let mut chart = ChartBuilder::on(&area)
        .margin_top(184)
        .margin_left(32)
        .margin_right(NAMES)
        .margin_bottom(24)
        .x_label_area_size(110)
        .y_label_area_size(150)
        .build_cartesian_2d(x.clone().log_scale(), y.clone().log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(2))
        .axis_style(FAINT.stroke_width(2))
        .label_style(font(36).color(&INK))
        .axis_desc_style(font(36).color(&FAINT))
        .x_desc("operations for each byte that must be moved")
        .y_desc("GFLOP/s of the direct definition")
        .x_labels(20)
        .x_label_formatter(&|x| apart(*x))
        .y_label_formatter(&|y| apart(*y))
        .draw()?;

    let roofs = [(peaks.memory, "from memory", FAINT), (peaks.cache, "from the shared cache", INK)];
    for (bytes, _, color) in roofs {
        let roof = |intensity: f64| (intensity, peak.min(intensity * bytes / 1e9));
        let corner = peaks.operations / bytes;
        let roof = [x.start, corner.clamp(x.start, x.end), x.end].map(roof);
        chart.draw_series(LineSeries::new(roof, color.stroke_width(4)))?;
    }
    let at: Vec<(i32, i32)> =
        points.iter().map(|point| chart.backend_coord(&(point.convolution.intensity(), point.rate() / 1e9))).collect();
    let (left, top) = chart.backend_coord(&(x.start, peak));
    let peak_text = format!("{peak:.0} GFLOP/s: fused multiplications and additions");
    text(&area, &peak_text, (left + 32, top - 32), font(32).color(&INK), HPos::Left)?;
    for ((bytes, name, color), line) in roofs.into_iter().rev().zip(1..) {
        let words = format!("{:.0} GB/s {name}", bytes / 1e9);
        let height = chart.backend_coord(&(x.start, y.end)).1 + 8 + LINE * line;
        let left = left + 32;
        area.draw(&PathElement::new([(left, height), (left + 64, height)], color.stroke_width(4)))?;
        text(&area, &words, (left + 84, height), font(32).color(&INK), HPos::Left)?;
    }
    let height = chart.backend_coord(&(x.start, y.end)).1 + 8 + LINE * 3;
    area.draw(&Circle::new((left + 64, height), 11, ORANGE.filled()))?;
    text(&area, "Winograd's algorithm multiplies less", (left + 116, height), font(32).color(&INK), HPos::Left)?;
    name(&area, points, &at, peak)?;
    Ok(area.present()?)
}

/// The numbers on a logarithmic axis that have room: 1, 2, 5, 10, and so on.
fn apart(number: f64) -> String {
    let first = number / 10.0_f64.powf(number.log10().floor());
    if [1.0, 2.0, 5.0].iter().any(|shown| (first - shown).abs() < 1e-6) { format!("{number}") } else { String::new() }
}

/// Draws the points, and their names in one column beside them. Those above the peak come first, and each time those at the
/// right, so that few lines cross.
fn name(area: &Area<'_>, points: &[Point], at: &[(i32, i32)], peak: f64) -> Outcome {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|&number| (points[number].rate() / 1e9 <= peak, -at[number].0));
    let column = (SIZE.0 - NAMES) as i32;
    let color = |point: &Point| if point.rate() / 1e9 > peak { ORANGE } else { BLUE };
    // As high as their points, or lower where others are.
    let mut free = i32::MIN;
    let heights = order.iter().map(|&number| {
        let height = at[number].1.max(free);
        free = height + LINE;
        height
    });
    for (&number, height) in order.iter().zip(heights.collect::<Vec<_>>()) {
        let (point, (x, y)) = (&points[number], at[number]);
        let leader = [(x, y), (column + 16, height), (column + 32, height)];
        area.draw(&PathElement::new(leader, color(point).mix(0.35).stroke_width(2)))?;
        let words = format!("{}: {:.0} %", point.convolution, 100.0 * point.rate() / 1e9 / peak);
        text(area, &words, (column + 44, height), font(32).color(&INK), HPos::Left)?;
    }
    for (point, at) in points.iter().zip(at) {
        area.draw(&Circle::new(*at, 11, color(point).filled()))?;
    }
    Ok(())
}
