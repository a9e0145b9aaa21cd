//! The picture of a run: canvases, which pixels are of which digit, and what the network said.

use std::path::Path;

use plotters::style::Color;

use crate::Tally;
use crate::canvas::Canvas;
use crate::canvas::pictures::{COLORS, corner, draw_canvas, fill, frame, sheet};
use crate::command_line::Outcome;
use crate::drawing::Area;

const COLUMNS: usize = 6;

/// Draws the first canvases of the test.
pub fn segments(path: &Path, canvases: &[Canvas], tally: &Tally) -> Outcome {
    let title = format!("Digits found pixel by pixel, mean IoU {:.2}", tally.mean_iou());
    let subtitle = format!("The first of {} test canvases; the digits on them were never seen before.", canvases.len());
    let columns = canvases.len().min(COLUMNS);
    sheet(path, columns, &["canvas", "truth", "found"], [&title, &subtitle], |area| {
        for (column, canvas) in canvases.iter().take(columns).enumerate() {
            draw_canvas(area, canvas, corner(column, 0), 1.0)?;
            draw_labels(area, &canvas.labels, corner(column, 1))?;
            draw_labels(area, tally.said(column), corner(column, 2))?;
        }
        Ok(())
    })
}

/// Colours the pixels of digits: 0 is none, 1 the digit 0, and so on.
fn draw_labels(area: &Area<'_>, labels: &[usize], at: (i32, i32)) -> Outcome {
    for (place, label) in labels.iter().enumerate().filter(|(_, label)| **label > 0) {
        fill(area, at, place, &COLORS[(label - 1) % COLORS.len()].to_rgba())?;
    }
    frame(area, at)
}
