use dfdx::prelude::*;

use super::{DropoutKernel, portable};
use crate::ops::testing::{Taped, Vector, run, weight};

type Form = fn(Taped<f64>, f64) -> Result<Taped<f64>, CpuError>;

const FORMS: [Form; 2] = [Cpu::try_dropout, portable::dropout];

fn dropped(form: Form, probability: f64) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |x, _| form(x, probability).unwrap()
}

#[test]
fn what_stays_is_scaled_and_so_is_its_gradient() {
    for form in FORMS {
        for probability in [0.0, 0.25, 0.8, 1.0] {
            let outcome = run(&[vec![1.0; 40_000]], dropped(form, probability));
            let scale = 1.0 / (1.0 - probability);
            let mut kept = 0;
            for (position, (&y, &gradient)) in outcome.output.iter().zip(&outcome.gradients[0]).enumerate() {
                if y != 0.0 {
                    kept += 1;
                    assert!((y - scale).abs() < 1e-12 && (gradient - weight(position) * scale).abs() < 1e-12);
                } else {
                    assert_eq!(gradient, 0.0, "what is dropped has no gradient");
                }
            }
            let rate = kept as f64 / outcome.output.len() as f64;
            assert!((rate + probability - 1.0).abs() < 0.01, "{rate} of 1 stay, with probability {probability}");
        }
    }
}

#[test]
fn masks_follow_from_the_seed_and_differ() {
    let masks = |seed| {
        let device = Cpu::seed_from_u64(seed);
        let draw = || Cpu::try_dropout(device.ones::<Rank1<100>>() as Tensor<_, f32, _>, 0.5).unwrap().array();
        [draw(), draw()]
    };
    assert_eq!(masks(1), masks(1));
    assert_ne!(masks(1)[0], masks(1)[1]);
    assert_ne!(masks(1)[0], masks(2)[0]);
}

#[test]
fn nothing_and_copies_are_dropped_as_well() {
    for form in FORMS {
        assert!(run(&[vec![]], dropped(form, 0.5)).output.is_empty());
    }
    let broadcast = || Cpu::default().tensor(1.0_f32).broadcast::<Rank1<64>, _>();
    for y in [Cpu::try_dropout(broadcast(), 0.5), portable::dropout(broadcast(), 0.5)] {
        let kept = y.unwrap().array().iter().filter(|&&value| value != 0.0).count();
        assert!((10..54).contains(&kept), "copies fall one by one, not together");
    }
}
