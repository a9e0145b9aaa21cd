//! What a network is made of, and that as a table.

use crate::layer::{Part, Segment, Structure};
use crate::shape::{Costs, Dims, written_call};
use std::fmt;

/// What a summary says of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its path, which its parameters' names begin with: `layer1.0.conv1`.
    pub path: String,
    /// How deep it lies, 0 being the network's own layers.
    pub depth: usize,
    /// The layer as written.
    pub layer: String,
    /// The sizes of its output for one example.
    pub output: Dims,
    /// The number of elements of its parameters, those of the layers inside of it included.
    pub parameters: usize,
    /// How many multiplications with addition one example takes.
    pub macs: usize,
}

/// A network's layers with their output shapes, parameters and costs; printed, it is a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The network's name.
    pub name: String,
    /// The sizes of its input.
    pub input: Dims,
    /// The sizes of its output.
    pub output: Dims,
    /// What it costs.
    pub costs: Costs,
    /// Its layers, each before those inside of it.
    pub rows: Vec<Row>,
}

impl Summary {
    /// The summary of a network of that structure.
    pub fn new(name: &str, input: Dims, output: Dims, costs: Costs, structure: &Structure) -> Self {
        let mut rows = Vec::new();
        walk(structure, &mut Vec::new(), 0, &mut rows);
        Summary { name: name.to_string(), input, output, costs, rows }
    }
}

fn walk(structure: &Structure, path: &mut Vec<String>, depth: usize, rows: &mut Vec<Row>) {
    match structure {
        Structure::Layer => {}
        Structure::Parts(parts) => parts.iter().for_each(|part| walk_part(part, path, depth, rows)),
        Structure::Both(first, second) => {
            walk(first, path, depth, rows);
            walk(second, path, depth, rows);
        }
        Structure::Lists(lists) => lists.iter().for_each(|list| walk(list, path, depth, rows)),
        Structure::Chosen(lists, runs) => {
            lists.iter().zip(runs).filter(|(_, runs)| **runs).for_each(|(list, _)| walk(list, path, depth, rows));
        }
        Structure::Repeated(structure, count) => {
            for index in 0..*count {
                path.push(index.to_string());
                walk(structure, path, depth, rows);
                path.pop();
            }
        }
    }
}

fn walk_part(part: &Part, path: &mut Vec<String>, depth: usize, rows: &mut Vec<Row>) {
    let length = path.len();
    match part.segment {
        Segment::None => {}
        Segment::Index(index) => path.push(index.to_string()),
        Segment::Name(name) => path.push(name.to_string()),
    }
    rows.push(Row {
        path: path.join("."),
        depth,
        layer: if part.layer.is_empty() { written_call(part.call) } else { part.layer.to_string() },
        output: part.inferred.output,
        parameters: part.inferred.parameters,
        macs: part.inferred.macs,
    });
    walk(part.inside, path, depth + 1, rows);
    path.truncate(length);
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

/// Bytes of `f32` as megabytes.
fn megabytes(numbers: usize) -> String {
    format!("{:.2} MB", numbers as f64 * 4.0 / 1e6)
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["layer", "", "output", "parameters", "MACs"].map(String::from);
        let input = [String::new(), "Input".into(), self.input.to_string(), String::new(), String::new()];
        let rows = self.rows.iter().map(|row| {
            let number = |number| if number == 0 { "–".to_string() } else { grouped(number) };
            let indent = "  ".repeat(row.depth);
            [
                row.path.clone(),
                format!("{indent}{}", row.layer),
                row.output.to_string(),
                number(row.parameters),
                number(row.macs),
            ]
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
        let Costs { parameters, frozen, macs, activations } = self.costs;
        writeln!(
            formatter,
            "{line}\n{} parameters{}, {} multiplications and {} activations an example",
            grouped(parameters),
            if frozen > 0 { format!(" ({} of them frozen)", grouped(frozen)) } else { String::new() },
            grouped(macs),
            grouped(activations),
        )?;
        write!(
            formatter,
            "as f32: parameters {}, input {} and activations {} an example",
            megabytes(parameters),
            megabytes(self.input.numel()),
            megabytes(activations),
        )
    }
}
