//! `TransformInput`.

use crate::layer::layer;
use crate::layer::window::not_an_image;
use crate::ops::batch_norm::BatchNormGeometry;
use crate::shape::{Help, Inferred, Message, Mistake, agree};
use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::Tensor;

/// The mean and standard deviation of ImageNet's colours, by which images are normalized for torchvision's networks.
const IMAGENET: [(f64, f64); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

/// Converts images from the normalization that all of torchvision's networks expect to the one that GoogLeNet's and
/// Inception v3's pretrained weights were trained with: y = (x · deviation + mean − 0.5) / 0.5, with the mean and the
/// standard deviation of each colour in ImageNet, so that colours from 0 to 1 become values from −1 to 1.
///
/// It is torchvision's `transform_input = True`, which pretrained weights set. It has no parameters.
///
/// # Shapes
/// \[3, H, W\] → the same
///
/// # Example
/// ```
/// use shapewright::{prelude::*, zoo::TransformInput};
/// # fn main() -> Result<()> {
/// type Net = network!(Input<3, 1, 1>, TransformInput);
/// let dev = Cpu::default();
/// let middle = dev.tensor([[[(0.5 - 0.485) / 0.229]], [[(0.5 - 0.456) / 0.224]], [[(0.5 - 0.406) / 0.225]]]);
/// let y = Net::build(&dev)?.try_forward(middle)?.array();
/// assert!(y.as_flattened().as_flattened().iter().all(|y: &f32| y.abs() < 1e-6));
/// # Ok(())
/// # }
/// ```
///
/// Source: torchvision's
/// [`inception.py`](https://github.com/pytorch/vision/blob/main/torchvision/models/inception.py).
#[layer]
pub struct TransformInput;

stateless!(TransformInput:
    |dims, _| {
        let why = Message::new("expects 3 channels, red, green and blue, but receives {} from {}");
        let why = why.number(dims.size(0)).dims(dims);
        let help = Message::new("leave it out: it is for images that were normalized by ImageNet's colours");
        let mistake = if agree(dims.size(0), 3) { None } else { Some(Mistake::new(why).help(Help::Say(help))) };
        Inferred::new(dims).macs(dims.numel()).mistake(not_an_image(&dims)).mistake(mistake)
    },
    |input, _, _| {
        let device = input.device().clone();
        let constant = |of: fn((f64, f64)) -> f64| -> std::result::Result<Tensor<(Const<3>,), E, D>, D::Err> {
            let mut tensor = device.try_zeros()?;
            tensor.copy_from(&IMAGENET.map(of).map(|number| E::from_f64(number).unwrap_or_default()));
            D::constant(&tensor);
            Ok(tensor)
        };
        // y = factor · x + summand, computed as batch normalization with this mean and this variance.
        let mean = constant(|(mean, deviation)| (0.5 - mean) / deviation)?;
        let variance = constant(|(_, deviation)| (0.5 / deviation).powi(2))?;
        let spatial = In::DIMS.product(1, In::DIMS.rank());
        let geometry = BatchNormGeometry { batch: input.shape().0, channels: 3, spatial, epsilon: 0.0 };
        Ok(D::try_batch_norm_eval(input, None, None, &mean, &variance, &geometry)?)
    },
);
