//! How both networks learned, as a picture.

use std::path::Path;

use plotters::prelude::*;

use crate::command_line::Outcome;
use crate::drawing::{Area, FAINT, INK, PAPER, bold, font, picture};
use crate::training::Curve;

const GRID: RGBColor = RGBColor(230, 233, 238);
const BLUE: RGBColor = RGBColor(47, 111, 184);
const ORANGE: RGBColor = RGBColor(222, 110, 38);

/// Draws the accuracy on test digits, epoch after epoch.
pub fn draw(path: &Path, transfer: &Curve, scratch: &Curve, examples: usize) -> Outcome {
    picture(path, (1600, 1120), |area| chart(area, transfer, scratch, examples))
}

fn chart(area: &Area<'_>, transfer: &Curve, scratch: &Curve, examples: usize) -> Outcome {
    let title = format!("Digits 5 to 9, learned from {examples} examples");
    let epochs = transfer.0.len().max(scratch.0.len()) - 1;
    let mut chart = ChartBuilder::on(area)
        .caption(title, bold(52).color(&INK))
        .margin(40)
        .x_label_area_size(100)
        .y_label_area_size(130)
        .build_cartesian_2d(0.0..epochs as f64 * 1.02, 0.0..103.0)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(2))
        .axis_style(FAINT.stroke_width(2))
        .label_style(font(34).color(&INK))
        .axis_desc_style(font(34).color(&FAINT))
        .x_desc("times the examples were seen")
        .y_desc("test digits read right, in %")
        .x_labels((epochs + 1).min(11))
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .y_labels(6)
        .y_label_formatter(&|accuracy| format!("{accuracy:.0}"))
        .draw()?;
    let lines = [(transfer, "backbone from digits 0 to 4, frozen", BLUE), (scratch, "from scratch", ORANGE)];
    for (curve, name, color) in lines {
        let points = || curve.0.iter().enumerate().map(|(epoch, accuracy)| (epoch as f64, *accuracy));
        let name = format!("{name}: {:.1} %", curve.last());
        chart
            .draw_series(LineSeries::new(points(), color.stroke_width(6)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 48, y)], color.stroke_width(6)));
        chart.draw_series(points().map(|point| Circle::new(point, 7, color.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .margin(28)
        .legend_area_size(68)
        .label_font(font(34).color(&INK))
        .background_style(PAPER)
        .border_style(GRID.stroke_width(2))
        .draw()?;
    Ok(())
}
