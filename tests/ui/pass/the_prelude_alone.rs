//! What the documentation writes needs the prelude and no dependency but shapewright.

use shapewright::prelude::*;
// What the compiler suggests where a trait is missing.
use shapewright::dfdx::tensor_ops::TryMatMul;
use shapewright::prelude::dfdx as _;

network! { struct Block<const C: usize> { conv: Conv2d<.., C, 3, padding = 1> } }
network! { struct Net: Input<3, 4, 4> { block: Block<16>, GlobalAvgPool2d, fc: Linear<.., 2> } }

fn main() -> Result<()> {
    let device = Cpu::default();
    let net = Net::build(&device)?;
    let weight = net.block.conv.weight.clone().realize::<Rank4<16, 3, 3, 3>>();
    let _: Tensor<Rank4<16, 3, 3, 3>, f32, Cpu> = weight;

    let images = vec![device.zeros::<Rank3<3, 4, 4>>(), device.ones()];
    let batch: Tensor<(usize, Const<3>, Const<4>, Const<4>), f32, Cpu> = images.stack();
    let logits = net.try_forward(batch)?;
    let means: Tensor<(usize,), f32, Cpu> = logits.clone().mean::<_, Axis<1>>();
    let sum = means.clone().sum::<Rank0, _>().array();
    let largest = logits.clone().max::<Rank0, _>().array();
    assert!(sum.is_finite() && largest.is_finite());
    let swapped = logits.permute::<(Const<2>, usize), Axes2<1, 0>>();
    let flat: Tensor<Rank1<4>, f32, Cpu> = swapped.reshape_like(&(Const,));
    assert_eq!(flat.dot_with(&flat), flat.clone().square().sum::<Rank0, _>().array());
    Ok(())
}

trait DotWith {
    fn dot_with(&self, other: &Self) -> f32;
}

impl DotWith for Tensor<Rank1<4>, f32, Cpu> {
    fn dot_with(&self, other: &Self) -> f32 {
        let (row, column) = (self.clone().reshape::<Rank2<1, 4>>(), other.clone().reshape::<Rank2<4, 1>>());
        row.matmul(column).reshape::<Rank0>().array()
    }
}
