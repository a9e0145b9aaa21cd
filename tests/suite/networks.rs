//! What a declared network does, however it is declared and whatever it is given.

use dfdx::nn::tensor_collection::TensorCollection;
use dfdx::tensor_ops::{BroadcastTo, PermuteTo, ReshapeTo};
use shapewright::prelude::*;

use crate::support::{Numbers, assert_close, numbers, sample, set_state, state, tensor};

network! {
    /// With everything in it that has parameters.
    pub struct Digits: Input<1, 6, 5> {
        conv1: Conv2d<.., 3, 3>, bn1: BatchNorm2d, ReLU, MaxPool2d<2>, Flatten, fc: Linear<.., 4>, Softmax,
    }
}

pub type Images<B, E = f32> = Tensor<(B, Const<1>, Const<6>, Const<5>), E, AutoDevice>;

pub fn images<B: Dim>(batch: B) -> Images<B> {
    tensor((batch, Const, Const, Const), &sample(batch.size() * 30, 1))
}

pub fn digits() -> Digits<f32, AutoDevice> {
    Digits::build(&AutoDevice::seed_from_u64(1)).unwrap()
}

mod batches {
    use super::*;

    #[test]
    fn a_batch_is_known_at_run_time_or_at_compile_time() {
        let net = digits();
        let counted: Tensor<(usize, Const<4>), f32, AutoDevice> = net.forward(images(4));
        let constant: Tensor<Rank2<4, 4>, f32, AutoDevice> = net.forward(images(Const::<4>));
        assert_eq!(counted.as_vec(), constant.as_vec());
    }

    #[test]
    fn one_example_is_a_batch_of_one() {
        let mut net = digits();
        let example: Tensor<Rank3<1, 6, 5>, f32, AutoDevice> = images(Const::<1>).reshape();
        let output: Tensor<Rank1<4>, f32, AutoDevice> = net.forward(example.clone());
        assert_eq!(output.as_vec(), net.forward(images(1)).as_vec());
        let mut twin = net.clone();
        assert_eq!(net.train(example).as_vec(), twin.train(images(1)).as_vec());
        assert_eq!(state(&mut net), state(&mut twin));
    }

    #[test]
    fn examples_do_not_depend_on_their_neighbours() {
        let net = digits();
        let together = net.forward(images(5)).as_vec();
        for (example, expected) in sample(150, 1).chunks_exact(30).zip(together.chunks_exact(4)) {
            let example: Tensor<Rank3<1, 6, 5>, f32, _> = tensor(Default::default(), example);
            assert_close(
                &numbers(&net.forward(example)),
                &expected.iter().map(|&y| y.into()).collect::<Vec<_>>(),
                1e-6,
                "y",
            );
        }
    }

    /// With or without a tape, in evaluation and in training, which leaves the statistics as they are.
    #[test]
    fn an_empty_batch_gives_an_empty_output() {
        let mut net = digits();
        let before = state(&mut net);
        assert_eq!(net.forward(images(0)).shape(), &(0, Const::<4>));
        assert_eq!(net.forward(images(Const::<0>)).shape(), &(Const::<0>, Const::<4>));
        assert_eq!(net.train(images(0)).shape(), &(0, Const::<4>));
        assert_eq!(net.logits(images(0)).shape(), &(0, Const::<4>));
        let traced = images(0).leaky_trace();
        let output: Tensor<(usize, Const<4>), f32, AutoDevice, OwnedTape<f32, AutoDevice>> = net.train(traced);
        assert_eq!(output.shape(), &(0, Const::<4>));
        assert_eq!(net.train_logits(images(0).trace(net.alloc_grads())).shape(), &(0, Const::<4>));
        assert_eq!(state(&mut net), before);
    }

    /// What comes out can be read, and learned from: a loss that is a sum is 0, and so are all gradients.
    #[test]
    fn an_empty_output_is_a_tensor_as_others() {
        let mut net = digits();
        let before = state(&mut net);
        assert_eq!(net.forward(images(0)).to_vec(), [0.0; 0]);
        assert_eq!(net.forward(images(Const::<0>)).to_vec(), [0.0; 0]);
        assert_eq!(net.forward(images(2)).to_vec(), net.forward(images(2)).as_vec());
        let sum = CrossEntropyLoss::default().reduction(Reduction::Sum);
        let logits = net.train_logits((images(0), net.alloc_grads()));
        let loss = sum.try_forward(logits, &[][..]).unwrap();
        assert_eq!(loss.array(), 0.0);
        let mut optimizer = Sgd::new(&net, SgdConfig::default());
        optimizer.update(&mut net, &loss.backward()).unwrap();
        assert_eq!(state(&mut net), before);
        let images = images(0);
        let logits = net.train_logits(images.leaky_trace());
        let gradients = sum.try_forward(logits, &[][..]).unwrap().backward();
        assert_eq!(gradients.get(&images).to_vec(), [0.0; 0]);
    }

