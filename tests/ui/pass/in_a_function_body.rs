use shapewright::prelude::*;

fn main() -> Result<()> {
    const HIDDEN: usize = 6;
    const RATE: f64 = 0.25;
    const SMALL: f32 = 0.125;
    const BIAS: bool = false;
    type Local = network!(Input<4>, Linear<.., HIDDEN, bias = BIAS>, Dropout<p = RATE>, Dropout<p = SMALL>, Linear<{ HIDDEN }, { HIDDEN / 2 }>);
    network! { struct Named: Input<4> { hidden: Linear<.., { HIDDEN * 2 }>, ReLU, out: Linear<.., 1> } }
    assert_eq!(Local::PARAMS, 4 * 6 + 6 * 3 + 3);
    assert_eq!(Named::OUTPUT.as_slice(), [1]);
    let device = Cpu::default();
    let named = Named::build(&device)?;
    let _: &Tensor<Rank2<12, 4>, f32, Cpu> = &named.hidden.weight;
    let _: Tensor<Rank1<3>, f32, Cpu> = Local::build(&device)?.try_forward(device.zeros::<Rank1<4>>())?;
    Ok(())
}
