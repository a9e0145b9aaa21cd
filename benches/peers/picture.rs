//! The picture of what was measured beside other libraries: how many times the time of the fastest of them each takes.
//!
//! ```sh
//! cargo bench --bench peers_picture -- RUNS…
//! ```
//!
//! Each line of the files that begins with `{` is a run:
//! `{"w1a": {"threads": 1, "us": {"ours": 38.5, "candle": 48.5, …}, …}, …}`, in microseconds a call. Of several runs the median
//! is taken. The picture is `benches/peers.png`.

#[path = "../pictures/mod.rs"]
mod pictures;

use std::{collections::BTreeMap, env, error::Error, fs, path::Path};

use plotters::{prelude::*, style::text_anchor::HPos};
use serde::Deserialize;

use pictures::{Area, BLUE, FAINT, GRID, INK, ORANGE, Outcome, PAPER, bold, bring_font, font, text};

/// What this library is called in a run.
const OURS: &str = "ours";

/// What the workloads do, in the order in which they are drawn.
const WORKLOADS: [(&str, &str); 7] = [
    ("w1a", "784-512-256-10, one example"),
    ("w1b", "784-512-256-10, training, 64"),
    ("w2a", "digits, one example"),
    ("w2b", "digits, training, 64"),
    ("w3a", "four convolutions, one example"),
    ("w3b", "four convolutions, training, 32"),
    ("w4", "ResNet-18, one example"),
];

/// What a run says of a workload. A library that can't do it has no time.
#[derive(Deserialize)]
struct Measured {
    threads: usize,
    us: BTreeMap<String, Option<f64>>,
}

/// The times of each library, by workload and number of threads.
type Times = BTreeMap<(String, usize), BTreeMap<String, Vec<f64>>>;

/// A line of the picture: what it is about, and how many times the time of the fastest peer each library takes.
struct Row {
    name: String,
    ratios: Vec<(String, f64)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds an option of its own.
    let files: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if files.is_empty() {
        println!("There are no files to draw: cargo bench --bench peers_picture -- RUNS…");
        return Ok(());
    }
    let mut times = Times::new();
    for file in &files {
        read(&fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?, &mut times)
            .map_err(|error| format!("{file}: {error}"))?;
    }
    let rows = rows(&times);
    if rows.is_empty() {
        return Err("there is no run in these files: a line that begins with {".into());
    }
    draw("benches/peers.png".as_ref(), &rows)
}

/// Adds the runs of a file.
fn read(file: &str, times: &mut Times) -> Result<(), serde_json::Error> {
    for line in file.lines().filter(|line| line.starts_with('{')) {
        // Python writes what isn't a number so, though JSON doesn't know it.
        let run: BTreeMap<String, Measured> = serde_json::from_str(&line.replace("NaN", "null"))?;
        for (workload, Measured { threads, us }) in run {
            let libraries = times.entry((workload, threads)).or_default();
            for (library, time) in us {
                libraries.entry(library).or_default().extend(time);
            }
        }
    }
    Ok(())
}

fn rows(times: &Times) -> Vec<Row> {
    let place = |workload: &str| WORKLOADS.iter().position(|(key, _)| *key == workload).unwrap_or(WORKLOADS.len());
    let mut times: Vec<_> = times.iter().collect();
    times.sort_by_key(|((workload, threads), _)| (place(workload), *threads));
    let row = |((workload, threads), libraries): (&(String, usize), &BTreeMap<String, Vec<f64>>)| {
        let medians: Vec<(String, f64)> =
            libraries.iter().filter_map(|(library, times)| Some((library.clone(), median(times)?))).collect();
        let peers = medians.iter().filter(|(library, _)| library != OURS);
        let best = peers.map(|(_, time)| *time).min_by(f64::total_cmp)?;
        let what = WORKLOADS.get(place(workload)).map_or(workload.as_str(), |(_, what)| what);
        let name = format!("{what}, {threads} {}", if *threads == 1 { "thread" } else { "threads" });
        let ratios = medians.into_iter().map(|(library, time)| (library, time / best)).collect();
        Some(Row { name, ratios })
    };
    times.into_iter().filter_map(row).collect()
}

fn median(times: &[f64]) -> Option<f64> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

const WIDTH: u32 = 2560;
/// The height of what is above the rows, of a row, and of what is below.
const ABOVE: u32 = 300;
const ROW: u32 = 84;
const BELOW: u32 = 100;
/// The width of what is written beside the rows.
const NAMES: u32 = 800;

