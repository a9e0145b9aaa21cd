//! Optimizers: `optim::step`, and what else moves parameters.

use dfdx::tensor_ops::MeanTo;
use shapewright::optim::{self, ParameterGroups};
use shapewright::prelude::*;

use crate::support::{Numbers, assert_close, state};

network! { struct Net: Input<3> { Frozen<[fixed: Linear<.., 4>]>, Tanh, hidden: Linear<.., 5>, Tanh, out: Linear<.., 2> } }

type Double = Net<f64, AutoDevice>;

/// The loss of a batch, with the gradients so far on its tape.
fn loss(
    net: &mut Double,
    input: &Tensor<Rank2<4, 3>, f64, AutoDevice>,
    gradients: Gradients<f64, AutoDevice>,
) -> Tensor<Rank0, f64, AutoDevice, OwnedTape<f64, AutoDevice>> {
    net.try_train(input.trace(gradients)).unwrap().square().mean()
}

/// The parameters after a few steps, taken in one call each.
fn stepped<O: Optimizer<Double, AutoDevice, f64>>(start: &Double, optimizer: impl FnOnce(&Double) -> O) -> Numbers {
    let (mut net, mut optimizer) = (start.clone(), optimizer(start));
    let mut gradients = net.alloc_grads();
    for _ in 0..4 {
        let loss = loss(&mut net, &input(), gradients);
        gradients = optim::step(&mut net, &mut optimizer, loss).unwrap();
        assert_eq!(gradients.get(&net.out.weight).array(), [[0.0; 5]; 2], "gradients are zero again");
    }
    state(&mut net)
}

/// The parameters after as many steps of dfdx's own.
fn expected<O: dfdx::optim::Optimizer<Double, AutoDevice, f64>>(
    start: &Double,
    optimizer: impl FnOnce(&Double) -> O,
) -> Numbers {
    let (mut net, mut optimizer) = (start.clone(), optimizer(start));
    for _ in 0..4 {
        let gradients = net.alloc_grads();
        let gradients = loss(&mut net, &input(), gradients).backward();
        optimizer.update(&mut net, &gradients).unwrap();
    }
    state(&mut net)
}

/// The parameters after as many steps by `update`, which leaves the gradients alone.
fn updated<O: Optimizer<Double, AutoDevice, f64>>(start: &Double, optimizer: impl FnOnce(&Double) -> O) -> Numbers {
    let (mut net, mut optimizer) = (start.clone(), optimizer(start));
    for _ in 0..4 {
        let gradients = net.alloc_grads();
        let gradients = loss(&mut net, &input(), gradients).backward();
        let before = gradients.get(&net.out.weight).array();
        optimizer.update(&mut net, &gradients).unwrap();
        assert_eq!(gradients.get(&net.out.weight).array(), before, "gradients stay");
    }
    state(&mut net)
}

fn input() -> Tensor<Rank2<4, 3>, f64, AutoDevice> {
    AutoDevice::default().tensor([[1.0, -0.5, 0.2], [0.3, 0.9, -1.0], [-0.7, 0.1, 0.6], [0.0, 2.0, 1.0]])
}

fn assert_same(actual: &Numbers, expected: &Numbers, what: &str) {
    for (name, expected) in expected {
        assert_close(&actual[name], expected, 1e-12, &format!("{what}, {name}"));
    }
}

