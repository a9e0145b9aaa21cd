//! What is known of networks made of networks before they run, and how they behave among other tools.

use crate::flat::{Flat, eval, train};
use dfdx::nn::tensor_collection::TensorCollection;
use dfdx::shapes::Shape as _;
use dfdx::tensor_ops::{MeanTo, RealizeTo};
use shapewright::network::Summary;
use shapewright::prelude::*;
use shapewright::shape::Shape as _;
use shapewright::weights;

use crate::composition::{
    BasicBlock, Bottleneck, Bottlenecks, Inception, Joined, Lists, ResNet, ThreeHeads, TwoHeads, UNet,
};
use crate::support::{Numbers, assert_close, numbers, sample, set_state, state, tensor};

mod facts {
    use super::*;

    // By hand: (3 × 3 weights of convolutions + twice the channels of normalizations), layer by layer.
    const _: () =
        assert!(ResNet::PARAMS == (72 + 8) + 2 * (2 * 144 + 16) + (216 + 324 + 24 + 24 + 12) + (648 + 24) + 21);
    // A normalization multiplies each number once.
    const NORMALIZED: usize = 5 * 144 + 5 * 54;
    const _: () = assert!(ResNet::MACS == 36 * 72 + 2 * 36 * 288 + 9 * (216 + 324 + 24) + 9 * 648 + 18 + NORMALIZED);
    const _: () = assert!(ResNet::ACTIVATIONS == 144 * (3 + 2 * 7) + 54 * (9 + 7) + 6 + 3);

    const _: () = assert!(UNet::PARAMS == 76 + 222 + 75 + 256 + 21);
    const _: () = assert!(UNet::MACS == 8 * 72 + 2 * 216 + 2 * 72 + 8 * 252 + 32 * 18);
    const _: () = assert!(UNet::ACTIVATIONS == 16 + 32 + 32 + (8 + 12 + 12 + 24 + 56) + 32 + 32 + 128 + 192 + 96);

    const _: () = assert!(TwoHeads::PARAMS == 30 + 6 + 16 + 4);
    const _: () = assert!(TwoHeads::MACS == 12 * 27 + 36 + 12 + 12 * 3);
    const _: () = assert!(TwoHeads::ACTIVATIONS == 3 * 36 + (3 + 4 + 4) + 12 + 16);

    const _: () = assert!(Lists::PARAMS == 2 * 20 + 3 * 20 + 25 + 2 * 30 + (36 + 2 * 42) + 21 + (6 + 8));
    const _: () = assert!(Lists::MACS == 2 * 16 + 3 * 16 + 20 + 2 * 25 + (30 + 2 * 36) + 18 + (3 + 6));
    const _: () = assert!(Lists::ACTIVATIONS == 3 * 4 + 3 * 8 + 10 + 10 + (6 + 2 * 12) + 3 + 5);

    #[test]
    fn outputs_are_those_of_the_last_layer() {
        assert_eq!(Bottlenecks::OUTPUT.as_slice(), [4, 3, 2]);
        assert_eq!(Inception::OUTPUT.as_slice(), [2, 5, 4]);
        assert_eq!(Joined::OUTPUT.as_slice(), [65]);
        assert_eq!(UNet::OUTPUT.as_slice(), [3, 8, 4]);
        assert_eq!(TwoHeads::OUTPUT.to_string(), "([4], [1, 4, 3])");
        assert_eq!(ThreeHeads::OUTPUT.to_string(), "([1], [2, 2], [8])");
    }

    fn paths<N: TensorCollection<f32, AutoDevice>>(mut network: N) -> Vec<String> {
        state(&mut network).into_keys().collect()
    }

