use dfdx::prelude::*;

use super::{SumKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample};

fn kernel(x: Taped<f64>, _: &[Vector<f64>]) -> Taped<f64> {
    Cpu::try_sum_all(x).unwrap().reshape_like(&(1,))
}

fn composed(x: Taped<f64, AutoDevice>, _: &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    portable::sum(x).unwrap().reshape_like(&(1,))
}

#[test]
fn by_hand() {
    let x = Cpu::default().tensor([[1.0_f32, 2.0], [3.0, -4.5]]);
    let y = Cpu::try_sum_all(x.leaky_trace()).unwrap();
    assert_eq!(y.array(), 1.5);
    assert_eq!((y * 3.0).backward().get(&x).array(), [[3.0; 2]; 2]);
    let transposed = x.leaky_trace().permute::<Rank2<2, 2>, Axes2<1, 0>>();
    assert_eq!(Cpu::try_sum_all(transposed).unwrap().backward().get(&x).array(), [[1.0; 2]; 2]);
}

#[test]
fn both_forms_agree_and_differentiate() {
    for length in [1, 2, 31, 32, 33, 64, 65, 1024, 1025, 3000, 40_000] {
        let (input, what) = ([sample(length, 1)], format!("{length} elements"));
        assert_same(&run(&input, kernel), &run(&input, composed), 1e-12, &what);
        if length < 100 {
            assert_differentiates(&input, &what, kernel);
        }
    }
}

#[test]
fn the_sum_of_nothing_is_nothing() {
    let nothing: [Vec<f64>; 1] = [Vec::new()];
    assert_eq!(run(&nothing, kernel).output, [0.0]);
    assert_eq!(run(&nothing, composed).output, [0.0]);
}

/// If the elements were added one by one, the relative error would be 3e-5.
#[test]
fn many_elements_are_added_pairwise() {
    const COUNT: usize = 300_007;
    let exact = f64::from(0.3_f32) * COUNT as f64;
    let values = |sum: f32| [f64::from(sum) / exact];
    let sum = Cpu::try_sum_all(Cpu::default().tensor((vec![0.3_f32; COUNT], (COUNT,))));
    assert_close(&values(sum.unwrap().array()), &[1.0], 1e-6, "kernel");
    let sum = portable::sum(AutoDevice::default().tensor((vec![0.3_f32; COUNT], (COUNT,))));
    assert_close(&values(sum.unwrap().array()), &[1.0], 1e-6, "portable");
}
