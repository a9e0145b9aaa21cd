//! The picture of a run: canvases with the boxes around their digits, and with those that the network found.

use std::path::Path;

use plotters::{prelude::*, style::text_anchor::HPos};
use shapewright::detection::{Detection, Xyxy};

use crate::canvas::Canvas;
use crate::canvas::pictures::{Area, COLORS, Outcome, PAPER, WIDTH, bold, corner, draw_canvas, sheet, text};

const COLUMNS: usize = 6;
/// Detections that are less sure aren't drawn.
const SURE: f32 = 0.5;

/// Draws the first canvases of the test.
pub fn detections(path: &Path, canvases: &[Canvas], found: &[Vec<Detection>], precision: f64) -> Outcome {
    let title = format!("Digits found with a box around each, mAP@0.5 {precision:.2}");
    let subtitle = format!(
        "The first of {} test canvases; the digits on them were never seen before. Boxes of at least {:.0} % are drawn.",
        canvases.len(),
        100.0 * SURE
    );
    let columns = canvases.len().min(COLUMNS);
    let area = sheet(path, columns, &["truth", "found"], [&title, &subtitle])?;
    for (column, (canvas, found)) in canvases.iter().zip(found).take(columns).enumerate() {
        for row in 0..2 {
            draw_canvas(&area, canvas, corner(column, row), 0.75)?;
        }
        for digit in &canvas.digits {
            draw_box(&area, corner(column, 0), digit.bounds, digit.class, &digit.class.to_string())?;
        }
        // The surest last, on top of the others.
        for found in found.iter().filter(|found| found.score >= SURE).rev() {
            let words = format!("{}  {:.0} %", found.class, 100.0 * found.score);
            draw_box(&area, corner(column, 1), found.bounds, found.class, &words)?;
        }
    }
    Ok(area.present()?)
}

/// Draws a box in the colour of its digit, with words above it, or inside where it reaches the edge.
fn draw_box(area: &Area<'_>, (left, top): (i32, i32), bounds: Xyxy, class: usize, words: &str) -> Outcome {
    const TAG: i32 = 30;
    let color = COLORS[class % COLORS.len()];
    let scale = |share: f32| (share * WIDTH as f32).round() as i32;
    let (x1, y1, x2, y2) = (scale(bounds.x1), scale(bounds.y1), scale(bounds.x2), scale(bounds.y2));
    area.draw(&Rectangle::new([(left + x1, top + y1), (left + x2, top + y2)], color.stroke_width(4)))?;
    let width =
        14 + 14 * words.chars().filter(|letter| *letter != ' ').count() as i32 + 6 * words.matches(' ').count() as i32;
    let tag = (left + (x1 - 2).min(WIDTH - width).max(0), top + if y1 >= TAG { y1 - TAG } else { y1 });
    area.draw(&Rectangle::new([tag, (tag.0 + width, tag.1 + TAG)], color.filled()))?;
    text(area, words, (tag.0 + 7, tag.1 - 1), bold(26).color(&PAPER), HPos::Left)
}
