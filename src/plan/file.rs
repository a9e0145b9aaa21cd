//! Saving plans to files, and loading them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::check;
use crate::error::{Error, Result};
use crate::ops::Element;
use crate::ops::graph::{Constant, Graph};
use crate::weights::{Number, raw};

/// The name of the text in the file that describes the plan.
const PLAN: &str = "shapewright.plan";

/// The shapes that a plan is made for.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    /// The number of examples in a batch.
    pub(super) batch: usize,
    /// The sizes of one input.
    pub(super) input: Vec<usize>,
    /// How many elements there are in one input.
    pub(super) elements: usize,
    /// How many indices there are in one input.
    pub(super) indices: usize,
    /// The number of elements of one output.
    pub(super) output: usize,
}

impl std::fmt::Display for Header {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Header { batch, input, indices, output, .. } = self;
        let of_indices = if *indices > 0 { format!(" with {indices} indices") } else { String::new() };
        write!(formatter, "batches of {batch}, inputs of {input:?}{of_indices} and outputs of {output} elements")
    }
}

/// The content of the text. Constants are given by their names in the file.
#[derive(Serialize, Deserialize)]
struct Content {
    header: Header,
    graph: Graph<String>,
}

/// Writes a plan.
pub(super) fn save<E: Element + Number>(path: &Path, graph: &Graph<Constant<E>>, header: Header) -> Result<()> {
    let Graph { ref nodes, ref constants, ref lookups, output } = *graph;
    let names: Vec<String> = (0..constants.len()).map(|number| number.to_string()).collect();
    let graph = Graph { nodes: nodes.clone(), constants: names.clone(), lookups: lookups.clone(), output };
    let text = serde_json::to_string(&Content { header, graph }).map_err(|error| Error::Argument(error.to_string()))?;
    // JSON has neither infinite numbers nor NaN.
    if serde_json::from_str::<Content>(&text).is_err() {
        return Err(Error::Argument("a plan with an infinite argument, or NaN, can't be saved".into()));
    }
    let lists = names.into_iter().zip(constants.iter().cloned()).collect();
    raw::save(path, lists, &BTreeMap::from([(PLAN, text)]))
}

/// Reads a plan, and checks that it is for the shapes of the header.
pub(super) fn load<E: Element + Number>(path: &Path, expected: &Header) -> Result<Graph<Constant<E>>> {
    let wrong = |problem: String| Error::File { path: path.to_owned(), problem };
    let (mut lists, texts) = raw::load::<E>(path)?;
    let text = texts.get(PLAN).ok_or_else(|| {
        wrong(
            "is no plan; weights alone are loaded into a network by `weights::load`, which can be compiled then".into(),
        )
    })?;
    let damaged = |problem: &dyn std::fmt::Display| wrong(format!("is no plan of this version: {problem}"));
    let text: serde_json::Value = serde_json::from_str(text).map_err(|error| damaged(&error))?;
    if !check::are_sizes_small(&text) {
        return Err(damaged(&"it names sizes beyond all that there are"));
    }
    let Content { header, graph } = serde_json::from_value(text).map_err(|error| damaged(&error))?;
    if header != *expected {
        return Err(wrong(format!("is a plan for {header}, but one for {expected} was asked for")));
    }
    let mut constants = Vec::with_capacity(graph.constants.len());
    for name in graph.constants {
        let list = lists.remove(&name).ok_or_else(|| damaged(&format!("it lacks the list `{name}`")))?;
        constants.push(Constant::from(list));
    }
    let graph = Graph { nodes: graph.nodes, constants, lookups: graph.lookups, output: graph.output };
    let (input, indices) = (header.batch * header.elements, header.batch * header.indices);
    check::graph(&graph, input, indices).map_err(|problem| damaged(&problem))?;
    Ok(graph)
}
