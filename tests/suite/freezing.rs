//! What doesn't learn: frozen layers, and parameters in groups of their own.

use dfdx::tensor_ops::MeanTo;
use shapewright::optim::ParameterGroups;
use shapewright::prelude::*;

use crate::support::{assert_close, state};

network! {
    struct Block<const C: usize> {
        Residual<
            [conv1: Conv2d<.., C, 3, padding = 1>, bn1: BatchNorm2d, ReLU],
            shortcut = [downsample: Conv2d<.., C, 1>],
        >,
        ReLU,
    }
}
network! {
    struct Features {
        conv: Conv2d<.., 4, 3, padding = 1>, layer1: [Block<4>] * 2, layer2: [Block<6>, Dropout<0.5>],
    }
}
network! { struct Classifier<const CLASSES: usize> { _: Features, GlobalAvgPool2d, fc: Linear<.., CLASSES> } }

network! { struct Open: Input<2, 4, 4> { _: Features, GlobalAvgPool2d, fc: Linear<.., 3> } }
network! { struct Held: Input<2, 4, 4> { Frozen<[_: Features]>, GlobalAvgPool2d, fc: Linear<.., 3> } }
network! { struct HeadAlone: Input<6, 4, 4> { GlobalAvgPool2d, fc: Linear<.., 3> } }
network! { struct InTheMiddle: Input<2, 4, 4> { first: Conv2d<.., 2, 1>, Frozen<[_: Features]>, GlobalAvgPool2d, fc: Linear<.., 3> } }
network! { struct NoneHeld: Input<2, 4, 4> { first: Conv2d<.., 2, 1>, _: Features, GlobalAvgPool2d, fc: Linear<.., 3> } }
type HeldType = network!(Input<2, 4, 4>, Frozen<[_: Features]>, GlobalAvgPool2d, Linear<.., 3>);
type InTheMiddleType =
    network!(Input<2, 4, 4>, Conv2d<.., 2, 1>, Frozen<[_: Features]>, GlobalAvgPool2d, Linear<.., 3>);

const _: () = assert!(Held::PARAMS == Open::PARAMS && Held::TRAINABLE == 6 * 3 + 3);
const _: () = assert!(HeldType::PARAMS == Open::PARAMS && HeldType::TRAINABLE == Held::TRAINABLE);
const _: () = assert!(Open::TRAINABLE == Open::PARAMS);
const _: () = assert!(InTheMiddle::TRAINABLE == Held::TRAINABLE + (2 * 2 + 2));

fn images(dev: &AutoDevice) -> Tensor<Rank4<5, 2, 4, 4>, f32, AutoDevice> {
    dev.sample_normal()
}

/// The gradients of the mean square of the output, in training, of all tensors that got one.
macro_rules! gradients {
    ($model:expr, $input:expr) => {{
        let output = $model.try_train($input.trace(Gradients::leaky())).unwrap();
        output.square().mean().backward()
    }};
}

/// What others see of a network that holds parts frozen, and lends their fields: no private type is among it.
pub mod seen_from_outside {
    use shapewright::prelude::*;

    network! { pub struct Backbone { conv: Conv2d<.., 3, 3>, ReLU } }
    network! { pub struct Held: Input<2, 4, 4> { Frozen<[_: Backbone]>, Flatten, fc: Linear<.., 2> } }
    network! { pub struct Nested { Frozen<[Residual<[_: Backbone, inner: Conv2d<.., 2, 3, padding = 2>]>]>, fc: Conv2d<.., 2, 1> } }
    network! { pub struct Outer: Input<2, 4, 4> { _: Nested } }
}

#[test]
fn public_networks_lend_the_fields_of_what_they_freeze() {
    let dev = AutoDevice::default();
    let held = seen_from_outside::Held::build(&dev).unwrap();
    assert_eq!(held.conv.weight.as_vec().len(), 3 * 2 * 9);
    let outer = seen_from_outside::Outer::build(&dev).unwrap();
    assert_eq!(outer.inner.weight.as_vec().len(), 2 * 3 * 9);
}

/// How many tensors have a gradient.
fn count(gradients: &Gradients<f32, AutoDevice>) -> usize {
    format!("{gradients:?}").matches("UniqueId").count()
}