    #[test]
    fn names_are_paths_through_lists_repeats_and_blocks() {
        let dev = AutoDevice::default();
        let norm = |path: &str| ["bias", "running_mean", "running_var", "weight"].map(|name| format!("{path}.{name}"));
        let block = |path: &str, shortcut: bool| {
            let mut names = [norm(&format!("{path}.bn1")), norm(&format!("{path}.bn2"))].concat();
            names.extend([format!("{path}.conv1.weight"), format!("{path}.conv2.weight")]);
            if shortcut {
                names.push(format!("{path}.downsample.0.weight"));
                names.extend(norm(&format!("{path}.downsample.1")));
            }
            names
        };
        let mut expected = norm("bn1").to_vec();
        expected.extend(["conv1.weight", "fc.bias", "fc.weight"].map(String::from));
        expected.extend([block("layer1.0", false), block("layer1.1", false)].concat());
        expected.extend([block("layer2.0", true), block("layer2.1", false)].concat());
        expected.sort();
        assert_eq!(paths(ResNet::build(&dev).unwrap()), expected);

        let lists = paths(Lists::build(&dev).unwrap());
        for name in
            ["0.0.weight", "0.1.1.weight", "body.2.0.bias", "once.0.fc.weight", "same.1.weight", "head.norm.bias"]
        {
            assert!(lists.contains(&name.to_string()), "{name} in {lists:?}");
        }
        for name in ["stage.first.weight", "stage.rest.1.1.weight", "short.first.weight"] {
            assert!(lists.contains(&name.to_string()), "{name} in {lists:?}");
        }
        assert!(!lists.iter().any(|name| name.starts_with("never") || name.starts_with("short.rest")), "{lists:?}");
    }

    /// Layers that are made of lists have no position of their own; those in a list that doesn't run keep theirs.
    #[test]
    fn positions_are_counted_through_lists() {
        type Net = network!(
            Input<2, 4, 4>,
            Conv2d<.., 2, 1, bias = false>,
            Residual<[ReLU, [Tanh, Conv2d<.., 2, 1, bias = false>]], shortcut = [Conv2d<.., 2, 1>]>,
            Concat<[Conv2d<.., 1, 1, bias = false>], [Tanh, Conv2d<.., 1, 1, bias = false>]>,
            If<false, then = [Conv2d<.., 2, 1>], otherwise = [Conv2d<.., 3, 1, bias = false>]>,
            Skip<[Sum<[Conv2d<.., 1, 1, bias = false>], [Conv2d<.., 1, 1, bias = false>]>]>,
            [Conv2d<.., 4, 1, bias = false>, Tanh] * 2,
            Conv2d<.., 4, 1, bias = false> * 2,
        );
        let expected = ["0", "10", "11.0.0", "11.1.0", "12.0", "12.1", "2.1", "4", "6", "8", "9"];
        assert_eq!(paths(Net::build(&AutoDevice::default()).unwrap()), expected.map(|path| format!("{path}.weight")));
    }

    #[test]
    fn named_layers_are_fields() {
        let dev = AutoDevice::default();
        let net = ResNet::build(&dev).unwrap();
        let _: Tensor<Rank4<4, 4, 3, 3>, f32, AutoDevice> = net.layer1[1].conv2.weight.clone().realize();
        assert!(net.layer1[0].downsample.is_none());
        let lists = Lists::build(&dev).unwrap();
        let _: &Tensor<Rank2<5, 4>, f32, AutoDevice> = &lists.once[0].fc.weight;
        let _: &Tensor<Rank1<3>, f32, AutoDevice> = &lists.head.norm.running_mean;
        assert_eq!((lists.body.len(), lists.same.len(), lists.never.len(), lists.stage.rest.len()), (3, 2, 0, 2));
        let net = Bottlenecks::build(&dev).unwrap();
        assert!(net.stem.project.is_some() && net.stage[0].project.is_none());
        assert!(net.stem.reduce.bn.is_some() && net.stem.spread.bn.is_none());
    }

    fn rows(summary: &Summary) -> Vec<(&str, usize, &str)> {
        summary.rows.iter().map(|row| (row.path.as_str(), row.depth, row.layer.as_str())).collect()
    }