    #[test]
    fn a_tape_changes_nothing() {
        let mut net = digits();
        let mut twin = net.clone();
        assert_eq!(net.forward(images(3)).as_vec(), net.forward(images(3).leaky_trace()).as_vec());
        assert_eq!(net.train(images(3)).as_vec(), twin.train(images(3).leaky_trace()).as_vec());
        assert_eq!(state(&mut net), state(&mut twin));
    }

    #[test]
    fn a_permuted_image_is_what_it_shows() {
        let net = digits();
        let rotated: Tensor<(usize, Const<5>, Const<6>, Const<1>), f32, _> =
            tensor((2, Const, Const, Const), &sample(60, 1));
        let view: Images<usize> = rotated.clone().permute::<_, dfdx::shapes::Axes4<0, 3, 2, 1>>();
        let copy: Images<usize> = view.clone().contiguous();
        let output = net.forward(copy.leaky_trace());
        let of_view = net.forward(rotated.leaky_trace().permute::<_, dfdx::shapes::Axes4<0, 3, 2, 1>>());
        assert_eq!(net.forward(view).as_vec(), output.as_vec());
        assert_eq!(of_view.as_vec(), output.as_vec());
        let weights = || tensor((2, Const::<4>), &sample(8, 2));
        let gradient = sum(output * weights()).backward().get(&copy);
        let of_rotated = sum(of_view * weights()).backward().get(&rotated);
        let turned: Images<usize> = of_rotated.permute::<_, dfdx::shapes::Axes4<0, 3, 2, 1>>();
        assert_close(&numbers(&turned.contiguous()), &numbers(&gradient), 1e-6, "gradient");
    }

    /// One image in the place of many: its gradient is the sum of theirs.
    #[test]
    fn a_broadcast_image_is_what_it_shows() {
        let net = digits();
        let image: Tensor<Rank3<1, 6, 5>, f32, _> = tensor(Default::default(), &sample(30, 1));
        let many = net.forward(image.leaky_trace().broadcast::<Rank4<3, 1, 6, 5>, _>());
        let one = net.forward(image.leaky_trace());
        assert_eq!(many.as_vec(), [one.as_vec(), one.as_vec(), one.as_vec()].concat());
        let weights = sample(4, 2);
        let many = sum(many * tensor((Const::<3>, Const::<4>), &weights.repeat(3))).backward().get(&image);
        let one = sum(one * tensor((Const::<4>,), &weights)).backward().get(&image);
        assert_close(&numbers(&many), &numbers(&(one * 3.0)), 1e-6, "gradient");
    }

    fn sum<S: dfdx::shapes::Shape>(
        tensor: Tensor<S, f32, AutoDevice, OwnedTape<f32, AutoDevice>>,
    ) -> Tensor<Rank0, f32, AutoDevice, OwnedTape<f32, AutoDevice>> {
        dfdx::tensor_ops::SumTo::sum(tensor)
    }
}

mod declarations {
    use super::*;

    type Body = network!(<Conv2d<.., 3, 3>, BatchNorm2d, ReLU, MaxPool2d<2>, Flatten>);
    type Open = network!(Body, Linear<.., 4>, Softmax);
    type Closed = network!(Input<1, 6, 5>, Open);
    type AtOnce =
        network![Input<1, 6, 5>, Conv2d<.., 3, 3>, BatchNorm2d, ReLU, MaxPool2d<2>, Flatten, Linear<.., 4>, Softmax];

    const _: () = assert!(Closed::PARAMS == AtOnce::PARAMS && AtOnce::PARAMS == Digits::PARAMS);
    const _: () = assert!(Closed::MACS == AtOnce::MACS && AtOnce::MACS == Digits::MACS);
    const _: () = assert!(Closed::OUTPUT.agrees(&AtOnce::OUTPUT) && AtOnce::OUTPUT.agrees(&Digits::OUTPUT));

    /// The tensors in the order of the layers, which have positions or names.
    fn in_order(mut state: Numbers) -> (Vec<String>, Vec<Vec<f64>>) {
        for (name, position) in [("conv1", "0"), ("bn1", "1"), ("fc", "5")] {
            let named: Vec<_> = state.keys().filter(|key| key.starts_with(name)).cloned().collect();
            for key in named {
                let numbers = state.remove(&key).unwrap();
                state.insert(key.replace(name, position), numbers);
            }
        }
        state.into_iter().unzip()
    }

    /// The network with the tensors of `digits()`.
    fn as_digits<N: TensorCollection<f32, AutoDevice>>(mut network: N) -> N {
        let (names, _) = in_order(state(&mut network));
        let (_, numbers) = in_order(state(&mut digits()));
        assert_eq!(names.len(), numbers.len());
        set_state(&mut network, &names.into_iter().zip(numbers).collect());
        network
    }