/// What protects a backbone: whatever the optimizer does, its numbers stay, bit by bit, and the head's move.
fn only_the_head_moves<N>(mut model: N, head: &str)
where
    N: Network<Dtype = f32, Device = AutoDevice, Input = <Held as Network>::Input, Output = <Held as Network>::Output>,
{
    let dev = AutoDevice::default();
    let decay = [None, Some(WeightDecay::L2(0.1)), Some(WeightDecay::Decoupled(0.1))];
    for step in 0..9 {
        let before = state(&mut model);
        let gradients = model.try_train(images(&dev).trace(model.alloc_grads())).unwrap().square().mean().backward();
        let weight_decay = decay[step % 3];
        match step / 3 {
            0 => {
                let momentum = Some(Momentum::Nesterov(0.9));
                let mut sgd = Sgd::new(&model, SgdConfig { lr: 0.1, momentum, weight_decay });
                sgd.update(&mut model, &gradients).unwrap();
                sgd.update(&mut model, &gradients).unwrap();
            }
            1 => Adam::new(&model, AdamConfig { weight_decay, ..AdamConfig::default() })
                .update(&mut model, &gradients)
                .unwrap(),
            _ => RMSprop::new(&model, RMSpropConfig { weight_decay, ..RMSpropConfig::default() })
                .update(&mut model, &gradients)
                .unwrap(),
        }
        for (name, numbers) in state(&mut model) {
            assert_eq!(numbers == before[&name], !name.starts_with(head), "step {step}: {name}");
        }
    }
}

#[test]
fn no_optimizer_moves_what_is_frozen() {
    let dev = AutoDevice::default();
    only_the_head_moves(Held::build(&dev).unwrap(), "fc.");
    only_the_head_moves(HeldType::build(&dev).unwrap(), "1.");
}

#[test]
fn no_gradient_is_computed_below_the_first_layer_that_learns() {
    let dev = AutoDevice::default();
    let features: Tensor<Rank4<5, 6, 4, 4>, f32, AutoDevice> = dev.sample_normal();
    let alone = count(&gradients!(HeadAlone::build(&dev).unwrap(), features));
    let mut held = Held::build(&dev).unwrap();
    let found = gradients!(held, images(&dev));
    assert_eq!(count(&found), alone, "as many as if the backbone were not there");
    assert_eq!(count(&gradients!(HeldType::build(&dev).unwrap(), images(&dev))), alone);
    assert!(count(&gradients!(Open::build(&dev).unwrap(), images(&dev))) > 3 * alone);
    // In evaluation too.
    let output = held.try_forward(images(&dev).trace(Gradients::leaky())).unwrap();
    assert_eq!(count(&output.square().mean().backward()), alone);
}

/// Gradients pass through what is frozen, where something before it learns: in a repetition and in a network inside as well.
#[test]
fn gradients_reach_what_learns_before_frozen_layers() {
    network! { struct Repeated: Input<4> { block: [Frozen<[held: Linear<.., 4>]>, free: Linear<.., 4>] * 3 } }
    network! { struct Inner: Input<4> { Frozen<[held: Linear<.., 4>]>, Linear<.., 2> } }
    network! { struct Outer: Input<4> { before: Linear<.., 4>, inner: Inner } }
    let device = AutoDevice::default();
    let input: Tensor<Rank2<3, 4>, f32, _> = device.sample_normal();
    let mut repeated = Repeated::build(&device).unwrap();
    let gradients = repeated.train((input.clone(), repeated.alloc_grads())).square().mean().backward();
    for (number, block) in repeated.block.iter().enumerate() {
        assert!(gradients.get(&block.free.weight).as_vec().iter().any(|slope| *slope != 0.0), "repetition {number}");
    }
    let mut outer = Outer::build(&device).unwrap();
    let gradients = outer.train((input, outer.alloc_grads())).square().mean().backward();
    assert!(gradients.get(&outer.before.weight).as_vec().iter().any(|slope| *slope != 0.0));
}

#[test]
fn frozen_layers_evaluate_while_the_others_train() {
    let dev = AutoDevice::default();
    let mut held = Held::build(&dev).unwrap();
    held.layer1[0].bn1.running_mean = held.layer1[0].bn1.running_mean.clone() + 0.25;
    let images = images(&dev);
    let evaluated = held.try_forward(images.clone()).unwrap().array();
    // Dropout drops nothing, and batch normalization takes its running statistics.
    assert_eq!(held.try_train(images).unwrap().array(), evaluated);
    assert_eq!(held.layer1[0].bn1.num_batches_tracked, 0);
}

/// A layer before frozen ones learns as if they were not frozen but evaluated.
#[test]
fn gradients_pass_through_to_layers_that_learn() {
    let dev = AutoDevice::default();
    let images = images(&dev);
    let open = NoneHeld::build(&dev).unwrap();
    let mut held = InTheMiddle::build(&dev).unwrap();
    let mut written = InTheMiddleType::build(&dev).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("weights.safetensors");
    shapewright::weights::save(&open, &path).unwrap();
    shapewright::weights::load(&mut held, &path).unwrap();
    let names: Vec<String> = state(&mut written).into_keys().collect();
    assert!(names.contains(&"conv.weight".to_string()) && names.contains(&"0.weight".to_string()), "{names:?}");

    let expected = open.try_forward(images.clone().trace(Gradients::leaky())).unwrap().square().mean().backward();
    let found = gradients!(held, images.clone());
    let numbers = |tensor: Vec<f32>| tensor.into_iter().map(f64::from).collect::<Vec<_>>();
    assert_close(
        &numbers(found.get(&held.first.weight).as_vec()),
        &numbers(expected.get(&open.first.weight).as_vec()),
        1e-6,
        "the first layer's weight",
    );
    let before = state(&mut held);
    let mut adam = Adam::new(&held, AdamConfig::default());
    adam.update(&mut held, &found).unwrap();
    let moved: Vec<String> =
        state(&mut held).into_iter().filter(|(name, numbers)| *numbers != before[name]).map(|(name, _)| name).collect();
    assert_eq!(moved, ["fc.bias", "fc.weight", "first.bias", "first.weight"]);
    assert!(count(&gradients!(written, images)) > 20, "there is a gradient all the way");
}