    #[test]
    fn summaries_have_a_row_for_each_layer_that_runs() {
        let summary = UNet::summary();
        let expected = [
            ("", 0, "Skip<[…]>"),
            ("0", 1, "MaxPool2d<2>"),
            ("down1", 1, "Conv2d<.., 4, 3, padding = 1>"),
            ("2", 1, "SiLU"),
            ("", 1, "Skip<[…]>"),
            ("3", 2, "MaxPool2d<2>"),
            ("down2", 2, "Conv2d<.., 6, 3, padding = 1>"),
            ("5", 2, "Tanh"),
            ("up2", 2, "ConvTranspose2d<.., 3, 2, stride = 2>"),
            ("mid", 1, "Conv2d<.., 4, 3, padding = 1>"),
            ("8", 1, "Tanh"),
            ("9", 1, "Upsample<2, mode = Bilinear>"),
            ("out", 0, "Conv2d<.., 3, 1>"),
        ];
        assert_eq!(rows(&summary), expected);
        // What hangs on a block's parameters is told by their values; of a repeat, each.
        let summary = Lists::summary();
        let expected = [
            ("stage", 0, "Stage<6, COUNT = 2>"),
            ("stage.first", 1, "Linear<.., 6>"),
            ("stage.rest", 1, "[…] * COUNT"),
            ("stage.rest.0.0", 2, "Tanh"),
            ("stage.rest.0.1", 2, "Linear<.., 6>"),
            ("stage.rest.1.0", 2, "Tanh"),
            ("stage.rest.1.1", 2, "Linear<.., 6>"),
        ];
        assert_eq!(rows(&summary)[19..26], expected);
        // Of a list that doesn't run, none.
        let summary = Bottlenecks::summary();
        let last = rows(&summary).into_iter().filter(|(path, depth, _)| path.starts_with("last") && *depth < 4);
        let conditions: Vec<_> =
            last.filter(|(path, depth, _)| *path == "last" && *depth == 2 || *path == "last.3").collect();
        assert_eq!(conditions, [("last", 2, "If<{ STRIDE > 1 }, then = […]>"), ("last.3", 3, "AvgPool2d<2>")]);
        assert!(!rows(&summary).iter().any(|(path, ..)| path.starts_with("stage.0.project") || *path == "stem.3"));
        for summary in [ResNet::summary(), Bottlenecks::summary(), UNet::summary(), Lists::summary()] {
            let total =
                |depth| summary.rows.iter().filter(|row| row.depth == depth).map(|row| row.parameters).sum::<usize>();
            assert_eq!(total(0), summary.costs.parameters, "{summary}");
        }
    }
}

/// The same layers in item position and in type position: the same numbers.
mod declarations {
    use super::*;

    /// The numbers of one step with given tensors, in the order of the tensors' names.
    fn outcome<N>(mut network: N, tensors: Option<&Numbers>) -> (Numbers, [Vec<f64>; 2], Numbers)
    where
        N: Network<Dtype = f64, Device = AutoDevice> + TensorCollection<f64, AutoDevice>,
    {
        if let Some(tensors) = tensors {
            set_state(&mut network, tensors);
        }
        let before = state(&mut network);
        let input: Flat<f64, AutoDevice, NoneTape> =
            tensor((2, N::Input::DIMS.numel()), &sample(2 * N::Input::DIMS.numel(), 1));
        let eval = eval(&network, input.clone()).unwrap();
        let train = train(&mut network, input).unwrap();
        (before, [numbers(&eval), numbers(&train)], state(&mut network))
    }

