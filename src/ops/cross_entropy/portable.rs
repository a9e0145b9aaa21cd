//! Cross-entropy composed from dfdx's operations.

use dfdx::prelude::*;

use super::{CrossEntropyGeometry, Targets};
use crate::ops::Upload;
use crate::ops::portable::{scalar, touch};
use crate::ops::softmax::{Scale, SoftmaxGeometry, portable::softmax};
use crate::ops::sum::portable::sum;

/// As [`CrossEntropyKernel::try_cross_entropy`](super::CrossEntropyKernel::try_cross_entropy), on any device.
pub fn cross_entropy<S: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    logits: Tensor<S, E, D, T>,
    targets: Targets,
    geometry: &CrossEntropyGeometry,
) -> Result<Tensor<(), E, D, T>, D::Err> {
    let CrossEntropyGeometry { outer, classes, inner } = *geometry;
    geometry.check(logits.shape().num_elements(), &targets);
    let counted: Vec<usize> = (0..geometry.labels()).filter(|&position| targets.weights[position] != 0.0).collect();
    let count = counted.len();
    if count == 0 {
        let (logits, tape) = logits.split_tape();
        let tape = touch(&logits, tape);
        return Ok(logits.device().try_upload(&[scalar(0.0 / targets.total)], ())?.put_tape(tape));
    }
    let device = logits.device().clone();
    // Rows with weight 0 are removed: an infinite logit there would yield `NaN` even times 0.
    let rows = logits.try_reshape_like(&(outer, classes, inner))?;
    let rows = rows.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>()?;
    let rows = rows.try_reshape_like(&(outer * inner, classes))?;
    let labels: Vec<usize> = counted.iter().map(|&position| targets.labels[position]).collect();
    let weights: Vec<f64> = counted.iter().map(|&position| targets.weights[position]).collect();
    let rows = match count == geometry.labels() {
        true => rows,
        false => rows.try_gather(device.try_upload(&counted, (count,))?)?,
    };
    let scores = softmax(rows, Scale::Logarithmic, &SoftmaxGeometry { outer: count, classes, inner: 1 })?;
    let scores: Tensor<(usize,), E, D, T> = scores.try_select(device.try_upload(&labels, (count,))?)?;
    // If all weights are equal, a single multiplication by the common weight is enough.
    let common = weights[0];
    let weighed = match weights.iter().all(|&weight| weight == common) {
        true => sum(scores)?.try_mul(scalar::<E>(common))?,
        false => {
            let weights: Vec<E> = weights.into_iter().map(scalar).collect();
            sum(scores.try_mul(device.try_upload(&weights, (count,))?)?)?
        }
    };
    weighed.try_div(scalar::<E>(-targets.total))
}