#[test]
fn a_merged_block_has_the_names_and_fields_of_the_network_around_it() {
    network! { struct Whole: Input<2, 4, 4> { _: Classifier<3> } }
    type WholeType = network!(Input<2, 4, 4>, _: Classifier<3>);
    let dev = AutoDevice::default();
    let mut whole = Whole::build(&dev).unwrap();
    let names: Vec<String> = state(&mut whole).into_keys().collect();
    assert_eq!(names, state(&mut Open::build(&dev).unwrap()).into_keys().collect::<Vec<_>>());
    assert_eq!(names, state(&mut WholeType::build(&dev).unwrap()).into_keys().collect::<Vec<_>>());
    whole.fc.bias = whole.fc.bias.take();
    assert_eq!(whole.layer1[1].conv1.weight.as_vec().len(), 4 * 4 * 9);
    assert_eq!(Whole::summary().rows[0].path, "");
    assert!(Whole::summary().rows.iter().any(|row| row.path == "layer1.1.conv1"));
}

mod groups {
    use super::*;

    network! { struct Net: Input<3> { backbone: Linear<.., 4>, ReLU, head: Linear<.., 2> } }

    /// What a whole optimizer does with each setting, the groups do with theirs: also Adam, whose steps are counted.
    #[test]
    fn each_group_takes_the_steps_of_an_optimizer_with_its_settings() {
        let dev = AutoDevice::default();
        let input: Tensor<Rank2<4, 3>, f32, AutoDevice> = dev.sample_normal();
        let start = Net::build(&dev).unwrap();
        let config = |lr| AdamConfig { lr, ..AdamConfig::default() };
        let mut grouped = start.clone();
        let mut groups = ParameterGroups::new([("head.*", config(0.1)), ("*", config(0.01))]);
        let mut all = [start.clone(), start.clone()];
        let mut adams = [Adam::new(&start, config(0.1)), Adam::new(&start, config(0.01))];
        for _ in 0..3 {
            // The same gradients for all, those of the network in groups.
            let gradients =
                grouped.try_train(input.clone().trace(grouped.alloc_grads())).unwrap().square().mean().backward();
            groups.try_update(&mut grouped, &gradients).unwrap();
            for (model, adam) in all.iter_mut().zip(&mut adams) {
                adam.update(model, &gradients).unwrap();
            }
        }
        assert_eq!(grouped.head.weight.array(), all[0].head.weight.array());
        assert_eq!(grouped.backbone.weight.array(), all[1].backbone.weight.array());
        assert_ne!(grouped.backbone.weight.array(), all[0].backbone.weight.array());

        groups.settings_mut("*").unwrap().lr = 0.0;
        let backbone = grouped.backbone.weight.array();
        let gradients = grouped.try_train(input.trace(grouped.alloc_grads())).unwrap().square().mean().backward();
        groups.try_update(&mut grouped, &gradients).unwrap();
        assert_eq!(grouped.backbone.weight.array(), backbone);
    }

    #[test]
    fn a_parameter_without_a_group_and_a_group_without_parameters_are_errors() {
        let dev = AutoDevice::default();
        let mut net = Net::build(&dev).unwrap();
        let before = state(&mut net);
        let gradients = net.alloc_grads();
        let mut error = |patterns: &[&str]| {
            let groups = patterns.iter().map(|pattern| (*pattern, SgdConfig::default()));
            ParameterGroups::new(groups).try_update(&mut net, &gradients).unwrap_err().to_string()
        };
        assert_eq!(
            error(&["head.*"]),
            "`backbone.weight`, `backbone.bias` fit no group's pattern; let the last group's be `*`"
        );
        let none = error(&["*", "head.*"]);
        assert!(none.starts_with("no parameter that trains belongs to the group `head.*`"), "{none}");
        assert_eq!(state(&mut net), before);
    }

    #[test]
    fn frozen_parameters_need_no_group() {
        let dev = AutoDevice::default();
        let mut held = Held::build(&dev).unwrap();
        let gradients = held.try_train(images(&dev).trace(held.alloc_grads())).unwrap().square().mean().backward();
        let mut groups = ParameterGroups::new([("fc.*", SgdConfig::default())]);
        groups.try_update(&mut held, &gradients).unwrap();
    }
}