    macro_rules! declared {
        ($($name:ident [$($size:tt)*] { $($layers:tt)* })*) => {$(
            #[test]
            fn $name() {
                network! { struct Item: Input<$($size)*> { $($layers)* } }
                type Type = network!(Input<$($size)*>, $($layers)*);
                let dev = AutoDevice::default();
                let (tensors, outputs, after) = outcome(dev.build_module::<Item, f64>(), None);
                assert!(outputs.iter().flatten().any(|&y| y != 0.0));
                assert_eq!(outcome(dev.build_module::<Type, f64>(), Some(&tensors)), (tensors, outputs, after));
                let facts = (Item::OUTPUT, Item::PARAMS, Item::MACS, Item::ACTIVATIONS);
                assert_eq!((Type::OUTPUT, Type::PARAMS, Type::MACS, Type::ACTIVATIONS), facts);
                let mut rows = [Item::summary().rows, Type::summary().rows];
                // An item's layers are as written, a type's as far as it tells.
                rows.iter_mut().flatten().for_each(|row| row.layer.clear());
                assert_eq!(rows[0], rows[1]);
            }
        )*};
    }

    declared! {
        residuals [3, 4, 4] {
            Residual<[Conv2d<.., 3, 3, padding = 1>, BatchNorm2d]>,
            Residual<[Conv2d<.., 4, 3>, Tanh], shortcut = [Conv2d<.., 4, 3>, BatchNorm2d]>,
            Residual<[Conv2d<.., 4, 1>], shortcut = [Conv2d<.., 4, 1>]>,
        }
        concatenations [2, 4, 4] {
            Concat<[Conv2d<.., 2, 1>], [Tanh, [Conv2d<.., 3, 1>, ReLU]], [Sigmoid], [Concat<[Tanh], [Conv2d<.., 1, 1>]>]>,
            Concat<[Conv2d<.., 2, 3>]>,
            Concat<[Tanh], [Sigmoid], dim = 2>,
            Concat<[Linear<.., 3>], [Linear<.., 1>], dim = -1>,
        }
        sums_and_skips [2, 4, 4] {
            Sum<[Conv2d<.., 2, 1>], [Tanh], [Sigmoid]>,
            Skip<[MaxPool2d<2>, Skip<[Conv2d<.., 3, 1>, BatchNorm2d]>, ConvTranspose2d<.., 4, 2, stride = 2>]>,
            Skip<[Sigmoid], dim = 3>,
        }
        conditions [3] {
            If<true, then = [Linear<.., 4>], otherwise = [Linear<.., 5>]>,
            If<false, then = [Linear<.., 4>], otherwise = [BatchNorm1d, Linear<.., 5>]>,
            If<false, then = [Linear<.., 4>]>,
            If<true, otherwise = [Linear<.., 4>]>,
            If<true, then = [If<true, then = [Linear<.., 2>]>]>,
        }
        repeats [3] {
            Linear<.., 3> * 1,
            [Linear<.., 3>, [Tanh, BatchNorm1d]] * 3,
            [Linear<.., 9>] * 0,
            [Residual<[Linear<.., 3> * 2]>] * 2,
        }
        blocks [3, 4, 4] { BasicBlock<3>, Bottleneck<2, STRIDE = 2>, [BasicBlock<8, 1>] * 2 }
        heads [3, 4, 4] { BasicBlock<4>, Split<[Flatten, Linear<.., 2>], [Conv2d<.., 1, 1>], [GlobalAvgPool2d]> }
    }
}

