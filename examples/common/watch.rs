//! Whether a training leads anywhere.

/// Compares losses to the first one, which is that of a network that knows nothing yet.
pub struct Watch {
    first: Option<f64>,
    lr: f64,
}

impl Watch {
    /// Of a training that begins with this learning rate.
    pub fn new(lr: f64) -> Self {
        Watch { first: None, lr }
    }

    /// It is an error if a loss is no number, or far worse than the first one was: the training has diverged, and goes on in
    /// vain.
    pub fn check(&mut self, loss: f64) -> Result<(), String> {
        let first = *self.first.get_or_insert(loss);
        // Written so that it is false for what is no number.
        if loss <= 10.0 * (first + 1.0) {
            return Ok(());
        }
        Err(format!(
            "the training diverged: its loss, {first:.3} at first, became {loss:.3e}; try a learning rate below {:?}",
            self.lr
        ))
    }
}
