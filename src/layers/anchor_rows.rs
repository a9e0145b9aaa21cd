//! `AnchorRows`.

use crate::layer::layer;
use crate::layer::window::{channels, not_an_image};
use crate::shape::{Dims, Inferred, Message, Mistake, UNKNOWN, times};

/// One row of elements for each anchor: what a detector's convolution says about several anchors at each place of an
/// image, place after place.
///
/// `AnchorRows<columns>`: the first `columns` channels are those of the first anchor, and so on. Rows of several scales
/// are joined by [`Concat`](super::Concat). Their order is that of [`Anchors`](crate::detection::Anchors).
///
/// # Shapes
/// \[A · columns, H, W\] → \[H · W · A, columns\]
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Rows = network!(Input<4, 1, 2>, AnchorRows<2>);
/// let dev = Cpu::default();
/// let x = dev.tensor([[[0.0, 10.0]], [[1.0, 11.0]], [[2.0, 12.0]], [[3.0, 13.0]]]);
/// let rows = Rows::build(&dev)?.try_forward(x)?;
/// assert_eq!(rows.array(), [[0.0, 1.0], [2.0, 3.0], [10.0, 11.0], [12.0, 13.0]]);
/// # Ok(())
/// # }
/// ```
///
/// Source: `permute(0, 2, 3, 1).reshape(B, -1, columns)` of PyTorch; torchvision's
/// [`SSD`](https://pytorch.org/vision/stable/models/ssd.html) does so.
#[layer(columns: size)]
pub struct AnchorRows;

const fn infer(input: Dims, columns: usize) -> Inferred {
    let (channels, known) = (channels(&input), channels(&input) != UNKNOWN && columns != UNKNOWN);
    let places = if input.rank() == 3 { times(input.size(1), input.size(2)) } else { UNKNOWN };
    let anchors = if known { channels / columns } else { UNKNOWN };
    let output = Dims::new(&[times(places, anchors), columns]);
    let mistake = if known && (channels == 0 || channels % columns != 0) {
        let why = Message::new("expects a multiple of {} channels, so many for each anchor, but receives {} from {}");
        Some(Mistake::new(why.number(columns).number(channels).dims(input)))
    } else {
        None
    };
    Inferred::new(output).mistake(not_an_image(&input)).mistake(mistake)
}

stateless!(AnchorRows: |dims, call| infer(dims, call.size(0)), |input, _, _| {
    let (channels, places) = (In::DIMS.size(0), In::DIMS.product(1, 3));
    Ok(D::try_transpose(input, channels, places)?)
});

#[cfg(test)]
mod tests {
    use crate::ops::testing::assert_close;
    use crate::prelude::*;
    use dfdx::tensor_ops::SumTo;

    /// Two images of two anchors with three elements each, at 2 × 2 places; then the last two elements of each.
    #[test]
    fn every_number_and_its_gradient_finds_its_place() {
        type Net = network!(Input<6, 2, 2>, AnchorRows<3>, Columns<1, 2>);
        let dev = AutoDevice::default();
        let net = Net::build(&dev).unwrap();
        let numbers: Vec<f32> = (0..48).map(|number| number as f32).collect();
        let images = dev.tensor_from_vec(numbers, (Const::<2>, Const::<6>, Const::<2>, Const::<2>));
        let rows: Tensor<Rank3<2, 8, 2>, f32, _, _> = net.forward(images.leaky_trace());
        let values = rows.array();
        for (image, anchor, column) in (0..32).map(|at| (at / 16, at / 2 % 8, at % 2)) {
            let (place, channel) = (anchor / 2, anchor % 2 * 3 + column + 1);
            assert_eq!(values[image][anchor][column], (image * 24 + channel * 4 + place) as f32);
        }
        // The gradient of half the sum of squares is the output: each element where it came from, the first ones nowhere.
        let gradient = (rows.square().sum::<Rank0, _>() / 2.0).backward().get(&images).as_vec();
        let expected: Vec<f32> = (0..48).map(|at| if at / 4 % 3 == 0 { 0.0 } else { at as f32 }).collect();
        assert_close(&gradient, &expected, 1e-6, "gradient");
    }
}
