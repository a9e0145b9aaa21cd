use shapewright::prelude::*;

type Parentheses = network!(< Conv2d<1,8,3>, ReLU, MaxPool2d<2>, Flatten, Linear<..,10>, Softmax >);
type Brackets = network![< Conv2d<1,8,3>, ReLU, MaxPool2d<2>, Flatten, Linear<..,10>, Softmax >];
type Braces = network!{< Conv2d<1,8,3>, ReLU, MaxPool2d<2>, Flatten, Linear<..,10>, Softmax >};
type Closed = network!(Input<1, 28, 28>, Parentheses);
type Same1 = network!(Input<1, 28, 28>, Brackets);
type Same2 = network!(Input<1, 28, 28>, Braces);

const _: () = assert!(Closed::PARAMS == 13_610 && Same1::PARAMS == Closed::PARAMS && Same2::PARAMS == Closed::PARAMS);

fn main() -> Result<()> {
    let device = Cpu::default();
    let probabilities = Closed::build(&device)?.try_forward(device.zeros::<Rank3<1, 28, 28>>())?;
    assert!((probabilities.array().iter().sum::<f32>() - 1.0).abs() < 1e-6);
    Ok(())
}
