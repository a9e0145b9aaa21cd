//! Simplification of a recorded network.

use crate::ops::graph::{Constant, Graph, Lookup, Node, Source};
use crate::ops::scale::Scaled;
use crate::ops::{Element, Operation};

/// The number of operations that use each value. Being the network's output counts as one use.
pub(super) fn uses<C>(graph: &Graph<C>) -> Vec<usize> {
    let mut uses = vec![0; graph.nodes.len() + 1];
    uses[graph.output] += 1;
    graph.nodes.iter().flat_map(Node::values).for_each(|input| uses[input] += 1);
    uses
}

/// Removes the operations that don't affect the output, and the constants that nothing reads.
fn without_the_unused<C>(graph: Graph<C>) -> Graph<C> {
    let mut needed = vec![false; graph.nodes.len() + 1];
    needed[graph.output] = true;
    for (number, node) in graph.nodes.iter().enumerate().rev() {
        if needed[number + 1] {
            node.values().for_each(|input| needed[input] = true);
        }
    }
    let mut constants: Vec<Option<C>> = graph.constants.into_iter().map(Some).collect();
    let (mut values, mut places) = (vec![0; needed.len()], vec![None; constants.len()]);
    let (mut nodes, mut kept) = (Vec::new(), Vec::new());
    let mut keep = |constant: usize| {
        *places[constant].get_or_insert_with(|| {
            kept.extend(constants[constant].take());
            kept.len() - 1
        })
    };
    let lookups = graph.lookups.into_iter().map(|lookup| Lookup { matrix: keep(lookup.matrix), ..lookup }).collect();
    for (number, node) in graph.nodes.into_iter().enumerate() {
        if !needed[number + 1] {
            continue;
        }
        let inputs = node.inputs.into_iter().map(|input| match input {
            Source::Value(value) => Source::Value(values[value]),
            Source::Constant(constant) => Source::Constant(keep(constant)),
            Source::Lookup(number) => Source::Lookup(number),
        });
        nodes.push(Node { operation: node.operation, inputs: inputs.collect() });
        values[number + 1] = nodes.len();
    }
    Graph { nodes, constants: kept, lookups, output: values[graph.output] }
}

/// The same network, where each normalization after a convolution or fully connected layer is folded into its weights.
pub(super) fn simplify<E: Element>(mut graph: Graph<Constant<E>>) -> Graph<Constant<E>> {
    let mut folded = vec![false; graph.nodes.len()];
    let uses = uses(&graph);
    for (number, folded) in folded.iter_mut().enumerate() {
        let Node { operation: Operation::Scale(Scaled { channels, spatial }), inputs } = &graph.nodes[number] else {
            continue;
        };
        let [Source::Value(input), Source::Constant(factors), Source::Constant(summands)] = inputs[..] else {
            continue;
        };
        if input == 0 || uses[input] > 1 {
            continue;
        }
        let before = &graph.nodes[input - 1];
        // In the weight of a transposed convolution, outputs are the second axis, so this operation isn't folded.
        let outputs = match &before.operation {
            Operation::Conv2d(geometry) => (geometry.out_channels, geometry.output_plane()),
            Operation::Linear(geometry) => (geometry.outputs, 1),
            _ => continue,
        };
        let (weight, bias) = match before.inputs[1..] {
            [Source::Constant(weight)] => (weight, None),
            [Source::Constant(weight), Source::Constant(bias)] => (weight, Some(bias)),
            _ => continue,
        };
        if outputs != (*channels, *spatial) {
            continue;
        }
        let constants = &mut graph.constants;
        let bias = bias.map(|bias| &*constants[bias]);
        let (weight, bias) = scaled(&constants[weight], bias, &constants[factors], &constants[summands]);
        constants.extend([weight.into(), bias.into()]);
        let [weight, bias] = [2, 1].map(|before_the_end| Source::Constant(constants.len() - before_the_end));
        graph.nodes[input - 1].inputs.splice(1.., [weight, bias]);
        *folded = true;
    }
    // A folded normalization is replaced by its input.
    let mut same: Vec<usize> = (0..=graph.nodes.len()).collect();
    for (number, node) in graph.nodes.iter_mut().enumerate() {
        for input in &mut node.inputs {
            if let Source::Value(value) = input {
                *value = same[*value];
            }
        }
        if folded[number] {
            same[number + 1] = node.values().next().unwrap_or_default();
        }
    }
    graph.output = same[graph.output];
    without_the_unused(graph)
}

/// The weight and the bias of an operation whose outputs are scaled.
fn scaled<E: Element>(weight: &[E], bias: Option<&[E]>, factors: &[E], summands: &[E]) -> (Vec<E>, Vec<E>) {
    let length = (weight.len() / factors.len().max(1)).max(1);
    let rows = weight.chunks_exact(length).zip(factors);
    let weight = rows.flat_map(|(weight, &factor)| weight.iter().map(move |&weight| weight * factor)).collect();
    let bias = factors
        .iter()
        .zip(summands)
        .enumerate()
        .map(|(output, (&factor, &summand))| bias.map_or(E::zero(), |bias| bias[output]) * factor + summand);
    (weight, bias.collect())
}
