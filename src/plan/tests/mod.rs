//! A plan computes what the network computes, by every algorithm and with every instruction set.

mod files;
mod own_layers;

use dfdx::nn::tensor_collection::{RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut};
use dfdx::prelude::*;

use super::*;
use crate::layer::{Context, Value};
use crate::network;
use crate::network::Network;
use crate::ops::testing::{assert_close, sample};
use crate::shape::Shape;

/// Compares plans with the network itself, on random values, for each instruction set and algorithm.
fn check<N, const BATCH: usize, E>(network: &N, tolerance: f64)
where
    N: Network<Device = Cpu, Dtype = E>,
    E: Element,
    Cpu: dfdx::tensor_ops::Device<E>,
{
    let numbers: Vec<E> = sample(BATCH * N::Input::DIMS.numel(), 7).into_iter().map(E::of).collect();
    let input: Tensor<(usize, usize), E, Cpu> =
        Cpu::default().tensor_from_vec(numbers, (BATCH, N::Input::DIMS.numel()));
    let expected = network
        .run(Value::from(input.clone()), &mut Context::evaluation())
        .unwrap()
        .joined::<NoneTape>()
        .unwrap()
        .as_vec();
    let plan: Plan<N::Input, N::Output, BATCH, E> = network.compile().unwrap();
    let graph = plan.inner.graph.clone();
    for set in InstructionSet::all() {
        for wanted in [Algorithm::Direct, Algorithm::Depthwise, Algorithm::Winograd(2), Algorithm::Winograd(4)] {
            let choose = |geometry: &Conv2dGeometry| {
                if Algorithm::all(geometry).any(|can| can == wanted) { wanted } else { Algorithm::best(geometry) }
            };
            let plan: Plan<N::Input, N::Output, BATCH, E> = Plan::of(graph.clone(), set, &choose).unwrap();
            for threads in [1, 3] {
                let mut session = plan.session_with_threads(threads).unwrap();
                let mut output = vec![E::nan(); expected.len()];
                // Two runs: the second must not depend on what the first left in memory.
                for _ in 0..2 {
                    session.run(&input.as_vec(), &mut output).unwrap();
                }
                assert_close(&output, &expected, tolerance, &format!("{set:?}, {wanted:?}, {threads} threads"));
            }
        }
    }
}

/// Builds a network with both element types, and compares its plans.
macro_rules! compare {
    ($batch:literal of $network:ty) => {{
        let device = Cpu::seed_from_u64(3);
        let mut network = device.build_module::<$network, f64>();
        randomize(&mut network);
        check::<_, $batch, f64>(&network, 1e-11);
        let mut network = device.build_module::<$network, f32>();
        randomize(&mut network);
        check::<_, $batch, f32>(&network, 2e-5);
    }};
}

use compare;

/// Adds up to an eighth to every parameter of a network, so that normalization has an effect.
fn randomize<E: Element, N: TensorCollection<E, Cpu>>(network: &mut N)
where
    Cpu: dfdx::tensor_ops::Device<E>,
{
    N::iter_tensors(&mut RecursiveWalker { m: network, f: &mut Randomize { seed: 0 } }).unwrap();
}

struct Randomize {
    seed: u64,
}

impl<E: Element> TensorVisitor<E, Cpu> for Randomize
where
    Cpu: dfdx::tensor_ops::Device<E>,
{
    type Viewer = ViewTensorMut;
    type Err = CpuError;
    type E2 = E;
    type D2 = Cpu;

    fn visit<S: dfdx::shapes::Shape>(
        &mut self,
        _: TensorOptions<S, E, Cpu>,
        tensor: &mut Tensor<S, E, Cpu>,
    ) -> std::result::Result<Option<Tensor<S, E, Cpu>>, CpuError> {
        self.seed += 1;
        let more = sample(tensor.shape().num_elements(), self.seed);
        let numbers = tensor.as_vec().into_iter().zip(more).map(|(number, more)| number + E::of(more.abs() / 16.0));
        tensor.copy_from(&numbers.collect::<Vec<_>>());
        Ok(None)
    }
}