/// What is counted through lists, conditions and repeats is what is built and what comes out.
#[test]
fn blocks_are_what_their_parameters_say() {
    network! {
        struct Mixed<const C: usize, const STRIDE: usize, const COUNT: usize, const LARGER: bool> {
            Concat<[Conv2d<.., C, 3, stride = STRIDE, padding = 1>], [MaxPool2d<3, stride = STRIDE, padding = 1>]>,
            [Residual<[Conv2d<.., { C + 2 }, 1>]>] * COUNT,
            If<LARGER, then = [Upsample<2>], otherwise = [AvgPool2d<2>]>,
            Skip<[Sum<[ReLU], [Tanh], [Linear<.., { if LARGER { 8 / STRIDE } else { 2 / STRIDE } }>]>], dim = 2>,
        }
    }
    macro_rules! mixed {
        ($($c:tt $stride:tt $count:tt $larger:tt;)*) => {$({
    type Net = network!(Input<2, 8, 4>, Mixed<$c, $stride, $count, $larger>);
            let dev = AutoDevice::default();
            let net = Net::build(&dev).unwrap();
            let (channels, height, width) = ($c + 2, 8 / $stride, 4 / $stride);
            let scale = |size| if $larger { 2 * size } else { size / 2 };
            let (pixels, scaled) = (height * width, scale(height) * scale(width));
            assert_eq!(Net::OUTPUT.as_slice(), [channels, 2 * scale(height), scale(width)]);
            let linear = scale(width) * (scale(width) + 1);
            assert_eq!(Net::PARAMS, 19 * $c + $count * channels * (channels + 1) + linear);
            assert_eq!(net.num_trainable_params(), Net::PARAMS);
            let convolutions = pixels * (18 * $c + $count * channels * channels);
            assert_eq!(Net::MACS, convolutions + channels * scaled * scale(width));
            // Concatenation and what is concatenated, convolutions and additions, scaling, three and their sum, twice.
            let activations = pixels * channels * (2 + 2 * $count) + scaled * channels * (1 + 4 + 2);
            assert_eq!(Net::ACTIVATIONS, activations);
            net.forward(dev.zeros_like(&(2, Const::<2>, Const::<8>, Const::<4>)));
        })*};
    }
    mixed! { 1 1 0 false; 3 1 1 true; 1 2 2 true; 3 2 0 true; 3 2 1 false; 2 1 3 false; }
}

/// What a network ends in counts wherever it is written.
#[test]
fn ends_are_found_in_lists_and_blocks() {
    network! { struct Classifier<const CLASSES: usize> { out: Linear<.., CLASSES>, Softmax } }
    network! { struct OfBlock: Input<5> { Linear<.., 4>, head: Classifier<3> } }
    network! { struct OfList: Input<5> { head: [out: Linear<.., 3>, [Softmax]] } }
    network! { struct Heads { hidden: Linear<.., 4>, Split<[one: Linear<.., 2>], [two: Linear<.., 3>]> } }
    type TwoOfBlock = network!(Input<5>, ReLU, Heads);
    network! { struct TwoOfList: Input<5> { If<true, then = [Split<[one: Linear<.., 2>], [two: Linear<.., 3>]>]> } }
    let dev = AutoDevice::seed_from_u64(1);
    let input: Tensor<Rank1<5>, f32, AutoDevice> = dev.sample_normal();
    let (of_block, of_list) = (OfBlock::build(&dev).unwrap(), OfList::build(&dev).unwrap());
    let close = |logits: Tensor<Rank1<3>, f32, AutoDevice>, output| {
        assert_close(&numbers(&logits.softmax()), &numbers::<Rank1<3>, _, _>(&output), 1e-6, "softmax of logits");
    };
    close(of_block.logits(input.clone()), of_block.forward(input.clone()));
    close(of_list.logits(input.clone()), of_list.forward(input.clone()));
    let outputs: (Tensor<Rank1<2>, f32, AutoDevice>, Tensor<Rank1<3>, f32, AutoDevice>) =
        TwoOfBlock::build(&dev).unwrap().forward(input.clone());
    let others: (Tensor<Rank1<2>, f32, AutoDevice>, Tensor<Rank1<3>, f32, AutoDevice>) =
        TwoOfList::build(&dev).unwrap().forward(input);
    assert_ne!(outputs.0.array(), others.0.array());
}

mod tools {
    use super::*;

    fn input<N: Network<Dtype = f32, Device = AutoDevice>>(examples: usize) -> Flat<f32, AutoDevice, NoneTape> {
        tensor((examples, N::Input::DIMS.numel()), &sample(examples * N::Input::DIMS.numel(), 1))
    }

    fn eval<N: Network<Dtype = f32, Device = AutoDevice>>(network: &N, examples: usize) -> Vec<f64> {
        numbers(&crate::flat::eval(network, input::<N>(examples)).unwrap())
    }

