//! Cross-entropy composed from dfdx's operations.

use dfdx::prelude::*;

use super::CrossEntropyGeometry;
use crate::ops::portable::{constant, is_empty, scalar, touch};
use crate::ops::softmax::{Scale, SoftmaxGeometry, portable::softmax};

/// As [`CrossEntropyKernel::try_cross_entropy`](super::CrossEntropyKernel::try_cross_entropy), on any device.
pub fn cross_entropy<S: Shape, L: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    logits: Tensor<S, E, D, T>,
    labels: &Tensor<L, usize, D>,
    geometry: &CrossEntropyGeometry,
) -> Result<Tensor<(), E, D, T>, D::Err> {
    let CrossEntropyGeometry { batch, classes } = *geometry;
    if is_empty(&logits) {
        let (logits, tape) = logits.split_tape();
        let tape = touch(&logits, tape);
        return Ok(constant(logits.device(), (), &[scalar(f64::NAN)])?.put_tape(tape));
    }
    // On most devices dfdx can't reshape a tensor of integers; labels pass through the host.
    let labels = logits.device().try_tensor_from_vec(labels.as_vec(), (batch,))?;
    let logits = logits.try_reshape_like(&(batch, classes))?;
    let scores = softmax(logits, Scale::Logarithmic, &SoftmaxGeometry { outer: batch, classes, inner: 1 })?;
    let scores: Tensor<(usize,), E, D, T> = scores.try_select(labels)?;
    scores.try_mean::<(), Axis<0>>()?.try_mul(scalar::<E>(-1.0))
}
