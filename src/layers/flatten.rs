//! `Flatten`.

use crate::shape::{Dims, Inferred, Message, UNKNOWN};
use crate::layer::layer;

/// All elements of an example in one row, in order. Nothing is copied.
///
/// # Shapes
/// \[C, H, W\] → \[C·H·W\], and likewise for any other
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<2, 1, 2>, Flatten);
/// let dev = Cpu::default();
/// let x = dev.tensor([[[1.0, 2.0]], [[3.0, 4.0]]]);
/// assert_eq!(Net::build(&dev)?.try_forward(x)?.array(), [1.0, 2.0, 3.0, 4.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.Flatten`](https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html).
#[layer]
pub struct Flatten;

stateless!(Flatten:
    |dims, _| {
        let output = Dims::new(&[dims.numel()]);
        match dims.rank() {
            0 | 1 => Inferred::new(output),
            _ if dims.numel() == UNKNOWN => Inferred::new(output),
            _ => Inferred::new(output).origin(Message::new("{} is {} flattened").dims(output).dims(dims)),
        }
    },
    |input, _, _| Ok(input),
);
