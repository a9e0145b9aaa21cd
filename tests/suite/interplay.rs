//! A declared network among dfdx's tools and in files.

use std::fs;

use safetensors::SafeTensors;
use shapewright::layer::Parameters;
use shapewright::prelude::*;
use shapewright::weights;

use crate::networks::{Digits, Images, digits, images};
use crate::support::{Numbers, assert_close, numbers, sample, state, tensor};

mod dfdx_tools {
    use super::*;

    /// One step of an optimizer makes the loss smaller and changes every parameter, but no statistics.
    fn learns<O: Optimizer<Digits<f32, AutoDevice>, AutoDevice, f32>>(
        optimizer: impl FnOnce(&Digits<f32, AutoDevice>) -> O,
    ) {
        let mut net = digits();
        let mut optimizer = optimizer(&net);
        let labels = tensor_of_labels(&[0, 3, 1, 1]);
        let mut loss = Vec::new();
        let mut before = state(&mut net);
        let mut gradients = net.alloc_grads();
        for _ in 0..4 {
            let logits = net.train_logits(images(4).trace(gradients));
            let statistics = statistics(state(&mut net));
            let step = CrossEntropyLoss::default().forward(logits, &labels);
            loss.push(step.array());
            gradients = step.backward();
            optimizer.update(&mut net, &gradients).unwrap();
            net.zero_grads(&mut gradients);
            let after = state(&mut net);
            // All but the bias that normalization takes away again.
            let learned = after.iter().filter(|(name, _)| *name != "conv1.bias");
            learned.for_each(|(name, values)| assert_ne!(values, &before[name], "{name} has changed"));
            assert_eq!(self::statistics(after.clone()), statistics, "but statistics not by the optimizer");
            before = after;
        }
        assert!(loss.last() < loss.first(), "{loss:?}");
    }

    fn statistics(mut state: Numbers) -> Numbers {
        state.retain(|name, _| name.contains("running"));
        state
    }

    fn tensor_of_labels(labels: &[usize]) -> Tensor<(usize,), usize, AutoDevice> {
        let mut tensor = AutoDevice::default().zeros_like(&(labels.len(),));
        tensor.copy_from(labels);
        tensor
    }

    #[test]
    fn sgd_learns() {
        learns(|net| {
            Sgd::new(net, SgdConfig { lr: 0.1, momentum: Some(Momentum::Nesterov(0.5)), ..Default::default() })
        });
    }

    #[test]
    fn adam_learns() {
        learns(|net| Adam::new(net, AdamConfig { lr: 0.02, ..Default::default() }));
    }

    #[test]
    fn adamax_learns() {
        learns(|net| Adamax::new(net, AdamaxConfig { lr: 0.05, ..Default::default() }));
    }

    #[test]
    fn rmsprop_learns() {
        learns(|net| RMSprop::new(net, RMSpropConfig { lr: 0.01, ..Default::default() }));
    }

    /// Statistics aren't parameters: neither the compiler nor dfdx counts them.
    #[test]
    fn parameters_are_counted_alike() {
        assert_eq!(Digits::PARAMS, (3 * 9 + 3) + (3 + 3) + (4 * 6 + 4));
        assert_eq!(digits().num_trainable_params(), Digits::PARAMS);
    }

    #[test]
    fn a_moving_average_of_dfdx_follows_the_parameters_alone() {
        let (mut average, mut net) = (digits(), Digits::build(&AutoDevice::seed_from_u64(2)).unwrap());
        let before = state(&mut average);
        net.bn1.running_mean = AutoDevice::default().ones();
        dfdx::nn::ModelEMA::ema(&mut average, &net, 0.75);
        let towards = state(&mut net);
        for (name, values) in state(&mut average) {
            let share = if name.contains("running") { 1.0 } else { 0.75 };
            let pairs = before[&name].iter().zip(&towards[&name]);
            let expected = pairs.map(|(before, towards)| share * before + (1.0 - share) * towards).collect::<Vec<_>>();
            assert_close(&values, &expected, 1e-6, &name);
        }
    }

    #[test]
    fn a_network_moves_between_types_and_devices() {
        let mut net = digits();
        let double: Digits<f64, AutoDevice> = net.to_dtype::<f64>();
        let mut back: Digits<f32, AutoDevice> = double.to_dtype::<f32>();
        assert_eq!(state(&mut back), state(&mut net));
        let mut moved: Digits<f32, AutoDevice> = net.to_device(&AutoDevice::default());
        assert_eq!(state(&mut moved), state(&mut net));
        assert_eq!(moved.forward(images(2)).as_vec(), net.forward(images(2)).as_vec());
        let inputs: Images<usize, f64> = tensor((2, Const, Const, Const), &sample(60, 1));
        assert_close(&numbers(&double.forward(inputs)), &numbers(&net.forward(images(2))), 1e-6, "f64");

        type Unnamed = network!(Input<3>, Linear<.., 2>, BatchNorm1d<affine = false>);
        let mut net = Unnamed::build(&AutoDevice::default()).unwrap();
        let mut back = net.to_dtype::<f64>().to_dtype::<f32>().to_device(&AutoDevice::default());
        assert_eq!(state(&mut back), state(&mut net));
    }

    #[test]
    fn dfdx_builds_what_we_build() {
        let mut built: Digits<f32, AutoDevice> = AutoDevice::seed_from_u64(1).build_module::<Digits, f32>();
        assert_eq!(state(&mut built), state(&mut digits()));
        let _: Digits<f64, AutoDevice> = AutoDevice::default().build_module::<Digits, f64>();
        type Unnamed = network!(Input<3>, Linear<.., 2>);
        let dev = AutoDevice::default();
        let output: Tensor<Rank1<2>, f64, AutoDevice> =
            dev.build_module::<Unnamed, f64>().forward(dev.zeros::<Rank1<3>>());
        assert_eq!(output.shape(), &(Const::<2>,));
    }

