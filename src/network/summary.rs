//! A network as a table.

use crate::shape::{Dims, Inferred};
use std::fmt;

/// What a summary says of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The layer's name, or its position counted from 0: the first part of its parameters' names.
    pub path: &'static str,
    /// The layer as written.
    pub layer: &'static str,
    /// The sizes of its output for one example.
    pub output: Dims,
    /// How many trainable numbers it has.
    pub parameters: usize,
    /// How many multiplications with addition one example takes.
    pub macs: usize,
}

impl Row {
    /// The row of a layer.
    pub const fn new(path: &'static str, layer: &'static str, inferred: &Inferred) -> Self {
        Row { path, layer, output: inferred.output, parameters: inferred.parameters, macs: inferred.macs }
    }
}

/// A network's layers with their output shapes, parameters and costs; printed, it is a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The network's name.
    pub name: &'static str,
    /// The sizes of its input.
    pub input: Dims,
    /// Its layers.
    pub rows: &'static [Row],
}

impl Summary {
    /// How many trainable numbers the network has.
    pub fn parameters(&self) -> usize {
        self.rows.iter().map(|row| row.parameters).sum()
    }

    /// How many multiplications with addition one example takes, forward.
    pub fn macs(&self) -> usize {
        self.rows.iter().map(|row| row.macs).sum()
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["layer", "", "output", "parameters", "MACs"].map(String::from);
        let input = [String::new(), "Input".into(), self.input.to_string(), String::new(), String::new()];
        let rows = self.rows.iter().map(|row| {
            let number = |number| if number == 0 { "–".to_string() } else { grouped(number) };
            [row.path.into(), row.layer.into(), row.output.to_string(), number(row.parameters), number(row.macs)]
        });
        let rows: Vec<[String; 5]> = [head, input].into_iter().chain(rows).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 5] = std::array::from_fn(width);
        let line = "─".repeat(widths.iter().sum::<usize>() + 8);
        writeln!(formatter, "{}\n{line}", self.name)?;
        for (i, [path, layer, output, parameters, macs]) in rows.iter().enumerate() {
            let [w0, w1, w2, w3, w4] = widths;
            writeln!(formatter, "{path:<w0$}  {layer:<w1$}  {output:<w2$}  {parameters:>w3$}  {macs:>w4$}")?;
            if i == 0 {
                writeln!(formatter, "{line}")?;
            }
        }
        let parameters = self.parameters();
        let megabytes = parameters as f64 * 4.0 / 1e6;
        write!(
            formatter,
            "{line}\n{} parameters ({megabytes:.2} MB as f32), {} multiplications an example",
            grouped(parameters),
            grouped(self.macs())
        )
    }
}
