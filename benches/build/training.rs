//! A program that trains a network: what its crate compiles is counted by `benches/ir_lines.sh`.

use shapewright::prelude::*;

type Net = network!(Input<1, 28, 28>, Conv2d<.., 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax);

fn main() -> Result<()> {
    let device = Cpu::default();
    let mut net = Net::build(&device)?;
    let mut optimizer = Adam::new(&net, AdamConfig::default());
    let mut gradients = net.try_alloc_grads()?;
    for _ in 0..3 {
        let images: Tensor<(usize, Const<1>, Const<28>, Const<28>), f32, Cpu> =
            device.zeros_like(&(4, Const, Const, Const));
        let logits = net.try_train_logits((images, gradients))?;
        let loss = CrossEntropyLoss::default().try_forward(logits, &[0, 1, 2, 3])?;
        println!("{}", loss.array());
        gradients = loss.try_backward()?;
        optimizer.step(&mut net, &mut gradients)?;
        net.try_zero_grads(&mut gradients)?;
    }
    Ok(())
}
