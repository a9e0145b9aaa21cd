//! Values of several kinds: several inputs, several values in the middle of a network, indices.

use dfdx::tensor_ops::ReshapeTo;
use shapewright::{Error, optim, prelude::*, weights};

use crate::flat::{eval, train};
use crate::gradients::{batch_of, check};
use crate::support::{Taped, assert_close, numbers, sample, set_state, state, tensor};

network! {
    /// Two images through the same layers.
    struct Siamese: Input<1, 5, 4> + Input<1, 5, 4> {
        Each<[conv: Conv2d<.., 2, 3>, Tanh, Flatten]>,
        Concat,
        out: Linear<.., 3>,
        LogSoftmax,
    }
}

network! {
    /// Two inputs of different shapes, each with layers of its own.
    struct Mixed: Input<3> + Input<2, 2> {
        Parallel<[left: Linear<.., 4>], [Flatten, right: Linear<.., 4>]>,
        Sum,
        Tanh,
        out: Linear<.., 2>,
    }
}

network! {
    /// Several values in the middle.
    struct Middle: Input<6> {
        Linear<.., 5>,
        Split<[wide: Linear<.., 4>, Tanh], [Linear<.., 2>]>,
        Parallel<[Tanh], [SiLU, narrow: Linear<.., 3>]>,
        Concat,
        out: Linear<.., 2>,
    }
}

network! {
    /// The same in a block, with a list by keyword in it.
    struct Fork<const C: usize> {
        Split<[one: Linear<.., C>], [Residual<[Linear<.., C>], shortcut = [Linear<.., C>]>]>,
        Each<[shared: Linear<.., C>, Tanh]>,
        Sum,
    }
}
network! { struct InBlocks: Input<4> { Fork<3>, fork: Fork<4>, Linear<.., 2> } }

network! {
    /// Channels that are scaled by what follows from their means, and two gates.
    struct Gates: Input<3, 4, 2> {
        Product<[conv: Conv2d<.., 4, 1>], [AdaptiveAvgPool2d<1>, squeeze: Conv2d<.., 2, 1>, SiLU, Conv2d<.., 4, 1>, Sigmoid]>,
        Split<[Linear<.., 3>], [Tanh, Linear<.., 3>], [AdaptiveAvgPool2d<1>]>,
        Product,
        Flatten,
        out: Linear<.., 2>,
    }
}

type Open = network!(Split<[Linear<.., 4>], [Linear<.., 3>]>, Parallel<[ReLU], [Linear<.., 4>]>, Sum);
type Closed = network!(Input<6>, Open, Linear<.., 2>);

/// Gradients are the slopes; a plan computes the same; what is saved is loaded.
macro_rules! networks {
    ($($name:ident $network:ident;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn gradients_are_the_slopes() {
                let network = AutoDevice::default().build_module::<$network, f64>();
                let sizes = [$network::INPUT.numel()];
                let forward = |network: &mut _, input: Taped<(usize,), f64>| {
                    train(network, input.reshape_like(&(2, $network::INPUT.numel())))
                };
                check(network, batch_of(&sizes), forward);
            }

            #[test]
            #[cfg(not(feature = "cuda"))]
            fn a_plan_computes_the_same() {
                let network = $network::build(&AutoDevice::default()).unwrap();
                let input = sample(2 * $network::INPUT.numel(), 3);
                let expected = numbers(&eval(&network, tensor((2, $network::INPUT.numel()), &input)).unwrap());
                let input: Vec<f32> = input.into_iter().map(|value| value as f32).collect();
                let mut output = vec![0.0; expected.len()];
                network.compile::<2>().unwrap().session().unwrap().run(&input, &mut output).unwrap();
                let output: Vec<f64> = output.into_iter().map(f64::from).collect();
                assert_close(&output, &expected, 1e-6, "plan");
            }

            #[test]
            fn what_is_saved_is_loaded() {
                let directory = tempfile::tempdir().unwrap();
                let path = directory.path().join("net.safetensors");
                let device = AutoDevice::default();
                let (mut one, mut other) = ($network::build(&device).unwrap(), $network::build(&device).unwrap());
                weights::save(&one, &path).unwrap();
                weights::load(&mut other, &path).unwrap();
                assert_eq!(state(&mut one), state(&mut other));
            }
        }
    )*};
}

networks! {
    siamese Siamese;
    mixed Mixed;
    middle Middle;
    in_blocks InBlocks;
    gates Gates;
    in_a_type Closed;
}