/// Each optimizer takes the steps of dfdx's of that name, which can be given to `optim::step` too, and a group with all
/// parameters takes them as well.
#[test]
fn steps_are_those_of_dfdx() {
    let start: Double = AutoDevice::seed_from_u64(1).build_module::<Net, f64>();
    for weight_decay in [None, Some(WeightDecay::L2(0.1)), Some(WeightDecay::Decoupled(0.1))] {
        macro_rules! check {
            ($optimizer:ident, $settings:expr) => {{
                let settings = $settings;
                let what = format!("{settings:?}");
                let dfdx = expected(&start, |net| dfdx::optim::$optimizer::new(net, settings));
                assert_ne!(dfdx["hidden.weight"], state(&mut start.clone())["hidden.weight"], "{what} moves");
                assert_eq!(dfdx["fixed.weight"], state(&mut start.clone())["fixed.weight"], "{what} leaves alone");
                assert_same(&stepped(&start, |net| $optimizer::new(net, settings)), &dfdx, &what);
                assert_same(&updated(&start, |net| $optimizer::new(net, settings)), &dfdx, &what);
                assert_same(&stepped(&start, |_| ParameterGroups::new([("*", settings)])), &dfdx, &what);
                assert_same(&stepped(&start, |net| dfdx::optim::$optimizer::new(net, settings)), &dfdx, &what);
            }};
        }
        for momentum in [None, Some(Momentum::Classic(0.9)), Some(Momentum::Nesterov(0.9))] {
            check!(Sgd, SgdConfig { lr: 0.1, momentum, weight_decay });
        }
        check!(Adam, AdamConfig { lr: 0.01, weight_decay, ..AdamConfig::default() });
        for momentum in [None, Some(0.5)] {
            check!(RMSprop, RMSpropConfig { momentum, weight_decay, ..RMSpropConfig::default() });
        }
    }
}

/// A loss that doesn't depend on a parameter is a mistake, and nothing moves.
#[test]
fn a_parameter_without_a_gradient_is_an_error() {
    let mut net: Double = AutoDevice::seed_from_u64(1).build_module::<Net, f64>();
    let before = state(&mut net);
    // The loss of an intermediate result: the weights behind it have no gradient.
    let hidden = |net: &Double| {
        let weight = net.hidden.weight.trace(Gradients::leaky());
        weight.square().mean()
    };
    let loss = hidden(&net);
    let mut adam = Adam::new(&net, AdamConfig::default());
    let error = optim::step(&mut net, &mut adam, loss).unwrap_err();
    assert!(matches!(error, Error::NoGradient(3)), "{error}");
    let gradients = hidden(&net).backward();
    assert!(matches!(adam.update(&mut net, &gradients), Err(Error::NoGradient(3))));
    let mut groups = ParameterGroups::new([("*", SgdConfig::default())]);
    assert!(matches!(groups.try_update(&mut net, &gradients), Err(Error::NoGradient(3))));
    assert_eq!(state(&mut net), before);
}

/// `train_step` takes the steps that its parts take, to the last bit, whatever happens between them: a parameter that is replaced
/// learns on, and a loss that fails leaves everything as it was.
#[test]
fn a_step_in_one_call_is_its_parts() {
    fn run<O: Optimizer<Double, AutoDevice, f64>>(start: &Double, optimizer: impl Fn(&Double) -> O, what: &str) {
        let (mut net, mut optimizer_of_parts) = (start.clone(), optimizer(start));
        let mut at_once = start.clone();
        let mut optimizer = optimizer(start);
        for step in 0..4 {
            if step == 2 {
                // Another tensor, of another identity.
                let weight = net.hidden.weight.clone() * 0.5;
                (net.hidden.weight, at_once.hidden.weight) = (weight.clone(), weight);
            }
            let gradients = net.alloc_grads();
            let expected = loss(&mut net, &input(), gradients);
            let value = expected.retaped::<NoneTape>().array();
            optim::step(&mut net, &mut optimizer_of_parts, expected).unwrap();

            if step == 1 {
                let failed = optim::train_step(&mut at_once, &mut optimizer, input(), |_| {
                    Err(Error::Argument("on purpose".into()))
                });
                assert!(matches!(failed, Err(Error::Argument(_))));
            }
            let received = optim::train_step(&mut at_once, &mut optimizer, input(), |y| Ok(y.square().mean())).unwrap();
            assert_eq!(received.array(), value, "{what}, step {step}");
            assert_eq!(state(&mut at_once), state(&mut net), "{what}, step {step}");
        }
    }
    let start: Double = AutoDevice::seed_from_u64(1).build_module::<Net, f64>();
    run(&start, |net| Adam::new(net, AdamConfig::default()), "Adam");
    run(
        &start,
        |net| Sgd::new(net, SgdConfig { momentum: Some(Momentum::Nesterov(0.9)), ..Default::default() }),
        "SGD",
    );
    run(&start, |_| ParameterGroups::new([("*", RMSpropConfig::default())]), "groups");
    run(&start, |net| dfdx::optim::Adam::new(net, AdamConfig::default()), "dfdx's Adam");
}
