//! Pictures: paper, ink and a font.

use std::path::Path;

use plotters::{coord::Shift, prelude::*, style::register_font};
use shapewright::images::RgbImage;

use crate::command_line::Outcome;

pub type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

pub const PAPER: RGBColor = RGBColor(255, 255, 255);
pub const INK: RGBColor = RGBColor(38, 43, 51);
pub const FAINT: RGBColor = RGBColor(125, 133, 145);

/// Draws a picture of this size in memory, and writes it as PNG.
pub fn picture(path: &Path, (width, height): (u32, u32), draw: impl FnOnce(&Area<'_>) -> Outcome) -> Outcome {
    bring_font()?;
    let mut bytes = vec![0; 3 * width as usize * height as usize];
    {
        let area = BitMapBackend::with_buffer(&mut bytes, (width, height)).into_drawing_area();
        area.fill(&PAPER)?;
        draw(&area)?;
        area.present()?;
    }
    let picture = RgbImage::from_raw(width, height, bytes).ok_or("a picture has three bytes for each pixel")?;
    Ok(picture.save(path).map_err(|error| format!("{}: {error}", path.display()))?)
}

const FONT: &str = "Noto Sans";

pub fn font(size: u32) -> FontDesc<'static> {
    (FONT, size).into_font()
}

pub fn bold(size: u32) -> FontDesc<'static> {
    (FONT, size, FontStyle::Bold).into_font()
}

/// Brings the font along: a machine may have none.
fn bring_font() -> Outcome {
    for (style, bytes) in [(FontStyle::Normal, notosans::REGULAR_TTF), (FontStyle::Bold, notosans::BOLD_TTF)] {
        register_font(FONT, style, bytes).map_err(|_| "the font is damaged")?;
    }
    Ok(())
}
