use dfdx::optim::{AdamConfig, Momentum, RMSpropConfig, SgdConfig, WeightDecay};
use dfdx::prelude::*;

use super::{AdamaxConfig, Memory, OptimizerKernel, Rule, numbers, portable};
use crate::ops::Element;
use crate::ops::testing::{Vector, assert_close, sample, values, vector};

/// All rules, with all their settings.
fn rules() -> Vec<Rule> {
    let mut rules = Vec::new();
    for weight_decay in [None, Some(WeightDecay::L2(0.1)), Some(WeightDecay::Decoupled(0.1))] {
        for momentum in [None, Some(Momentum::Classic(0.9)), Some(Momentum::Nesterov(0.5))] {
            rules.push(Rule::Sgd(SgdConfig { lr: 0.1, momentum, weight_decay }));
        }
        rules.push(Rule::Adam(AdamConfig { lr: 0.1, betas: [0.8, 0.9], eps: 1e-6, weight_decay }));
        rules.push(Rule::Adamax(AdamaxConfig { lr: 0.1, betas: [0.8, 0.9], eps: 1e-6, weight_decay }));
        for (momentum, centered) in [(None, false), (None, true), (Some(0.5), false), (Some(0.5), true)] {
            let (lr, alpha, eps) = (0.1, 0.8, 0.1);
            rules.push(Rule::RMSprop(RMSpropConfig { lr, alpha, eps, momentum, centered, weight_decay }));
        }
    }
    rules
}

/// A parameter after a few steps, each with another gradient.
fn steps<E: Element>(rule: &Rule, length: usize, portably: bool) -> Vec<E>
where
    Cpu: Device<E>,
{
    let mut parameter: Vector<E> = vector(&Cpu::default(), &sample(length, 1));
    let (mut gradients, mut memory) = (Gradients::leaky(), Memory::default());
    for step in 1..4 {
        memory.steps = step;
        let slopes = sample(length, step as u64 + 1);
        numbers(&mut gradients, &parameter)
            .unwrap()
            .iter_mut()
            .zip(slopes)
            .for_each(|(gradient, slope)| *gradient += E::of(slope));
        match portably {
            true => portable::optimize(rule, &mut parameter, &mut gradients, &mut memory).unwrap(),
            false => Cpu::try_optimize(rule, &mut parameter, &mut gradients, &mut memory).unwrap(),
        }
        let gradient = values(&gradients.get(&parameter));
        assert!(gradient.iter().all(|&slope| slope == E::zero()), "{rule:?} leaves a gradient");
    }
    values(&parameter)
}

#[test]
fn by_hand() {
    let after = |rule: Rule| {
        let mut parameter: Vector<f64> = vector(&Cpu::default(), &[1.0]);
        let (mut gradients, mut memory) = (Gradients::leaky(), Memory::default());
        [0.5, 1.0].map(|slope| {
            memory.steps += 1;
            numbers(&mut gradients, &parameter).unwrap()[0] = slope;
            Cpu::try_optimize(&rule, &mut parameter, &mut gradients, &mut memory).unwrap();
            values(&parameter)[0]
        })
    };
    let sgd = |momentum, weight_decay| after(Rule::Sgd(SgdConfig { lr: 0.1, momentum, weight_decay }));
    assert_close(&sgd(None, None), &[0.95, 0.85], 1e-15, "SGD");
    assert_close(&sgd(Some(Momentum::Classic(0.5)), None), &[0.95, 0.825], 1e-15, "with momentum");
    assert_close(&sgd(Some(Momentum::Nesterov(0.5)), None), &[0.925, 0.7625], 1e-15, "with Nesterov's momentum");
    assert_close(&sgd(None, Some(WeightDecay::L2(0.5))), &[0.9, 0.755], 1e-15, "with weight decay");
    assert_close(&sgd(None, Some(WeightDecay::Decoupled(0.5))), &[0.9, 0.755], 1e-15, "with decoupled decay");
    // m: ¼, ⅝; m̂: ½, ⅚; v: ⅛, 9/16; v̂: ¼, ¾.
    let adam = AdamConfig { lr: 0.1, betas: [0.5, 0.5], eps: 0.0, weight_decay: None };
    assert_close(&after(Rule::Adam(adam)), &[0.9, 0.9 - 0.1 * (5.0 / 6.0) / 0.75_f64.sqrt()], 1e-15, "Adam");
    // m as above; u: ½, 1.
    let adamax = AdamaxConfig { lr: 0.1, betas: [0.5, 0.5], eps: 0.0, weight_decay: None };
    assert_close(&after(Rule::Adamax(adamax)), &[0.9, 0.9 - 0.1 * (5.0 / 6.0)], 1e-15, "Adamax");
    // s: (1 + ¼) / 2, (⅝ + 1) / 2.
    let config = RMSpropConfig { lr: 0.1, alpha: 0.5, eps: 0.0, ..RMSpropConfig::default() };
    let first = 1.0 - 0.05 / 0.625_f64.sqrt();
    assert_close(&after(Rule::RMSprop(config)), &[first, first - 0.1 / 0.8125_f64.sqrt()], 1e-15, "RMSprop");
}

