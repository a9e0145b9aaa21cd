//! What the pictures of measurements have in common.

use std::error::Error;

use plotters::{
    coord::Shift,
    prelude::*,
    style::{
        register_font,
        text_anchor::{HPos, Pos, VPos},
    },
};

pub type Outcome = Result<(), Box<dyn Error>>;
pub type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

pub const PAPER: RGBColor = RGBColor(255, 255, 255);
pub const INK: RGBColor = RGBColor(38, 43, 51);
pub const FAINT: RGBColor = RGBColor(125, 133, 145);
pub const GRID: RGBColor = RGBColor(230, 233, 238);
pub const BLUE: RGBColor = RGBColor(47, 111, 184);
pub const ORANGE: RGBColor = RGBColor(222, 110, 38);

const FONT: &str = "Noto Sans";

/// Brings the font along: a machine may have none.
pub fn bring_font() -> Outcome {
    for (style, bytes) in [(FontStyle::Normal, notosans::REGULAR_TTF), (FontStyle::Bold, notosans::BOLD_TTF)] {
        register_font(FONT, style, bytes).map_err(|_| "the font is damaged")?;
    }
    Ok(())
}

pub fn font(size: u32) -> FontDesc<'static> {
    (FONT, size).into_font()
}

pub fn bold(size: u32) -> FontDesc<'static> {
    (FONT, size, FontStyle::Bold).into_font()
}

/// Writes a line whose middle is at that height.
pub fn text(area: &Area<'_>, text: &str, at: (i32, i32), style: TextStyle<'_>, align: HPos) -> Outcome {
    Ok(area.draw_text(text, &style.pos(Pos::new(align, VPos::Center)), at)?)
}
