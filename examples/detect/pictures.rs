//! The picture of a run: canvases with the boxes around their digits, and with those that the network found.

use std::path::Path;

use plotters::{prelude::*, style::text_anchor::HPos};
use shapewright::detection::{Detection, Xyxy};

use crate::canvas::Canvas;
use crate::canvas::pictures::{COLORS, WIDTH, corner, draw_canvas, sheet, text};
use crate::command_line::Outcome;
use crate::drawing::{Area, PAPER, bold};

const COLUMNS: usize = 6;
/// Detections that are less sure aren't drawn.
const SURE: f32 = 0.5;

/// Draws the first canvases of the test.
pub fn detections(path: &Path, canvases: &[Canvas], found: &[Vec<Detection>], precision: f64) -> Outcome {
    let title = format!("Digits found with a box around each, mAP@0.5 {precision:.2}");
    let subtitle = format!(
        "The first of {} test canvases; the digits on them were never seen before. Boxes with a score of at least {:.0}% are drawn.",
        canvases.len(),
        100.0 * SURE
    );
    let columns = canvases.len().min(COLUMNS);
    sheet(path, columns, &["truth", "found"], [&title, &subtitle], |area| {
        for (column, (canvas, found)) in canvases.iter().zip(found).take(columns).enumerate() {
            for row in 0..2 {
                draw_canvas(area, canvas, corner(column, row), 0.75)?;
            }
            let truth = canvas.digits.iter().map(|digit| (digit.bounds, digit.class, digit.class.to_string()));
            draw_boxes(area, corner(column, 0), &truth.collect::<Vec<_>>())?;
            // The surest last, on top of the others.
            let sure = found.iter().filter(|found| found.score >= SURE).rev();
            let sure =
                sure.map(|found| (found.bounds, found.class, format!("{}  {:.0}%", found.class, 100.0 * found.score)));
            draw_boxes(area, corner(column, 1), &sure.collect::<Vec<_>>())?;
        }
        Ok(())
    })
}

/// Draws boxes in the colours of their digits, then words above them, or inside where they reach the edge.
fn draw_boxes(area: &Area<'_>, (left, top): (i32, i32), boxes: &[(Xyxy, usize, String)]) -> Outcome {
    const TAG: i32 = 34;
    let scale = |share: f32| (share * WIDTH as f32).round() as i32;
    for (bounds, class, _) in boxes {
        let corners = [(bounds.x1, bounds.y1), (bounds.x2, bounds.y2)].map(|(x, y)| (left + scale(x), top + scale(y)));
        area.draw(&Rectangle::new(corners, COLORS[class % COLORS.len()].stroke_width(4)))?;
    }
    for (bounds, class, words) in boxes {
        let style = bold(28).color(&PAPER);
        let width = area.estimate_text_size(words, &style)?.0 as i32 + 16;
        let (x1, y1) = (scale(bounds.x1), scale(bounds.y1));
        let tag = (left + (x1 - 2).min(WIDTH - width).max(0), top + if y1 >= TAG { y1 - TAG } else { y1 });
        let color = COLORS[class % COLORS.len()].filled();
        area.draw(&Rectangle::new([tag, (tag.0 + width, tag.1 + TAG)], color))?;
        text(area, words, (tag.0 + 8, tag.1 + TAG / 2), style, HPos::Left)?;
    }
    Ok(())
}