fn draw(path: &Path, rows: &[Row]) -> Outcome {
    bring_font()?;
    let height = ABOVE + ROW * rows.len() as u32 + BELOW;
    let area = BitMapBackend::new(path, (WIDTH, height)).into_drawing_area();
    area.fill(&PAPER)?;
    text(&area, "Time beside the fastest other library", (64, 72), bold(56).color(&INK), HPos::Left)?;
    let subtitle = "the median of a call over that of the fastest of the others: left of 1 is faster than all of them";
    text(&area, subtitle, (64, 140), font(36).color(&FAINT), HPos::Left)?;

    let ratios = || rows.iter().flat_map(|row| row.ratios.iter().map(|(_, ratio)| *ratio));
    let x = 0.8 * ratios().fold(0.7, f64::min)..1.25 * ratios().fold(1.5, f64::max);
    let mut chart = ChartBuilder::on(&area)
        .margin_top(ABOVE)
        .margin_right(64)
        .margin_left(NAMES)
        .margin_bottom(BELOW)
        .build_cartesian_2d(x.clone().log_scale(), -(rows.len() as f64)..0.0)?;
    let (low, high) = (-(rows.len() as f64), 0.0);
    let ticks = (-3..6).flat_map(|power| [1.0, 2.0, 5.0].map(|first| first * 10.0_f64.powi(power)));
    for tick in ticks.filter(|tick| x.contains(tick)) {
        let style = if tick == 1.0 { INK.stroke_width(3) } else { GRID.stroke_width(2) };
        chart.draw_series(LineSeries::new([(tick, low), (tick, high)], style))?;
        let (across, down) = chart.backend_coord(&(tick, low));
        text(
            &area,
            &format!("{}×", (1e3 * tick).round() / 1e3),
            (across, down + 32),
            font(36).color(&INK),
            HPos::Center,
        )?;
    }

    let libraries = libraries(rows);
    for (row, number) in rows.iter().zip(0..) {
        let middle = -(f64::from(number) + 0.5);
        chart.draw_series(LineSeries::new([(x.start, middle), (x.end, middle)], GRID.stroke_width(2)))?;
        // Ours comes last, on top of the others.
        for (place, library) in libraries.iter().enumerate().rev() {
            if let Some((_, ratio)) = row.ratios.iter().find(|(name, _)| name == library) {
                let at = chart.backend_coord(&(*ratio, middle));
                mark(&area, place, at)?;
            }
        }
        let at = (NAMES as i32 - 40, chart.backend_coord(&(x.start, middle)).1);
        text(&area, &row.name, at, font(34).color(&INK), HPos::Right)?;
    }
    legend(&area, &libraries)?;
    Ok(area.present()?)
}

/// All libraries, this one first.
fn libraries(rows: &[Row]) -> Vec<String> {
    let mut names: Vec<String> = rows.iter().flat_map(|row| row.ratios.iter().map(|(name, _)| name.clone())).collect();
    names.sort_by_key(|name| (name != OURS, name.clone()));
    names.dedup();
    names
}

/// The colors of the others, again and again in other forms.
const COLORS: [RGBColor; 4] = [BLUE, RGBColor(61, 150, 96), RGBColor(140, 92, 176), RGBColor(95, 105, 120)];

/// The mark of a library, by its place among all.
fn mark(area: &Area<'_>, place: usize, at: (i32, i32)) -> Outcome {
    let Some(other) = place.checked_sub(1) else {
        area.draw(&Circle::new(at, 20, PAPER.filled()))?;
        return Ok(area.draw(&Circle::new(at, 17, ORANGE.filled()))?);
    };
    // With an edge, as others may be near.
    for (style, edge) in [(PAPER.filled(), 3), (COLORS[other % COLORS.len()].filled(), 0)] {
        let (round, pointed, square) = (12 + edge, 14 + 2 * edge, 10 + edge);
        match other / COLORS.len() % 3 {
            0 => area.draw(&Circle::new(at, round, style))?,
            1 => area.draw(&TriangleMarker::new(at, pointed, style))?,
            _ => area.draw(&Rectangle::new([(at.0 - square, at.1 - square), (at.0 + square, at.1 + square)], style))?,
        }
    }
    Ok(())
}

/// What the marks mean, in one line.
fn legend(area: &Area<'_>, libraries: &[String]) -> Outcome {
    let (mut left, height) = (64, 220);
    for (place, library) in libraries.iter().enumerate() {
        let name = if library == OURS { "shapewright" } else { library };
        mark(area, place, (left + 20, height))?;
        text(area, name, (left + 50, height), font(34).color(&INK), HPos::Left)?;
        let (width, _) = area.estimate_text_size(name, &font(34).into_text_style(area))?;
        left += 50 + width as i32 + 50;
    }
    Ok(())
}