#[test]
fn convolutions_of_all_kinds_are_the_networks() {
    use crate::prelude::*;
    compare!(2 of network!(Input<3, 9, 11>, Conv2d<.., 5, 3, padding = 1>, ReLU, Conv2d<.., 20, 3, padding = (2, 0)>));
    compare!(1 of network!(Input<4, 13, 7>, Conv2d<.., 7, (3, 2), stride = (2, 1), padding = (1, 1), dilation = (2, 3)>));
    compare!(3 of network!(Input<6, 8, 8>, Conv2d<.., 18, 3, groups = 6, padding = 1>, LeakyReLU, Conv2d<.., 4, 1, groups = 2>));
    compare!(1 of network!(Input<19, 10, 9>, Conv2d<.., 19, 3, groups = 19, padding = 1>, ReLU6, Conv2d<.., 19, 5, stride = 2, groups = 19, bias = false>));
    compare!(2 of network!(Input<33, 6, 6>, Conv2d<.., 35, 3, padding = Same>, Conv2d<.., 35, 3, stride = 2, padding = Same>));
}

#[test]
fn what_is_between_convolutions_is_the_networks() {
    use crate::prelude::*;
    compare!(2 of network!(Input<8, 12, 12>,
        Residual<[Conv2d<.., 8, 3, padding = 1>, BatchNorm2d, ReLU, Conv2d<.., 8, 3, padding = 1>, BatchNorm2d]>, ReLU,
        Residual<[Conv2d<.., 12, 3, stride = 2, padding = 1>], shortcut = [Conv2d<.., 12, 1, stride = 2>]>, ReLU,
        BatchNorm2d, ReLU, GlobalAvgPool2d, Linear<.., 5>, Softmax));
    compare!(2 of network!(Input<4, 9, 10>,
        Concat<[Conv2d<.., 3, 1>, ReLU], [MaxPool2d<3, stride = 1, padding = 1>], [Conv2d<.., 5, 3, padding = 1>, Sigmoid]>,
        Skip<[Conv2d<.., 4, 3, padding = 1>, GELU]>, Conv2d<.., 6, 3, padding = 1>, AvgPool2d<2>, Upsample<2, mode = Bilinear>));
    compare!(1 of network!(Input<3, 7, 6>, ConvTranspose2d<.., 4, 3, stride = 2, padding = 1>, Tanh,
        ConvTranspose2d<.., 6, 2, stride = 2>, MaxPool2d<3, stride = 2, padding = 1, ceil_mode = true>, Flatten, Linear<.., 4>, LogSoftmax));
    compare!(2 of network!(Input<5, 6, 4>, LocalResponseNorm<3>, Hardswish, SiLU, Upsample<size = (9, 9)>, AdaptiveAvgPool2d<4>));
    compare!(2 of network!(Input<3, 4, 4>, Conv2d<.., 4, 3, padding = 1>, LayerNorm<dims = 3>, Mish, Conv2d<.., 2, 3>, LayerNorm<dims = 3>));
    compare!(3 of network!(Input<6>, LayerNorm, Linear<.., 4>, LayerNorm<elementwise_affine = false>));
    // The normalized axis isn't the one that the fully connected layer transforms.
    compare!(2 of network!(Input<4, 5>, Linear<.., 4>, BatchNorm1d));
    compare!(2 of network!(Input<5>, Linear<.., 4>, BatchNorm1d, ReLU));
    compare!(4 of network!(Input<6, 5>, Linear<.., 7>, ReLU, Linear<.., 3>, Softmax<dim = 2>));
    compare!(2 of network!(Input<6, 4, 4>, Conv2d<.., 12, 3, padding = 1>, AnchorRows<3>, Columns<1, 2>));
    compare!(2 of network!(Input<6, 4, 4>, Split<[Conv2d<.., 4, 3>], [Flatten, Linear<.., 3>], [ReLU]>));
    compare!(2 of network!(Input<3, 4, 4>, Sum<[Conv2d<.., 3, 1>], [ReLU], [Conv2d<.., 3, 3, padding = 1>]>, ReLU));
    compare!(1 of network!(Input<3, 4, 4>, Flatten));
    // A value that is part of a concatenation is read again after an activation of the whole.
    compare!(2 of network!(Input<3, 6, 6>, Conv2d<.., 4, 1>,
        Residual<[Skip<[Conv2d<.., 5, 3, padding = 1>]>, ReLU, Conv2d<.., 4, 1>]>));
    compare!(1 of network!(Input<3, 6, 6>, Conv2d<.., 4, 1>,
        Split<[Skip<[Conv2d<.., 5, 3, padding = 1>]>, Sigmoid, Conv2d<.., 4, 1>], [Tanh]>));
    // The zeros around a single pixel, which is also the input, are still there in the second run.
    compare!(1 of network!(Input<3, 1, 1>, Conv2d<.., 8, 3, padding = 1>, Conv2d<.., 8, 3, padding = 1>));
    // A convolution reads channels with a border of zeros, and writes to the channels beside them.
    compare!(2 of network!(Input<3, 6, 5>, Conv2d<.., 8, 1>, Skip<[Conv2d<.., 5, 3, padding = 1>]>, Conv2d<.., 4, 3>));
}

