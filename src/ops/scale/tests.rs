use dfdx::prelude::*;

use super::Scaled;
use crate::ops::OperationKernel;
use crate::ops::testing::{Taped, Vector, assert_differentiates, assert_same, run, vector};

const SIZES: Scaled = Scaled { channels: 2, spatial: 3 };

fn kernel(x: Taped<f64>, weights: &[Vector<f64>]) -> Taped<f64> {
    let weights = weights.iter().map(|weight| Cpu::try_parameter(weight).unwrap());
    let inputs = [Cpu::try_flat(x).unwrap()].into_iter().chain(weights).collect();
    Cpu::try_shaped(Cpu::try_operation(SIZES.into(), inputs, 12).unwrap(), &(12,)).unwrap()
}

fn composed(x: Taped<f64, AutoDevice>, weights: &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    use crate::ops::operation::Portable;
    let weights = weights.iter().map(|weight| AutoDevice::try_parameter(weight).unwrap());
    let inputs = [AutoDevice::try_flat(x).unwrap()].into_iter().chain(weights).collect();
    AutoDevice::try_shaped(SIZES.portable(inputs, 12).unwrap(), &(12,)).unwrap()
}

#[test]
fn each_channel_has_its_line() {
    let x: Vec<f64> = (1..=12).map(f64::from).collect();
    let inputs = [x, vec![2.0, -1.0], vec![0.5, 10.0]];
    let outcome = run(&inputs, kernel);
    assert_eq!(outcome.output, [2.5, 4.5, 6.5, 6.0, 5.0, 4.0, 14.5, 16.5, 18.5, 0.0, -1.0, -2.0]);
    assert_differentiates(&inputs, "channels", kernel);
    // In the portable form, the weights are constants.
    let portable = |x, _: &[Vector<f64, AutoDevice>]| {
        composed(x, &inputs[1..].iter().map(|weight| vector(&AutoDevice::default(), weight)).collect::<Vec<_>>())
    };
    let portable = run(&inputs[..1], portable);
    assert_same(&portable, &outcome, 1e-14, "portable");
}