#[test]
fn inputs_are_given_as_a_tuple() {
    let device = AutoDevice::default();
    let network = Mixed::build(&device).unwrap();
    let (left, right) = (sample(6, 1), sample(8, 2));
    let rows: Vec<f64> = (0..2).flat_map(|at| [&left[3 * at..][..3], &right[4 * at..][..4]].concat()).collect();
    let expected = numbers(&eval(&network, tensor((2, 7), &rows)).unwrap());

    let (left, right): (Tensor<Rank2<2, 3>, f32, _>, Tensor<Rank3<2, 2, 2>, f32, _>) =
        (tensor(Default::default(), &left), tensor(Default::default(), &right));
    let output: Tensor<Rank2<2, 2>, f32, _> = network.forward((left.clone(), right.clone()));
    assert_close(&numbers(&output), &expected, 1e-6, "a batch");
    let usizes = (left.clone().realize::<(usize, Const<3>)>(), right.clone().realize::<(usize, Const<2>, Const<2>)>());
    let output: Tensor<(usize, Const<2>), f32, _> = network.forward(usizes);
    assert_close(&numbers(&output), &expected, 1e-6, "a batch of a size that is not known");
    let single: (Tensor<Rank1<3>, f32, _>, Tensor<Rank2<2, 2>, f32, _>) =
        (left.select(device.tensor(1)), right.select(device.tensor(1)));
    let output: Tensor<Rank1<2>, f32, _> = network.forward(single);
    assert_close(&numbers(&output), &expected[2..], 1e-6, "one example");
}

#[test]
fn batches_of_two_sizes_are_an_error() {
    let device = AutoDevice::default();
    let network = Mixed::build(&device).unwrap();
    let left: Tensor<(usize, Const<3>), f32, _> = device.zeros_like(&(3, Const));
    let right: Tensor<(usize, Const<2>, Const<2>), f32, _> = device.zeros_like(&(2, Const, Const));
    let error = network.try_forward((left, right)).unwrap_err();
    assert!(error.to_string().contains("the first input has 3 examples, but another one has 2"), "{error}");
}

#[test]
fn no_examples_of_several_inputs_give_no_outputs() {
    let device = AutoDevice::default();
    let left: Tensor<(usize, Const<3>), f32, _> = device.zeros_like(&(0, Const));
    let right: Tensor<(usize, Const<2>, Const<2>), f32, _> = device.zeros_like(&(0, Const, Const));
    let output = Mixed::build(&device).unwrap().forward((left, right));
    assert_eq!(output.shape().0, 0);
}

/// Each value has the batch's statistics to itself, and moves the running ones.
#[test]
fn a_shared_normalization_sees_each_value() {
    network! { struct Net: Input<1> + Input<1> { Each<[bn: BatchNorm1d<momentum = 0.5>]>, Sum } }
    let device = AutoDevice::default();
    let mut network = Net::build(&device).unwrap();
    let (one, other): (Tensor<Rank2<2, 1>, f32, _>, Tensor<Rank2<2, 1>, f32, _>) =
        (device.tensor([[0.0], [2.0]]), device.tensor([[10.0], [14.0]]));
    let output = network.train((one, other));
    assert_close(&numbers(&output), &[-2.0, 2.0], 1e-4, "both are normalized");
    // 0, then half way to 1, then half way to 12.
    assert_eq!(network.bn.running_mean.array(), [6.25]);
    assert_eq!(network.bn.num_batches_tracked, 2);
}

network! { struct Normalized { Linear<.., 4>, BatchNorm1d<momentum = 1> } }

/// The norms of a block at `_:` and of the network around it have one path, and statistics of their own.
#[test]
fn norms_of_one_path_keep_their_own_statistics() {
    network! { struct Net: Input<3> { _: Normalized, Linear<.., 2>, BatchNorm1d<momentum = 1> } }
    let device = AutoDevice::seed_from_u64(3);
    let mut network = Net::build(&device).unwrap();
    let input: Tensor<Rank2<5, 3>, f32, _> = device.sample_normal();
    let output = network.train(input.clone());
    let evaluated = network.forward(input);
    // With a momentum of 1 the running mean is the batch's, and the running variance is larger by 5 / 4.
    let scale = (4.0_f64 / 5.0).sqrt();
    let means = numbers(&evaluated).into_iter().sum::<f64>();
    assert!(means.abs() < 1e-4, "the output is centred by the second norm's own mean: {means}");
    let largest = numbers(&output).into_iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let smaller = numbers(&evaluated).into_iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    assert!(smaller < largest && smaller > largest * scale * scale * 0.99, "{smaller} of {largest}");
}

