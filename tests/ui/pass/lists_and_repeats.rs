//! Lists in lists, with names and without; repeats by a number, a constant, an expression, a parameter, 0 and 1 times.
use shapewright::prelude::*;

const TIMES: usize = 2;

network! {
    struct Net: Input<4> {
        [Linear<.., 4>, ReLU],
        body: [first: Linear<.., 4>, deep: [Tanh, last: [fc: Linear<.., 4>,],],],
        twice: [fc: Linear<.., 4>, ReLU] * TIMES,
        [Linear<.., 4>] * { TIMES + 1 },
        one: Linear<.., 4> * 1,
        none: [Linear<.., 4>] * 0,
        ReLU * 5,
        nested: [[Linear<.., 4>] * 2, ReLU] * 2,
        Linear<.., 3>,
    }
}
type Alias = network!(< Input<4>, [Linear<.., 4>, [ReLU, Tanh]] * TIMES, Linear<.., 4> * 3, Linear<.., 3>, >);
network! { struct Stack<const WIDTH: usize, const DEPTH: usize> { [Linear<.., WIDTH>, ReLU] * DEPTH, [Linear<.., { WIDTH / 2 }>] } }
network! { struct Stacked: Input<4> { stack: Stack<4, 3>, Stack<4, DEPTH = { TIMES * 0 }> } }

const _: () = assert!(Net::PARAMS == 20 * (1 + 2 + 2 + 3 + 1 + 4) + 15 && Alias::PARAMS == 20 * 5 + 15);
const _: () = assert!(Stacked::PARAMS == 20 * 3 + 10 + 2 * 2 + 2);

fn main() -> Result<()> {
    let device = Cpu::default();
    let net = Net::build(&device)?;
    let _: &Tensor<Rank2<4, 4>, f32, Cpu> = &net.body.deep.last.fc.weight;
    let _: &Tensor<Rank2<4, 4>, f32, Cpu> = &net.twice[TIMES - 1].fc.weight;
    let _: &Tensor<Rank2<4, 4>, f32, Cpu> = &net.one[0].weight;
    assert!(net.none.is_empty());
    let _: Tensor<Rank1<3>, f32, Cpu> = net.try_forward(device.zeros::<Rank1<4>>())?;
    let _: Tensor<Rank2<2, 3>, f32, Cpu> = Alias::build(&device)?.try_forward(device.zeros::<Rank2<2, 4>>())?;
    let _: Tensor<Rank1<2>, f32, Cpu> = Stacked::build(&device)?.try_forward(device.zeros::<Rank1<4>>())?;
    Ok(())
}
