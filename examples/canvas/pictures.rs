//! What the pictures of both examples have in common: paper, ink, ten colours and a font.

use std::path::Path;

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{Canvas, SIDE};
use crate::command_line::Outcome;
use crate::drawing::{Area, FAINT, INK, bold, font, picture};

pub const FRAME: RGBColor = RGBColor(208, 213, 221);

/// The colour of each digit.
pub const COLORS: [RGBColor; 10] = [
    RGBColor(214, 39, 40),
    RGBColor(31, 119, 180),
    RGBColor(44, 160, 44),
    RGBColor(255, 127, 14),
    RGBColor(148, 103, 189),
    RGBColor(140, 86, 75),
    RGBColor(227, 90, 180),
    RGBColor(0, 128, 128),
    RGBColor(170, 150, 20),
    RGBColor(40, 60, 150),
];

/// The size of a canvas' pixel in a picture.
pub const PIXEL: i32 = 6;
/// The size of a canvas in a picture.
pub const WIDTH: i32 = SIDE as i32 * PIXEL;
/// The room for words on the left, and the space between canvases.
pub const LEFT: i32 = 190;
pub const GAP: i32 = 28;
/// Where the first row begins.
pub const HEADER: i32 = 190;

/// Draws a sheet for so many columns and rows of canvases, with a title, and words for each row.
pub fn sheet(
    path: &Path,
    columns: usize,
    rows: &[&str],
    [title, subtitle]: [&str; 2],
    draw: impl FnOnce(&Area<'_>) -> Outcome,
) -> Outcome {
    let width = LEFT + columns as i32 * (WIDTH + GAP) + GAP;
    let height = HEADER + rows.len() as i32 * (WIDTH + GAP) + 100;
    picture(path, (width as u32, height as u32), |area| {
        text(area, title, (GAP + 12, 66), bold(56).color(&INK), HPos::Left)?;
        text(area, subtitle, (GAP + 12, 130), font(36).color(&FAINT), HPos::Left)?;
        for (row, words) in rows.iter().enumerate() {
            let middle = corner(0, row).1 + WIDTH / 2;
            text(area, words, (LEFT - 24, middle), font(40).color(&INK), HPos::Right)?;
        }
        // Which colour is which digit.
        let top = height - 78;
        text(area, "digits", (LEFT - 24, top + 20), font(40).color(&INK), HPos::Right)?;
        for (digit, color) in COLORS.iter().enumerate() {
            let left = LEFT + 110 * digit as i32;
            area.draw(&Rectangle::new([(left, top), (left + 40, top + 40)], color.filled()))?;
            text(area, &digit.to_string(), (left + 54, top + 20), font(40).color(&INK), HPos::Left)?;
        }
        draw(area)
    })
}

/// The upper left corner of a canvas on the sheet.
pub fn corner(column: usize, row: usize) -> (i32, i32) {
    (LEFT + column as i32 * (WIDTH + GAP), HEADER + row as i32 * (WIDTH + GAP))
}

/// Draws a canvas as ink on paper, with a share of its strength.
pub fn draw_canvas(area: &Area<'_>, canvas: &Canvas, at: (i32, i32), strength: f64) -> Outcome {
    for (place, ink) in canvas.pixels.iter().enumerate() {
        fill(area, at, place, &INK.mix(f64::from(*ink) * strength))?;
    }
    frame(area, at)
}

/// Fills a pixel of the canvas.
pub fn fill(area: &Area<'_>, (left, top): (i32, i32), place: usize, color: &RGBAColor) -> Outcome {
    let (x, y) = (left + PIXEL * (place % SIDE) as i32, top + PIXEL * (place / SIDE) as i32);
    Ok(area.draw(&Rectangle::new([(x, y), (x + PIXEL, y + PIXEL)], color.filled()))?)
}

pub fn frame(area: &Area<'_>, (left, top): (i32, i32)) -> Outcome {
    let edges = [(left - 2, top - 2), (left + WIDTH + 1, top + WIDTH + 1)];
    Ok(area.draw(&Rectangle::new(edges, FRAME.stroke_width(2)))?)
}

/// Writes words beside, or around, a point of their middle line.
pub fn text(area: &Area<'_>, text: &str, at: (i32, i32), style: TextStyle<'_>, align: HPos) -> Outcome {
    Ok(area.draw_text(text, &style.pos(Pos::new(align, VPos::Center)), at)?)
}
