//! The two pictures of a run: how the network learned, and what it reads wrongly.

use std::{ops::Range, path::Path};

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use shapewright::data::Mnist;

use crate::command_line::Outcome;
use crate::drawing::{Area, FAINT, INK, PAPER, bold, font, picture};
use crate::training::{Answer, Tally};

const GRID: RGBColor = RGBColor(230, 233, 238);
const BLUE: RGBColor = RGBColor(47, 111, 184);
const ORANGE: RGBColor = RGBColor(222, 110, 38);

/// Draws loss and accuracy after each epoch, on the digits it learned from and on the test digits.
pub fn learning_curve(path: &Path, history: &[(Tally, Tally)]) -> Outcome {
    let both = |of: fn(&Tally) -> f64| {
        [history.iter().map(|h| of(&h.0)).collect(), history.iter().map(|h| of(&h.1)).collect()]
    };
    let losses: [Vec<f64>; 2] = both(Tally::loss);
    let largest = losses.iter().flatten().copied().fold(0.0, f64::max);
    let accuracies: [Vec<f64>; 2] = both(Tally::accuracy);
    let smallest = accuracies.iter().flatten().copied().fold(100.0, f64::min);
    let margin = (100.0 - smallest) * 0.08 + 0.1;
    let range = (smallest - margin).max(0.0)..100.0 + margin;
    picture(path, (2560, 1120), |area| {
        let (left, right) = area.margin(32, 48, 40, 56).split_horizontally(1228);
        panel(&left, ["Loss", "mean cross-entropy"], 0.0..largest * 1.08 + 1e-6, &losses, |loss| format!("{loss:.2}"))?;
        panel(&right, ["Accuracy", "digits read right, in %"], range, &accuracies, |percent| format!("{percent:.1}"))
    })
}

/// Draws one quantity over the epochs: while learning, and on the test digits.
fn panel(
    area: &Area<'_>,
    [title, unit]: [&str; 2],
    range: Range<f64>,
    lines: &[Vec<f64>; 2],
    label: fn(f64) -> String,
) -> Outcome {
    let epochs = lines[0].len();
    let padding = 0.04 * epochs as f64;
    let (low, high) = (range.start, range.end);
    let mut chart = ChartBuilder::on(area)
        .caption(title, bold(56).color(&INK))
        .margin(16)
        .x_label_area_size(110)
        .y_label_area_size(160)
        .build_cartesian_2d(1.0 - padding..epochs as f64 + padding, low..high)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(2))
        .axis_style(FAINT.stroke_width(2))
        .label_style(font(36).color(&INK))
        .axis_desc_style(font(36).color(&FAINT))
        .x_desc("epoch")
        .y_desc(unit)
        .x_label_formatter(&|epoch| whole(*epoch))
        .x_labels(epochs.clamp(2, 10))
        .set_all_tick_mark_size(10)
        .y_label_formatter(&|value| label(*value))
        .y_labels(8)
        .draw()?;

    for (line, name, color) in [(&lines[0], "while learning", BLUE), (&lines[1], "on test digits", ORANGE)] {
        let points = || line.iter().enumerate().map(|(epoch, value)| ((epoch + 1) as f64, *value));
        chart
            .draw_series(LineSeries::new(points(), color.stroke_width(6)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 48, y)], color.stroke_width(6)));
        let size = if epochs > 20 { 5 } else { 10 };
        chart.draw_series(points().map(|point| Circle::new(point, size, color.filled())))?;
    }
    // Where the lines aren't.
    let falls = lines[0].first() > lines[0].last();
    chart
        .configure_series_labels()
        .position(if falls { SeriesLabelPosition::UpperRight } else { SeriesLabelPosition::LowerRight })
        .margin(28)
        .legend_area_size(68)
        .label_font(font(36).color(&INK))
        .background_style(PAPER)
        .border_style(GRID.stroke_width(2))
        .draw()?;
    Ok(())
}

/// There is no epoch 0 and no epoch 1.5, so there it has no label.
fn whole(epoch: f64) -> String {
    if epoch > 0.5 && (epoch - epoch.round()).abs() < 1e-6 { format!("{epoch:.0}") } else { String::new() }
}

const COLUMNS: usize = 8;
const ROWS: usize = 5;
/// The size of a digit's pixel, of a digit, and of a digit with its words and the space around it.
const PIXEL: i32 = 8;
const DIGIT: i32 = 28 * PIXEL;
const CELL: (i32, i32) = (DIGIT + 64, DIGIT + 132);
const HEADER: i32 = 196;

/// Draws the digits that were read wrongly, those first that the network was surest about.
pub fn mistakes(path: &Path, tally: &Tally, digits: &Mnist) -> Outcome {
    let wrong = tally.answers().iter().enumerate().filter(|(_, answer)| answer.said != answer.label);
    let mut wrong: Vec<(usize, &Answer)> = wrong.collect();
    wrong.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    let shown = wrong.len().min(COLUMNS * ROWS);

    let width = CELL.0 * COLUMNS as i32 + 96;
    let height = HEADER + CELL.1 * shown.div_ceil(COLUMNS) as i32 + 24;
    let title = match wrong.len() {
        0 => format!("All {} test digits read right", digits.len()),
        count => format!("{count} of {} test digits read wrongly", digits.len()),
    };
    let subtitle = match wrong.len() {
        0 => "There is nothing to show.".into(),
        count if count > shown => format!("These are the {shown} that the network was surest about."),
        _ => "In front are those that the network was surest about.".into(),
    };
    picture(path, (width as u32, height as u32), |area| {
        text(area, &title, (80, 52), bold(56).color(&INK), HPos::Left)?;
        text(area, &subtitle, (80, 124), font(36).color(&FAINT), HPos::Left)?;

        for (place, (index, answer)) in wrong.iter().take(shown).enumerate() {
            let column = (place % COLUMNS) as i32;
            let row = (place / COLUMNS) as i32;
            let corner = (80 + column * CELL.0, HEADER + row * CELL.1);
            draw_digit(area, digits.image(*index), corner)?;
            let middle = corner.0 + DIGIT / 2;
            let said = format!("said {}, {:.0} % sure", answer.said, 100.0 * answer.score);
            text(
                area,
                &format!("a {}", answer.label),
                (middle, corner.1 + DIGIT + 14),
                font(36).color(&INK),
                HPos::Center,
            )?;
            text(area, &said, (middle, corner.1 + DIGIT + 54), font(33).color(&ORANGE), HPos::Center)?;
        }
        Ok(())
    })
}

/// Draws a digit as ink on paper.
fn draw_digit(area: &Area<'_>, pixels: &[u8], (left, top): (i32, i32)) -> Outcome {
    area.draw(&Rectangle::new([(left - 1, top - 1), (left + DIGIT, top + DIGIT)], GRID))?;
    for (place, ink) in pixels.iter().enumerate().filter(|(_, ink)| **ink > 0) {
        let (x, y) = (left + PIXEL * (place % 28) as i32, top + PIXEL * (place / 28) as i32);
        let color = INK.mix(f64::from(*ink) / 255.0).filled();
        area.draw(&Rectangle::new([(x, y), (x + PIXEL, y + PIXEL)], color))?;
    }
    Ok(())
}

fn text(area: &Area<'_>, text: &str, at: (i32, i32), style: TextStyle<'_>, align: HPos) -> Outcome {
    Ok(area.draw_text(text, &style.pos(Pos::new(align, VPos::Top)), at)?)
}