network! { struct Words: Input<[usize; 4]> { words: Embedding<7, 3>, Flatten, out: Linear<.., 2>, Softmax } }
network! {
    struct Both: Input<[usize; 3]> + Input<4> {
        Parallel<[words: Embedding<5, 2>, Flatten], [features: Linear<.., 6>]>,
        Sum,
        out: Linear<.., 2>,
    }
}

#[test]
fn indices_look_up_rows() {
    let device = AutoDevice::default();
    let network = Words::build(&device).unwrap();
    let words = [[6, 0, 3, 3], [1, 2, 6, 5]];
    let batch: Tensor<Rank2<2, 4>, usize, _> = device.tensor(words);
    let logits: Tensor<Rank2<2, 2>, f32, _> = network.logits(batch);
    let (table, weight, bias) =
        (network.words.weight.array(), network.out.weight.array(), network.out.bias.as_ref().unwrap().array());
    let expected = words.iter().flat_map(|words| {
        let row: Vec<f32> = words.iter().flat_map(|&word| table[word]).collect();
        (0..2).map(move |class| f64::from(bias[class] + row.iter().zip(weight[class]).map(|(x, w)| x * w).sum::<f32>()))
    });
    assert_close(&numbers(&logits), &expected.collect::<Vec<_>>(), 1e-5, "logits");
    let single: Tensor<Rank1<2>, f32, _> = network.logits(device.tensor(words[1]));
    assert_close(&numbers(&single), &numbers(&logits)[2..], 1e-6, "one example");
}

#[test]
fn an_index_beyond_the_table_is_named() {
    let device = AutoDevice::default();
    let batch: Tensor<Rank2<2, 4>, usize, _> = device.tensor([[6, 0, 3, 3], [1, 2, 7, 5]]);
    let error = Words::build(&device).unwrap().try_forward(batch).unwrap_err();
    let why = "`Embedding` has 7 rows, but receives the index 7 at position 2 of example 1";
    assert!(matches!(&error, Error::Argument(said) if said == why), "{error}");
}

#[cfg(not(feature = "cuda"))]
mod plans_of_indices {
    use super::*;
    use shapewright::plan::Plan;

    network! {
        /// Two lists of words through the same table, and features.
        struct Pair: Input<[usize; 3]> + Input<4> + Input<[usize; 3]> {
            Parallel<[words: Embedding<6, 2>, Flatten], [Linear<.., 6>], [Embedding<6, 2>, Flatten]>, Concat, Tanh, Linear<.., 3>,
        }
    }
    network! { struct Rows: Input<[usize; 3]> { Embedding<5, 2> } }
    network! { struct Shared: Input<[usize; 2]> + Input<[usize; 2]> { Each<[words: Embedding<5, 3>, Flatten]>, Sum, ReLU } }

