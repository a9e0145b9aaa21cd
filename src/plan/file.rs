//! Saving plans to files, and loading them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::check;
use crate::error::{Error, Result};
use crate::ops::Element;
use crate::ops::record::{Graph, Node};
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
    /// The number of elements of one output.
    pub(super) output: usize,
}

impl std::fmt::Display for Header {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Header { batch, input, output } = self;
        write!(formatter, "batches of {batch}, inputs of {input:?} and outputs of {output} numbers")
    }
}

/// The content of the text. Parameters are given by their number.
#[derive(Serialize, Deserialize)]
struct Content {
    header: Header,
    graph: Graph<usize>,
}

/// Writes a plan.
pub(super) fn save<E: Number>(path: &Path, graph: &Graph<Vec<E>>, header: Header) -> Result<()> {
    let mut lists = Vec::new();
    let nodes = graph.nodes.iter().map(|node| Node {
        operation: node.operation.clone().map(|parameter| {
            lists.push((lists.len().to_string(), parameter));
            lists.len() - 1
        }),
        inputs: node.inputs.clone(),
    });
    let graph = Graph { nodes: nodes.collect(), output: graph.output };
    let text = serde_json::to_string(&Content { header, graph }).map_err(|error| Error::Argument(error.to_string()))?;
    raw::save(path, lists, &BTreeMap::from([(PLAN, text)]))
}

/// Reads a plan, and checks that it is for the shapes of the header.
pub(super) fn load<E: Element + Number>(path: &Path, expected: &Header) -> Result<Graph<Vec<E>>> {
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
    let values = graph.nodes.len() + 1;
    let mut nodes = Vec::with_capacity(graph.nodes.len());
    for (number, Node { operation, inputs }) in graph.nodes.into_iter().enumerate() {
        let mut missing = inputs.iter().any(|&input| input > number);
        let operation = operation.map(|parameter| {
            lists.remove(&parameter.to_string()).unwrap_or_else(|| {
                missing = true;
                Vec::new()
            })
        });
        if missing {
            return Err(damaged(&format!("operation {number} lacks its input or its parameters")));
        }
        let node = Node { operation, inputs };
        check::operation(&node).map_err(|problem| damaged(&format!("operation {number}, {problem}")))?;
        nodes.push(node);
    }
    if graph.output >= values {
        return Err(damaged(&"it has no output"));
    }
    Ok(Graph { nodes, output: graph.output })
}
