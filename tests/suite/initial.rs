//! Initial values: PyTorch's distributions, and the device's seed.

use shapewright::prelude::*;

use crate::support::{numbers, state};

/// Uniform between ±1/√fan_in: no number beyond, and mean and variance within five standard errors of what they should be.
fn assert_uniform(values: &[f64], fan_in: f64) {
    let (count, bound) = (values.len() as f64, fan_in.sqrt().recip());
    assert!(values.iter().all(|value| value.abs() <= bound * (1.0 + 1e-6)), "a value is beyond ±{bound}");
    let near = |value: f64| values.iter().any(|other| (other - value).abs() < 20.0 * bound / count);
    assert!(near(bound) && near(-bound), "the values stop short of ±{bound}");
    let mean = values.iter().sum::<f64>() / count;
    assert!(mean.abs() < 5.0 * bound / (3.0 * count).sqrt(), "the mean is {mean}");
    let variance = values.iter().map(|value| value * value).sum::<f64>() / count;
    let error = bound * bound * (4.0 / 45.0 / count).sqrt();
    assert!((variance - bound * bound / 3.0).abs() < 5.0 * error, "the variance is {variance}");
    for (low, high) in [(-1.0, -0.5), (-0.5, 0.0), (0.0, 0.5), (0.5, 1.0)] {
        let share = values.iter().filter(|&&value| (low * bound..high * bound).contains(&value)).count() as f64 / count;
        assert!((share - 0.25).abs() < 5.0 * (3.0 / 16.0 / count).sqrt(), "{share} lie in {low}..{high}");
    }
}

#[test]
fn linear_layers_are_uniform_in_their_fan_in() {
    network! { struct Net: Input<100> { fc: Linear<.., 2000> } }
    let net = Net::build(&AutoDevice::seed_from_u64(1)).unwrap();
    assert_uniform(&numbers(&net.fc.weight), 100.0);
    assert_uniform(&numbers(net.fc.bias.as_ref().unwrap()), 100.0);
}

/// The fan-in is that of a group, over the whole of a rectangular kernel.
#[test]
fn convolutions_are_uniform_in_their_fan_in() {
    network! { struct Net: Input<32, 9, 9> { conv: Conv2d<.., 1000, (3, 5), groups = 4> } }
    let net = Net::build(&AutoDevice::seed_from_u64(2)).unwrap();
    assert_uniform(&numbers(&net.conv.weight), 8.0 * 15.0);
    assert_uniform(&numbers(net.conv.bias.as_ref().unwrap()), 8.0 * 15.0);
}

/// PyTorch reads the weight as a convolution's, so the fan-in is made of a group's outputs.
#[test]
fn transposed_convolutions_are_uniform_in_what_pytorch_calls_their_fan_in() {
    network! { struct Net: Input<20, 3, 3> { conv: ConvTranspose2d<.., 1000, (3, 5), groups = 4> } }
    let net = Net::build(&AutoDevice::seed_from_u64(2)).unwrap();
    assert_uniform(&numbers(&net.conv.weight), 250.0 * 15.0);
    assert_uniform(&numbers(net.conv.bias.as_ref().unwrap()), 250.0 * 15.0);
}

#[test]
fn f64_is_drawn_from_the_same_distribution() {
    network! { struct Net: Input<50> { fc: Linear<.., 1000> } }
    let net = AutoDevice::seed_from_u64(3).build_module::<Net, f64>();
    assert_uniform(&numbers(&net.fc.weight), 50.0);
    assert_uniform(&numbers(net.fc.bias.as_ref().unwrap()), 50.0);
}

#[test]
fn batch_normalization_starts_as_the_identity() {
    network! { struct Net: Input<3, 2, 2> { bn: BatchNorm2d } }
    let net = Net::build(&AutoDevice::default()).unwrap();
    assert_eq!(net.bn.weight.unwrap().array(), [1.0; 3]);
    assert_eq!(net.bn.bias.unwrap().array(), [0.0; 3]);
    assert_eq!(net.bn.running_mean.array(), [0.0; 3]);
    assert_eq!(net.bn.running_var.array(), [1.0; 3]);
}

network! { struct Small: Input<1, 6, 6> { conv: Conv2d<.., 4, 3>, Flatten, fc: Linear<.., 5> } }

#[test]
fn the_same_seed_gives_the_same_network_and_another_seed_another() {
    let build = |seed| state(&mut Small::build(&AutoDevice::seed_from_u64(seed)).unwrap());
    assert_eq!(build(7), build(7));
    for (name, values) in build(7) {
        assert!(build(8)[&name].iter().zip(&values).all(|(one, other)| one != other), "{name}");
    }
}

/// The device's generator goes on, so two networks on one device differ.
#[test]
fn networks_of_one_device_differ() {
    let device = AutoDevice::seed_from_u64(7);
    assert_ne!(state(&mut Small::build(&device).unwrap()), state(&mut Small::build(&device).unwrap()));
}

#[test]
fn no_two_layers_share_their_values() {
    network! { struct Twins: Input<8> { one: Linear<.., 8>, other: Linear<.., 8> } }
    let net = Twins::build(&AutoDevice::seed_from_u64(7)).unwrap();
    assert_ne!(net.one.weight.array(), net.other.weight.array());
}

#[test]
fn resetting_draws_anew_from_the_same_distribution() {
    network! { struct Net: Input<50> { fc: Linear<.., 1000>, bn: BatchNorm1d } }
    let device = AutoDevice::seed_from_u64(4);
    let mut net = Net::build(&device).unwrap();
    let before = net.fc.weight.as_vec();
    net.bn.running_mean = device.ones();
    net.bn.weight = Some(device.zeros());
    net.reset_params();
    assert!(net.fc.weight.as_vec().iter().zip(&before).all(|(after, before)| after != before));
    assert_uniform(&numbers(&net.fc.weight), 50.0);
    assert_eq!(net.bn.running_mean.array(), [0.0; 1000]);
    assert_eq!(net.bn.weight.unwrap().array(), [1.0; 1000]);
}
