//! `Identity`.

use crate::layer::layer;
use crate::shape::Inferred;

/// y = x: a list that passes its input on, where a list is expected.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Squared = network!(Input<2>, Product<[Identity], [Identity]>);
/// let dev = Cpu::default();
/// assert_eq!(Squared::build(&dev)?.try_forward(dev.tensor([2.0, -3.0]))?.array(), [4.0, 9.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.Identity`](https://pytorch.org/docs/stable/generated/torch.nn.Identity.html).
#[layer]
pub struct Identity;

stateless!(Identity: |dims, _| Inferred::new(dims), |input, _, _| Ok(input));