    fn train<N: Network<Dtype = f32, Device = AutoDevice>>(network: &mut N) -> Vec<f64> {
        numbers(&crate::flat::train(network, input::<N>(3)).unwrap())
    }

    /// A file holds all that a network computes with.
    fn is_saved_and_loaded<N>(mut network: N, mut other: N)
    where
        N: Network<Dtype = f32, Device = AutoDevice>,
    {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("net.safetensors");
        train(&mut network);
        assert_ne!(eval(&network, 2), eval(&other, 2));
        weights::save(&network, &path).unwrap();
        weights::load(&mut other, &path).unwrap();
        assert_eq!(state(&mut other), state(&mut network));
        assert_eq!(eval(&other, 2), eval(&network, 2));
    }

    /// A clone computes the same, and goes its own way.
    fn is_cloned<N: Network<Dtype = f32, Device = AutoDevice> + Clone>(mut network: N) {
        let before = state(&mut network);
        let mut clone = network.clone();
        assert_eq!(eval(&clone, 2), eval(&network, 2));
        let zeros = before.iter().map(|(name, values)| (name.clone(), vec![0.5; values.len()])).collect();
        set_state(&mut clone, &zeros);
        train(&mut clone);
        assert_eq!(state(&mut network), before);
    }

    /// One step changes every parameter, and nothing else.
    fn is_optimized<N: Network<Dtype = f32, Device = AutoDevice>>(mut network: N) {
        let before = state(&mut network);
        let traced = input::<N>(3).leaky_trace();
        // In evaluation, as normalization in training takes the bias before it away.
        let output = crate::flat::eval(&network, traced).unwrap();
        let weights = tensor(*output.shape(), &sample(output.shape().num_elements(), 2));
        let gradients = (output * weights).mean::<Rank0, _>().backward();
        Sgd::new(&network, SgdConfig { lr: 1.0, ..Default::default() }).update(&mut network, &gradients).unwrap();
        for (name, values) in state(&mut network) {
            assert_eq!(values == before[&name], name.contains("running"), "{name}");
        }
    }

    /// Examples don't depend on each other in evaluation; in training the batch's statistics count.
    fn evaluates<N: Network<Dtype = f32, Device = AutoDevice>>(mut network: N, normalizes: bool) {
        let before = state(&mut network);
        let (one, three) = (eval(&network, 1), eval(&network, 3));
        assert_close(&three[..one.len()], &one, 1e-5, "the first example");
        assert_eq!(state(&mut network), before);
        assert_eq!(train(&mut network) != three, normalizes);
        assert_eq!(state(&mut network) != before, normalizes);
    }

    macro_rules! tools {
        ($($name:ident $network:ident $normalizes:literal;)*) => {$(
            #[test]
            fn $name() {
                let build = |seed| $network::build(&AutoDevice::seed_from_u64(seed)).unwrap();
                is_saved_and_loaded(build(1), build(2));
                is_cloned(build(3));
                is_optimized(build(4));
                evaluates(build(5), $normalizes);
                let (mut single, double) = (build(6), build(6).to_dtype::<f64>());
                let mut back: $network<f32, AutoDevice> = double.to_dtype::<f32>();
                assert_eq!(state(&mut back), state(&mut single));
            }
        )*};
    }

    tools! {
        bottlenecks Bottlenecks true;
        joined Joined false;
        unet UNet false;
        two_heads TwoHeads true;
        lists Lists true;
    }

    #[test]
    fn empty_batches_pass_lists() {
        let dev = AutoDevice::default();
        let mut net = ResNet::build(&dev).unwrap();
        assert_eq!(net.train(dev.zeros_like(&(0, Const, Const, Const))).shape(), &(0, Const::<3>));
        let mut heads = TwoHeads::build(&dev).unwrap();
        let (label, mask) = heads.train(dev.zeros_like(&(0, Const, Const, Const)));
        assert_eq!((label.shape().0, mask.shape().0), (0, 0));
    }
}