    /// A network closed later, declared in one go, or with names: the same numbers with the same weights.
    #[test]
    fn the_same_layers_are_the_same_network() {
        let dev = AutoDevice::default();
        let mut named = digits();
        let mut closed = as_digits(Closed::build(&dev).unwrap());
        let mut at_once = as_digits(AtOnce::build(&dev).unwrap());
        let expected = named.train(images(3)).as_vec();
        assert_eq!(closed.train(images(3)).as_vec(), expected);
        assert_eq!(at_once.train(images(3)).as_vec(), expected);
        let (_, after) = in_order(state(&mut named));
        assert_eq!(in_order(state(&mut closed)).1, after);
        assert_eq!(in_order(state(&mut at_once)).1, after);
        let expected = (named.forward(images(2)).as_vec(), named.logits(images(2)).as_vec());
        assert_eq!((closed.forward(images(2)).as_vec(), closed.logits(images(2)).as_vec()), expected);
        assert_eq!((at_once.forward(images(2)).as_vec(), at_once.logits(images(2)).as_vec()), expected);
    }

    #[test]
    fn an_open_network_is_closed_for_several_inputs() {
        type Head = network!(Flatten, Linear<.., 2>);
        type Small = network!(Input<3>, Head);
        type Large = network!(Input<2, 4, 5>, Head);
        assert_eq!((Small::PARAMS, Large::PARAMS), (3 * 2 + 2, 40 * 2 + 2));
        let dev = AutoDevice::default();
        assert_eq!(Large::build(&dev).unwrap().num_trainable_params(), Large::PARAMS);
    }

    #[test]
    fn logits_are_what_softmax_is_applied_to() {
        network! { struct Logarithmic: Input<3> { fc: Linear<.., 4>, LogSoftmax } }
        let dev = AutoDevice::default();
        let net = Logarithmic::build(&dev).unwrap();
        let input: Tensor<Rank1<3>, f32, _> = dev.sample_normal();
        let logits = numbers(&net.logits(input.clone()));
        let total = logits.iter().map(|logit| logit.exp()).sum::<f64>().ln();
        let expected = logits.iter().map(|logit| logit - total).collect::<Vec<_>>();
        assert_close(&numbers(&net.forward(input)), &expected, 1e-6, "log probabilities");
    }

    network! { struct Block: Input<4> { first: Linear<.., 4>, ReLU, second: Linear<.., 4, bias = false> } }

    /// A network is a layer: its fields are reached through it, and its names follow its own.
    #[test]
    fn a_network_inside_a_network() {
        network! { struct Outer: Input<2, 2> { Flatten, body: Block, Block, tail: Open, LogSoftmax } }
        type Open = network!(Linear<.., 3>, Tanh, Linear<.., 2>);
        let mut net = Outer::build(&AutoDevice::default()).unwrap();
        let _: &Tensor<Rank2<4, 4>, f32, AutoDevice> = &net.body.first.weight;
        assert_eq!(net.num_trainable_params(), Outer::PARAMS);
        assert_eq!(Outer::PARAMS, 2 * Block::PARAMS + 15 + 8);
        let names = state(&mut net).into_keys().collect::<Vec<_>>();
        let block = ["first.bias", "first.weight", "second.weight"];
        let expected = block.iter().map(|name| format!("2.{name}"));
        let expected = expected.chain(block.iter().map(|name| format!("body.{name}")));
        let tail = ["tail.0.bias", "tail.0.weight", "tail.2.bias", "tail.2.weight"].map(String::from);
        assert_eq!(names, expected.chain(tail).collect::<Vec<_>>());
    }

    /// dfdx visits six fields at a time, so longer networks are nested: twice over here.
    #[test]
    fn a_network_of_forty_layers() {
        network! {
            struct Deep: Input<3> {
                Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh,
                Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh,
                Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh,
                Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, Linear<.., 3>, Tanh, last: Linear<.., 2>, Tanh,
            }
        }
        let dev = AutoDevice::default();
        let mut net = Deep::build(&dev).unwrap();
        assert_eq!(Deep::PARAMS, 19 * 12 + 8);
        assert_eq!(net.num_trainable_params(), Deep::PARAMS);
        let names = state(&mut net).into_keys().collect::<Vec<_>>();
        let indices = (0..19).map(|layer| (2 * layer).to_string()).chain(["last".to_string()]);
        let mut expected: Vec<_> =
            indices.flat_map(|name| [format!("{name}.bias"), format!("{name}.weight")]).collect();
        expected.sort();
        assert_eq!(names, expected);
        assert_eq!(Deep::summary().rows.len(), 40);
        let gradients = net.forward(dev.ones::<Rank1<3>>().trace(net.alloc_grads()));
        assert_eq!(gradients.shape(), &(Const::<2>,));
    }