/// These optimizers compute the same as dfdx's.
#[test]
fn both_forms_agree() {
    for rule in rules() {
        for length in [1, 77, 20_000] {
            let what = format!("{rule:?}, {length} numbers");
            assert_close(&steps::<f64>(&rule, length, false), &steps(&rule, length, true), 1e-13, &what);
            assert_close(&steps::<f32>(&rule, length, false), &steps(&rule, length, true), 1e-5, &what);
        }
    }
}

/// The steps of PyTorch 2.15's `Adamax(lr=0.1, betas=(0.8, 0.9), eps=1e-6, weight_decay=0.1)`.
#[test]
fn adamax_is_that_of_pytorch() {
    let weight_decay = Some(WeightDecay::L2(0.1));
    let rule = Rule::Adamax(AdamaxConfig { lr: 0.1, betas: [0.8, 0.9], eps: 1e-6, weight_decay });
    let mut parameter: Vector<f64> = vector(&Cpu::default(), &[1.0, -2.0, 0.5]);
    let (mut gradients, mut memory) = (Gradients::leaky(), Memory::default());
    for (gradient, expected) in [
        ([0.5, -1.0, 0.0], [0.9000001666663889, -1.900000083333264, 0.4000019999600008]),
        ([2.0, 0.25, -3.0], [0.8316854732451294, -1.8537038251885138, 0.4548067861989485]),
        ([-0.125, 0.0, 1.5], [0.7878003846351433, -1.8155296349642502, 0.4669683168032485]),
    ] {
        memory.steps += 1;
        numbers(&mut gradients, &parameter).unwrap().copy_from_slice(&gradient);
        Cpu::try_optimize(&rule, &mut parameter, &mut gradients, &mut memory).unwrap();
        assert_close(&values(&parameter), &expected, 1e-13, "Adamax");
    }
}

/// As with PyTorch's optimizers, a parameter keeps moving after a gradient near the ends of the range of `f32`.
#[test]
fn great_gradients_do_not_stop_a_parameter() {
    let after = |rule: &Rule, slope: f32| {
        let mut parameter: Vector<f32> = vector(&Cpu::default(), &[1.0]);
        let (mut gradients, mut memory) = (Gradients::leaky(), Memory::default());
        [slope, 1.0, 1.0].map(|slope| {
            memory.steps += 1;
            numbers(&mut gradients, &parameter).unwrap()[0] = slope;
            Cpu::try_optimize(rule, &mut parameter, &mut gradients, &mut memory).unwrap();
            values(&parameter)[0]
        })
    };
    for slope in [1.9e19_f32, -1.9e19, 1e20, 5e20] {
        let adam = Rule::Adam(AdamConfig { lr: 0.1, ..AdamConfig::default() });
        // The means have the weights 0.1 and 0.001, and are bias-corrected. The first step is `lr`; the others follow from the
        // means' decay.
        let second = 0.09 / (1.0 - 0.9_f64.powi(2)) / ((0.999e-3) / (1.0 - 0.999_f64.powi(2))).sqrt();
        let third = 0.081 / (1.0 - 0.9_f64.powi(3)) / ((0.998001e-3) / (1.0 - 0.999_f64.powi(3))).sqrt();
        let sign = f64::from(slope.signum());
        let expected = [1.0 - 0.1 * sign, 1.0 - 0.1 * sign * (1.0 + second), 1.0 - 0.1 * sign * (1.0 + second + third)];
        let expected = expected.map(|expected| expected as f32);
        assert_close(&after(&adam, slope), &expected, 1e-5, &format!("Adam, {slope:e}"));
        let config = RMSpropConfig { lr: 0.1, alpha: 0.999, ..RMSpropConfig::default() };
        let first = (1.0 - 0.1 * sign / 1e-3_f64.sqrt()) as f32;
        let rmsprop = after(&Rule::RMSprop(config), slope);
        assert_close(&rmsprop, &[first; 3], 1e-5, &format!("RMSprop, {slope:e}"));
    }
}

#[test]
fn threads_change_nothing() {
    for rule in rules() {
        let after = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| steps::<f32>(&rule, 200_000, false))
        };
        assert_eq!(after(1), after(3), "{rule:?}");
    }
}

#[test]
fn a_clone_stays_where_it_was_and_a_broadcast_parameter_moves() {
    let device = Cpu::default();
    let mut parameter = device.tensor([1.0_f64, 2.0]);
    let before = parameter.clone();
    let mut gradients = Gradients::leaky();
    let rule = Rule::Sgd(SgdConfig { lr: 1.0, momentum: None, weight_decay: None });
    numbers(&mut gradients, &parameter).unwrap().fill(1.0);
    Cpu::try_optimize(&rule, &mut parameter, &mut gradients, &mut Memory::default()).unwrap();
    assert_eq!((parameter.array(), before.array()), ([0.0, 1.0], [1.0, 2.0]));

    let mut broadcast: Tensor<Rank2<3, 2>, f64, Cpu> = before.broadcast();
    numbers(&mut gradients, &broadcast).unwrap().fill(1.0);
    Cpu::try_optimize(&rule, &mut broadcast, &mut gradients, &mut Memory::default()).unwrap();
    assert_eq!(broadcast.array(), [[0.0, 1.0]; 3]);
}
