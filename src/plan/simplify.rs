//! Simplification of a recorded network.

use crate::ops::Element;
use crate::ops::record::{Graph, Node, Operation};

/// The number of operations that use each value. Being the network's output counts as one use.
pub(super) fn uses<P>(graph: &Graph<P>) -> Vec<usize> {
    let mut uses = vec![0; graph.nodes.len() + 1];
    uses[graph.output] += 1;
    graph.nodes.iter().flat_map(|node| &node.inputs).for_each(|&input| uses[input] += 1);
    uses
}

/// Removes the operations that don't affect the output.
fn without_the_unused<E>(graph: Graph<Vec<E>>) -> Graph<Vec<E>> {
    let mut needed = vec![false; graph.nodes.len() + 1];
    needed[graph.output] = true;
    for (number, node) in graph.nodes.iter().enumerate().rev() {
        if needed[number + 1] {
            node.inputs.iter().for_each(|&input| needed[input] = true);
        }
    }
    let mut values = vec![0; needed.len()];
    let mut nodes = Vec::new();
    for (number, node) in graph.nodes.into_iter().enumerate() {
        if needed[number + 1] {
            let inputs = node.inputs.iter().map(|&input| values[input]).collect();
            nodes.push(Node { operation: node.operation, inputs });
            values[number + 1] = nodes.len();
        }
    }
    Graph { nodes, output: values[graph.output] }
}

/// The same network, where each normalization after a convolution or fully connected layer is folded into its weights.
pub(super) fn simplify<E: Element>(mut graph: Graph<Vec<E>>) -> Graph<Vec<E>> {
    let mut folded = vec![false; graph.nodes.len()];
    let uses = uses(&graph);
    for (number, folded) in folded.iter_mut().enumerate() {
        let [input] = graph.nodes[number].inputs[..] else { continue };
        let Operation::Scale { channels, spatial, factors, summands } = &graph.nodes[number].operation else {
            continue;
        };
        if input == 0 || uses[input] > 1 {
            continue;
        }
        let (channels, spatial, factors, summands) = (*channels, *spatial, factors.clone(), summands.clone());
        let before = &mut graph.nodes[input - 1].operation;
        // In the weight of a transposed convolution, outputs are the second axis, so this operation isn't folded.
        if let Operation::Conv2d { geometry, weight, bias } = before
            && (geometry.out_channels, geometry.output_plane()) == (channels, spatial)
        {
            scale(weight, bias, &factors, &summands);
            *folded = true;
        } else if let Operation::Linear { geometry, weight, bias } = before
            && (geometry.outputs, 1) == (channels, spatial)
        {
            scale(weight, bias, &factors, &summands);
            *folded = true;
        }
    }
    // A folded normalization is replaced by its input.
    let mut same: Vec<usize> = (0..=graph.nodes.len()).collect();
    for (number, node) in graph.nodes.iter_mut().enumerate() {
        node.inputs.iter_mut().for_each(|input| *input = same[*input]);
        if folded[number] {
            same[number + 1] = node.inputs[0];
        }
    }
    graph.output = same[graph.output];
    without_the_unused(graph)
}

/// Scales the outputs of an operation by changing its weights and its bias.
fn scale<E: Element>(weight: &mut [E], bias: &mut Option<Vec<E>>, factors: &[E], summands: &[E]) {
    let length = weight.len() / factors.len().max(1);
    for (weight, &factor) in weight.chunks_exact_mut(length.max(1)).zip(factors) {
        weight.iter_mut().for_each(|weight| *weight *= factor);
    }
    let bias = bias.get_or_insert_with(|| vec![E::zero(); factors.len()]);
    for (bias, (&factor, &summand)) in bias.iter_mut().zip(factors.iter().zip(summands)) {
        *bias = *bias * factor + summand;
    }
}