    /// A network of one layer, of one without parameters, and of the smallest sizes.
    #[test]
    fn the_smallest_networks() {
        type Nothing = network!(Input<1>, ReLU);
        network! { struct One: Input<1, 1, 1> { conv: Conv2d<.., 1, 1, bias = false>, } }
        let dev = AutoDevice::default();
        assert_eq!((Nothing::PARAMS, One::PARAMS), (0, 1));
        assert_eq!(Nothing::build(&dev).unwrap().forward(dev.tensor([-1.0])).array(), [0.0]);
        let mut one = One::build(&dev).unwrap();
        one.conv.weight = dev.tensor([[[[2.0]]]]);
        assert_eq!(one.forward(dev.tensor([[[3.0]]])).array(), [[[6.0]]]);
    }

    #[test]
    fn the_summary_tells_what_is_built() {
        let summary = Digits::summary();
        let paths = summary.rows.iter().map(|row| row.path.as_str()).collect::<Vec<_>>();
        assert_eq!(paths, ["conv1", "bn1", "2", "3", "4", "fc", "6"]);
        assert_eq!((summary.costs.parameters, summary.costs.macs), (Digits::PARAMS, Digits::MACS));
        assert_eq!(summary.rows[3].output.as_slice(), [3, 2, 1]);
        assert!(summary.to_string().contains("MaxPool2d<2>"), "{summary}");
    }
}

mod constants {
    use super::*;

    const HIDDEN: usize = 5;
    const RATE: f64 = 0.25;
    mod sizes {
        pub const CLASSES: usize = 3;
        pub const WITH_BIAS: bool = false;
        pub const STRIDE: usize = 2;
    }

    const fn twice(number: usize) -> usize {
        2 * number
    }

    #[test]
    fn sizes_are_constants_paths_and_expressions() {
        type Net = network!(
            Input<{ HIDDEN + 1 }>,
            Linear<.., HIDDEN>,
            Linear<{ HIDDEN }, { HIDDEN * 2 + twice(1) }>,
            Linear<{ twice(HIDDEN) + 2 }, sizes::CLASSES>,
        );
        assert_eq!((Net::INPUT.as_slice(), Net::OUTPUT.as_slice()), (&[6][..], &[3][..]));
        assert_eq!(Net::PARAMS, 6 * 5 + 5 + 5 * 12 + 12 + 12 * 3 + 3);
    }

    #[test]
    fn keywords_take_constants_of_their_own_type() {
        network! {
            struct Net: Input<1, { twice(4) }, HIDDEN> {
                conv: Conv2d<.., HIDDEN, (3, { 1 + 1 }), stride = sizes::STRIDE, bias = sizes::WITH_BIAS>,
                bn: BatchNorm2d<momentum = RATE, eps = { RATE / 1000.0 }>,
                Dropout<p = RATE>,
                pool: MaxPool2d<{ HIDDEN - 3 }, stride = { sizes::STRIDE - 1 }>,
            }
        }
        assert_eq!(Net::OUTPUT.as_slice(), [5, 2, 1]);
        let dev = AutoDevice::default();
        let mut net = Net::build(&dev).unwrap();
        assert!(net.conv.bias.is_none());
        net.bn.running_mean = dev.ones();
        net.try_train(dev.zeros::<Rank4<3, 1, 8, 5>>()).unwrap();
        assert_close(&numbers(&net.bn.running_mean), &[0.75; 5], 1e-6, "the mean moves by a quarter");
    }

    /// Constants of the function around, and names that hide those of the standard library.
    #[test]
    fn networks_inside_functions_are_safe_from_their_surroundings() {
        #![allow(dead_code, non_camel_case_types, unused_imports)]
        mod core {}
        mod std {}
        mod dfdx {}
        struct Option;
        struct Result;
        struct Some;
        struct None;
        struct Ok;
        struct Vec;
        struct Clone;
        struct Default;
        struct usize;
        struct f32;
        const WIDTH: ::std::primitive::usize = 3;
        type Closed = network!(Input<4>, Linear<.., WIDTH>, Softmax);
        network! {
            struct Net: Input<1, 4, 4> { conv: Conv2d<.., WIDTH, 3, padding = { WIDTH - 2 }>, Flatten, fc: Linear<.., 2> }
        }
        let dev = AutoDevice::default();
        let output = Net::build(&dev).unwrap().forward(dev.zeros::<Rank3<1, 4, 4>>());
        assert_eq!(output.shape(), &(Const::<2>,));
        assert_eq!(Closed::build(&dev).unwrap().forward(dev.zeros::<Rank1<4>>()).shape(), &(Const::<3>,));
    }
}
