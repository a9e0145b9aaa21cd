//! `Dropout`.

use crate::call::Call;
use crate::layer::layer;
use crate::shape::{Help, Inferred, Message, Mistake};

/// In training, each element is 0 with probability p and otherwise divided by 1 − p, so that its mean stays; in
/// evaluation nothing happens.
///
/// `Dropout<p = 0.5>`. What is dropped is drawn from the device's generator: `Cpu::seed_from_u64(7)` repeats it.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<4>, Dropout<0.5>);
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// let x = dev.tensor([1.0, 1.0, 1.0, 1.0]);
/// assert_eq!(net.try_forward(x.clone())?.array(), [1.0; 4]);
/// assert!(net.try_train(x)?.array().iter().all(|&y| y == 0.0 || y == 2.0));
/// # Ok(())
/// # }
/// ```
///
/// Source: Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, 2014;
/// [`torch.nn.Dropout`](https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html).
#[layer(p: float = 0.5)]
pub struct Dropout;

const fn not_a_probability(call: &Call) -> Option<Mistake> {
    let p = call.float(0);
    if p >= 0.0 && p <= 1.0 {
        return None;
    }
    let why = Message::new("expects a probability between 0 and 1 as `p`, but receives {}").value(call.value(0));
    Some(Mistake::new(why).help(Help::Say(Message::new("`p` is the share of the elements that are dropped"))))
}

stateless!(Dropout:
    |dims, call| Inferred::new(dims).mistake(not_a_probability(&call)),
    |input, call, context| {
        if context.is_training() { Ok(D::try_dropout(input, call.float(0))?) } else { Ok(input) }
    },
);
