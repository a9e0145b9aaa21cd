//! Moving averages of models.

use shapewright::prelude::*;

use crate::support::{sample, state, tensor};

network! {
    struct Net: Input<2, 4, 4> {
        Frozen<[stem: Conv2d<.., 3, 3>, bn1: BatchNorm2d]>, Conv2d<.., 3, 2>, bn2: BatchNorm2d, Flatten, Linear<.., 2>,
    }
}

/// A model that has trained, and an average that hasn't.
fn pair() -> (Net<f64, AutoDevice>, Net<f64, AutoDevice>) {
    let dev = AutoDevice::seed_from_u64(1);
    let mut net = dev.build_module::<Net, f64>();
    let average = net.clone();
    let images: Tensor<(usize, Const<2>, Const<4>, Const<4>), f64, _> =
        tensor((3, Const, Const, Const), &sample(96, 5));
    let mut optimizer = Sgd::new(&net, SgdConfig { lr: 0.1, ..SgdConfig::default() });
    for _ in 0..3 {
        let logits = net.train((images.clone(), net.alloc_grads()));
        let gradients = CrossEntropyLoss::default().forward(logits, &[0, 1, 1][..]).backward();
        optimizer.update(&mut net, &gradients).unwrap();
    }
    (net, average)
}

/// All of what evaluation takes, running statistics too.
#[test]
fn everything_that_training_moves_is_averaged() {
    let (mut net, mut average) = pair();
    let (model, before) = (state(&mut net), state(&mut average));
    average.try_ema(&net, 0.75).unwrap();
    let mut moved = Vec::new();
    let after = state(&mut average);
    for ((name, after), (model, before)) in after.iter().zip(model.values().zip(before.values())) {
        for (&after, (&model, &before)) in after.iter().zip(model.iter().zip(before)) {
            if name.ends_with("num_batches_tracked") {
                assert_eq!(after, model, "{name} is a count");
            } else if model == before {
                assert_eq!(after, before, "{name} stays, to the last bit");
            } else {
                assert!((after - (0.75 * before + 0.25 * model)).abs() < 1e-12, "{name}");
            }
        }
        if after != before {
            moved.push(name.as_str());
        }
    }
    assert!(!moved.iter().any(|name| name.starts_with("stem") || name.starts_with("bn1")), "{moved:?}");
    for name in ["bn2.running_mean", "bn2.running_var", "bn2.weight"] {
        assert!(moved.contains(&name), "{name} is among {moved:?}");
    }
}

#[test]
fn a_decay_of_one_keeps_the_average_and_of_zero_takes_the_model() {
    let (mut net, mut average) = pair();
    let before = state(&mut average);
    average.ema(&net, 1.0);
    let without_counts = |mut state: std::collections::BTreeMap<String, Vec<f64>>| {
        state.retain(|name, _| !name.ends_with("num_batches_tracked"));
        state
    };
    assert_eq!(without_counts(state(&mut average)), without_counts(before));
    average.ema(&net, 0.0);
    for (average, model) in state(&mut average).values().flatten().zip(state(&mut net).values().flatten()) {
        assert!((average - model).abs() < 1e-12);
    }
}

#[test]
fn a_decay_outside_its_range_is_an_error() {
    let (net, mut average) = pair();
    for decay in [-0.1, 1.1, f64::NAN] {
        let error = average.try_ema(&net, decay).unwrap_err();
        assert!(error.to_string().contains("between 0 and 1"), "{error}");
    }
}