    fn compiled<N: Compile<Dtype = f32>>(network: &N) -> [Plan<N::Input, N::Output, 2, f32>; 2] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("words.plan");
        let plan = network.compile::<2>().unwrap();
        plan.save(&path).unwrap();
        [plan, Plan::load(&path).unwrap()]
    }

    #[test]
    fn they_compute_what_the_network_does() {
        let device = AutoDevice::default();
        let words = device.tensor([[6, 0, 3, 3], [1, 2, 6, 5]]);
        let network = Words::build(&device).unwrap();
        let expected: Tensor<Rank2<2, 2>, f32, _> = network.forward(words.clone());
        for plan in compiled(&network) {
            let (mut session, mut output) = (plan.session().unwrap(), [0.0; 4]);
            session.run_indices(&[6, 0, 3, 3, 1, 2, 6, 5], &mut output).unwrap();
            assert_close(&output.map(f64::from), &numbers(&expected), 1e-6, "slices");
            let tensor: Tensor<Rank2<2, 2>, f32, _> = session.try_forward(words.clone()).unwrap();
            assert_close(&numbers(&tensor), &numbers(&expected), 1e-6, "tensors");
        }
        let rows = Rows::build(&device).unwrap();
        let words = device.tensor([[0, 4, 1], [2, 2, 3]]);
        let expected: Tensor<Rank3<2, 3, 2>, f32, _> = rows.forward(words.clone());
        for plan in compiled(&rows) {
            let rows: Tensor<Rank3<2, 3, 2>, f32, _> = plan.session().unwrap().forward(words.clone());
            assert_eq!(rows.as_vec(), expected.as_vec());
        }
    }

    #[test]
    fn several_inputs_are_of_both_kinds() {
        let device = AutoDevice::default();
        let (one, other) = (device.tensor([[0, 5, 1], [2, 2, 3]]), device.tensor([[4, 4, 0], [1, 0, 5]]));
        let features: Tensor<Rank2<2, 4>, f32, _> = tensor(Default::default(), &sample(8, 1));
        let network = Pair::build(&device).unwrap();
        let inputs = || (one.clone(), features.clone(), other.clone());
        let expected: Tensor<Rank2<2, 3>, f32, _> = network.forward(inputs());
        for plan in compiled(&network) {
            let mut session = plan.session().unwrap();
            let output: Tensor<Rank2<2, 3>, f32, _> = session.try_forward(inputs()).unwrap();
            assert_close(&numbers(&output), &numbers(&expected), 1e-6, "tensors");
            let (indices, mut output) = ([one.as_vec(), other.as_vec()].concat(), [0.0; 6]);
            session.run_with(&features.as_vec(), &indices, &mut output).unwrap();
            assert_close(&output.map(f64::from), &numbers(&expected), 1e-6, "slices");
        }
        let (left, right) = (device.tensor([[0, 4], [2, 2]]), device.tensor([[1, 3], [4, 0]]));
        let network = Shared::build(&device).unwrap();
        let expected: Tensor<Rank2<2, 6>, f32, _> = network.forward((left.clone(), right.clone()));
        for plan in compiled(&network) {
            let output: Tensor<Rank2<2, 6>, f32, _> = plan.session().unwrap().forward((left.clone(), right.clone()));
            assert_close(&numbers(&output), &numbers(&expected), 1e-6, "shared");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let network = Words::build(&AutoDevice::default()).unwrap();
        let plan = network.compile::<2>().unwrap();
        let (mut session, mut output) = (plan.session().unwrap(), [0.0; 4]);
        for (indices, why) in [
            (
                vec![6, 0, 3, 3, 1, 2, 7, 5],
                "an `Embedding` has 7 rows, but the plan receives the index 7 at position 6",
            ),
            (vec![6, 0, 3], "the plan's input has 8 indices, but 3 were given"),
        ] {
            assert_eq!(session.run_indices(&indices, &mut output).unwrap_err().to_string(), why);
        }
        let error = session.run(&[0.0; 8], &mut output).unwrap_err();
        assert_eq!(error.to_string(), "the plan's input has 0 elements, but 8 were given");
    }
}

/// The gradients of the table, and of all else, are the slopes of the loss.
#[test]
fn gradients_reach_the_table() {
    let device = AutoDevice::default();
    let mut network = device.build_module::<Both, f64>();
    let inputs = || {
        let words: Tensor<Rank2<2, 3>, usize, _> = device.tensor([[4, 0, 4], [1, 2, 0]]);
        let features: Tensor<Rank2<2, 4>, f64, _> = tensor(Default::default(), &sample(8, 1));
        (words, features)
    };
    let weights: Tensor<Rank2<2, 2>, f64, _> = tensor(Default::default(), &sample(4, 2));
    let loss =
        |network: &Both<f64, AutoDevice>| (network.forward(inputs()) * weights.clone()).sum::<Rank0, _>().array();
    let output = network.train((inputs(), network.alloc_grads()));
    let gradients = (output * weights.clone()).sum::<Rank0, _>().backward();
    let table = gradients.get(&network.words.weight).as_vec();
    assert_eq!(table[6..8], [0.0, 0.0], "nothing looked up row 3");

    const STEP: f64 = 1e-5;
    let before = state(&mut network);
    for (name, gradient) in
        [("words.weight", table), ("features.weight", gradients.get(&network.features.weight).as_vec())]
    {
        let slopes = (0..gradient.len()).map(|at| {
            let mut moved = before.clone();
            let mut at_distance = |distance: f64| {
                moved.get_mut(name).unwrap()[at] = before[name][at] + distance;
                set_state(&mut network, &moved);
                loss(&network)
            };
            (at_distance(STEP) - at_distance(-STEP)) / (2.0 * STEP)
        });
        assert_close(&gradient, &slopes.collect::<Vec<_>>(), 1e-7, name);
    }
}

#[test]
fn a_network_of_indices_learns() {
    let device = AutoDevice::seed_from_u64(1);
    let mut network = Words::build(&device).unwrap();
    let mut adam = Adam::new(&network, AdamConfig { lr: 0.05, ..AdamConfig::default() });
    let words: Tensor<Rank2<3, 4>, usize, _> = device.tensor([[0, 1, 2, 3], [3, 2, 1, 0], [4, 5, 6, 0]]);
    let mut losses = Vec::new();
    for _ in 0..30 {
        let loss = optim::train_step(&mut network, &mut adam, words.clone(), |logits| {
            CrossEntropyLoss::default().try_forward(logits, &[0, 1, 1])
        });
        losses.push(loss.unwrap().array());
    }
    assert!(losses[29] < losses[0] / 10.0, "{losses:?}");
}
