//! A backward pass of an input that came without gradients.
use shapewright::prelude::*;

network! { struct Net: Input<4> { Linear<.., 3>, Softmax } }

fn main() -> Result<()> {
    let device = Cpu::default();
    let mut net = Net::build(&device)?;
    let x: Tensor<Rank2<2, 4>, f32, Cpu> = device.zeros();
    let logits = net.try_train_logits(x.clone())?;
    let loss = CrossEntropyLoss::default().try_forward(logits, &[0, 1])?;
    let gradients = loss.try_backward()?;
    let loss = MSELoss::default().forward(net.train(x), &device.zeros::<Rank2<2, 3>>());
    let gradients = loss.backward();
    Ok(())
}