mod of_a_network {
    use std::thread;

    use crate::prelude::*;

    network! {
        struct Net: Input<2, 6, 6> { conv: Conv2d<.., 4, 3, padding = 1>, ReLU, Flatten, out: Linear<.., 3>, Softmax }
    }

    fn input() -> Vec<f32> {
        crate::ops::testing::sample(72, 3).iter().map(|&number| number as f32).collect()
    }

    /// Threads share a plan. Each has a session of its own, which may have been created on another thread.
    #[test]
    fn plans_are_shared_and_sessions_are_moved() {
        fn shared<T: Send + Sync>(_: &T) {}
        let plan = Net::build(&Cpu::seed_from_u64(1)).unwrap().compile::<1>().unwrap();
        shared(&plan);
        let outputs = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let mut session = plan.session_with_threads(2).unwrap();
                    scope.spawn(move || {
                        let mut output = [0.0; 3];
                        for run in 0..50 {
                            // This is long enough for the workers to fall asleep.
                            if run == 25 {
                                thread::sleep(std::time::Duration::from_millis(30));
                            }
                            session.run(&input(), &mut output).unwrap();
                        }
                        output
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]), "{outputs:?}");
    }

    /// The types of the tensors are those of the network.
    #[test]
    fn tensors_go_in_and_come_out() {
        let dev = Cpu::seed_from_u64(1);
        let net = Net::build(&dev).unwrap();
        let plan = net.compile::<2>().unwrap();
        let mut session = plan.session().unwrap();
        let images: Tensor<Rank4<2, 2, 6, 6>, f32, Cpu> =
            dev.tensor_from_vec([input(), input()].concat(), Default::default());
        let output: Tensor<Rank2<2, 3>, f32, Cpu> = session.forward(images.clone());
        let expected = net.forward(images).as_vec();
        crate::ops::testing::assert_close(&output.as_vec(), &expected, 1e-6, "tensors");
        let one: Tensor<Rank3<2, 6, 6>, f32, Cpu> = dev.tensor_from_vec(input(), Default::default());
        let error = session.try_forward(one).unwrap_err().to_string();
        assert_eq!(error, "the plan is for batches of 2 examples, but 1 were given");
        let error = session.run(&input(), &mut [0.0; 6]).unwrap_err().to_string();
        assert_eq!(error, "the plan's input has 144 elements, but 72 were given");
    }
}