    /// A clone goes its own way.
    #[test]
    fn clones_share_nothing() {
        let net = digits();
        let mut clone = net.clone();
        clone.train(images(3));
        clone.fc.weight = AutoDevice::default().zeros();
        assert_eq!(state(&mut net.clone()), state(&mut digits()));
        assert_ne!(state(&mut clone), state(&mut digits()));
    }

    #[test]
    fn training_needs_two_values_a_channel() {
        network! { struct Net: Input<3> { bn: BatchNorm1d } }
        let dev = AutoDevice::default();
        let mut net = Net::build(&dev).unwrap();
        let error = net.try_train(dev.ones::<Rank1<3>>()).unwrap_err();
        assert!(matches!(error, Error::BatchTooSmall { needed: 2, received: 1, .. }), "{error}");
        assert_eq!(net.bn.running_mean.array(), [0.0; 3], "and nothing has changed");
        assert!(net.try_forward(dev.ones::<Rank1<3>>()).is_ok());
        assert!(net.try_train(dev.ones::<Rank2<2, 3>>()).is_ok());
    }
}

mod files {
    use super::*;

    /// Names and shapes of what is saved.
    fn saved<N: Parameters<f32, AutoDevice>>(net: &N) -> Vec<(String, Vec<usize>)> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("net.safetensors");
        weights::save_part(net, &path).unwrap();
        let bytes = fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut tensors: Vec<_> = file.iter().map(|(name, view)| (name.to_string(), view.shape().to_vec())).collect();
        tensors.sort();
        tensors
    }

    fn named(tensors: &[(&str, &[usize])]) -> Vec<(String, Vec<usize>)> {
        tensors.iter().map(|(name, shape)| (name.to_string(), shape.to_vec())).collect()
    }

    #[test]
    fn names_are_those_of_pytorch() {
        let expected: [(&str, &[usize]); 9] = [
            ("bn1.bias", &[3]),
            ("bn1.num_batches_tracked", &[]),
            ("bn1.running_mean", &[3]),
            ("bn1.running_var", &[3]),
            ("bn1.weight", &[3]),
            ("conv1.bias", &[3]),
            ("conv1.weight", &[3, 1, 3, 3]),
            ("fc.bias", &[4]),
            ("fc.weight", &[4, 6]),
        ];
        assert_eq!(saved(&digits()), named(&expected));
    }

    /// As in `nn.Sequential`: every layer counts, parameters or not, and a network inside has names of its own.
    #[test]
    fn layers_without_a_name_are_named_by_position() {
        type Body = network!(ReLU, Conv2d<.., 2, (1, 3), groups = 2, bias = false>);
        type Net = network!(Input<4, 3, 3>, Tanh, Body, Flatten, Linear<.., 2>);
        let expected: [(&str, &[usize]); 3] = [("1.1.weight", &[2, 2, 1, 3]), ("3.bias", &[2]), ("3.weight", &[2, 6])];
        assert_eq!(saved(&Net::build(&AutoDevice::default()).unwrap()), named(&expected));
    }

    /// The parameters of several dimensions that are normalized together have their sizes in files, and train.
    #[test]
    fn parameters_of_several_dimensions_have_the_sizes_of_pytorch() {
        network! { struct Net: Input<2, 3, 4> { norm: LayerNorm<dims = 2>, Flatten, LayerNorm<bias = false> } }
        let mut net = Net::build(&AutoDevice::default()).unwrap();
        let expected: [(&str, &[usize]); 3] = [("2.weight", &[24]), ("norm.bias", &[3, 4]), ("norm.weight", &[3, 4])];
        assert_eq!(saved(&net), named(&expected));

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("net.safetensors");
        let mut optimizer = shapewright::optim::Adam::new(&net, AdamConfig::default());
        let x: Tensor<Rank4<2, 2, 3, 4>, f32, _> = AutoDevice::seed_from_u64(1).sample_normal();
        let (y, target) = (net.try_train(x.leaky_trace()).unwrap(), x.clone().reshape());
        shapewright::optim::step(&mut net, &mut optimizer, MSELoss::default().try_forward(y, &target).unwrap())
            .unwrap();
        let trained = net.norm.weight.clone().unwrap().as_vec();
        assert!(trained.iter().all(|weight| (weight - 1.0).abs() > 1e-5), "{trained:?}");
        weights::save(&net, &path).unwrap();
        let mut other = Net::build(&AutoDevice::default()).unwrap();
        weights::load(&mut other, &path).unwrap();
        assert_eq!(other.norm.weight.unwrap().as_vec(), trained);
    }

    #[test]
    fn what_was_saved_computes_the_same_when_loaded() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("net.safetensors");
        let (mut net, mut other) = (digits(), Digits::build(&AutoDevice::seed_from_u64(2)).unwrap());
        net.train(images(4));
        weights::save(&net, &path).unwrap();
        weights::load(&mut other, &path).unwrap();
        assert_eq!(other.forward(images(2)).as_vec(), net.forward(images(2)).as_vec());
    }

    /// The names of a network in type position are positions, whether it was closed later or not, so files go across.
    #[test]
    fn an_unnamed_struct_and_a_type_have_the_same_file() {
        network! { struct Item: Input<3> { Linear<.., 4>, ReLU, Linear<.., 2> } }
        type Type = network!(Input<3>, Linear<.., 4>, ReLU, Linear<.., 2>);
        let dev = AutoDevice::default();
        assert_eq!(saved(&Item::build(&dev).unwrap()), saved(&Type::build(&dev).unwrap()));
    }
}
