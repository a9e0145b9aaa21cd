//! `LocalResponseNorm`.

use crate::layer::layer;
use crate::ops::local_response_norm::LocalResponseNormGeometry;
use crate::shape::{Dims, Help, Inferred, Message, Mistake};
use dfdx::shapes::HasShape;

/// Local response normalization, as in AlexNet: each channel is divided by what the channels next to it have at the same
/// position: y\[c\] = x\[c\] / (k + alpha / size · Σ x\[u\]²)^beta, the sum over the `size` channels u around c, those
/// that there are.
///
/// `LocalResponseNorm<size, alpha = 0.0001, beta = 0.75, k = 1.0>`. Of an even `size`, the channels begin `size / 2` before c.
/// The paper multiplies the sum by its α, so that its α = 0.0001 with n = 5 is `alpha = 0.0005` here, as in PyTorch.
///
/// # Shapes
/// \[C, H, W\] → the same, and likewise for any other with channels and positions
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<3, 1, 1>, LocalResponseNorm<3, alpha = 3.0, beta = 0.5, k = 0.0>);
/// let dev = Cpu::default();
/// let y = Net::build(&dev)?.try_forward(dev.tensor([[[0.0]], [[3.0]], [[4.0]]]))?;
/// assert_eq!(y.array(), [[[0.0]], [[0.6]], [[0.8]]]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Krizhevsky, Sutskever and Hinton, *ImageNet Classification with Deep Convolutional Neural Networks*, 2012;
/// [`torch.nn.LocalResponseNorm`](https://pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html).
#[layer(size: size, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0)]
pub struct LocalResponseNorm;

const fn no_positions(input: Dims) -> Option<Mistake> {
    if input.rank() >= 2 {
        return None;
    }
    let why = Message::new("expects channels and positions, as [channels, height, width], but receives {}").dims(input);
    Some(Mistake::new(why).help(Help::Say(Message::new("put it before `Flatten` and `Linear`, where the image still is one"))))
}

stateless!(LocalResponseNorm:
    |dims, _| Inferred::new(dims).macs(dims.numel()).mistake(no_positions(dims)),
    |input, call, _| {
        let geometry = LocalResponseNormGeometry {
            batch: input.shape().0,
            channels: In::DIMS.size(0),
            spatial: In::DIMS.product(1, In::DIMS.rank()),
            size: call.size(0),
            alpha: call.float(1),
            beta: call.float(2),
            k: call.float(3),
        };
        Ok(D::try_local_response_norm(input, &geometry)?)
    },
);
