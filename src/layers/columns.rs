//! `Columns`.

use crate::layer::layer;
use crate::ops::narrow::NarrowGeometry;
use crate::shape::{Dims, Help, Inferred, Message, Mistake, UNKNOWN, plus};
use dfdx::shapes::HasShape;

/// Some of the columns: those of the last dimension from `start` on, `length` of them.
///
/// `Columns<start, length>`. It cuts what one layer computed into what it means: a detector's scores and boxes, a mean
/// and a variance.
///
/// # Shapes
/// \[…, W\] → \[…, length\]
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Middle = network!(Input<2, 4>, Columns<1, 2>);
/// let dev = Cpu::default();
/// let y = Middle::build(&dev)?.try_forward(dev.tensor([[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]))?;
/// assert_eq!(y.array(), [[1.0, 2.0], [5.0, 6.0]]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.narrow`](https://pytorch.org/docs/stable/generated/torch.narrow.html) along the last dimension.
#[layer(start: count, length: size)]
pub struct Columns;

const fn infer(input: Dims, start: usize, length: usize) -> Inferred {
    if input.rank() == 0 {
        let why = Message::new("takes some of a row of elements, but receives a single one");
        return Inferred::new(input).mistake(Some(Mistake::new(why)));
    }
    let (last, end) = (input.size(input.rank() - 1), plus(start, length));
    let mistake = if last != UNKNOWN && end != UNKNOWN && end > last {
        let why = Message::new("takes {} columns from column {} on, but receives {}, which has {}");
        let why = why.number(length).number(start).dims(input).number(last);
        let help = match last > start {
            true => Help::Size { parameter: "length", size: last - start, follows: false },
            false => Help::Say(Message::new("columns are counted from 0")),
        };
        Some(Mistake::new(why).help(help))
    } else {
        None
    };
    Inferred::new(input.with(input.rank() - 1, length)).mistake(mistake)
}

stateless!(Columns: |dims, call| infer(dims, call.size(0), call.size(1)), |input, call, _| {
    let (batch, rank) = (input.shape().0, In::DIMS.rank());
    let (start, width) = (call.size(0), call.size(1));
    let rows = In::DIMS.product(0, rank - 1);
    let geometry = NarrowGeometry { outer: batch * rows, length: In::DIMS.size(rank - 1), start, width };
    Ok(D::try_narrow(input, (batch, rows * width), &geometry)?)
});
