//! A plan computes what the network computes, by every algorithm and with every instruction set.

use dfdx::prelude::*;

use super::*;
use crate::network;
use crate::network::Network;
use crate::ops::testing::{assert_close, sample};
use crate::shape::Shape;

/// Compares a plan of each kind with the network itself, on random numbers.
fn check<N, const BATCH: usize, E>(network: &N, tolerance: f64)
where
    N: Network<Device = Cpu, Dtype = E>,
    E: Element,
    Cpu: dfdx::tensor_ops::Device<E>,
{
    let numbers: Vec<E> = sample(BATCH * N::Input::DIMS.numel(), 7).into_iter().map(E::of).collect();
    let input: Activation<E, Cpu, NoneTape> = Cpu::default().tensor_from_vec(numbers, (BATCH, N::Input::DIMS.numel()));
    let expected = network.eval(input.clone()).unwrap().as_vec();
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
                // Twice: nothing of the first run is left in the second.
                for _ in 0..2 {
                    session.run(&input.as_vec(), &mut output).unwrap();
                }
                assert_close(&output, &expected, tolerance, &format!("{set:?}, {wanted:?}, {threads} threads"));
            }
        }
    }
}

/// Builds a network in both types of numbers and compares.
macro_rules! compare {
    ($batch:literal of $network:ty) => {{
        let device = Cpu::seed_from_u64(3);
        let network = device.build_module::<$network, f64>();
        check::<_, $batch, f64>(&network, 1e-11);
        let network = device.build_module::<$network, f32>();
        check::<_, $batch, f32>(&network, 2e-5);
    }};
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
    compare!(4 of network!(Input<6, 5>, Linear<.., 7>, ReLU, Linear<.., 3>, Softmax<dim = 2>));
    compare!(2 of network!(Input<6, 4, 4>, Conv2d<.., 12, 3, padding = 1>, AnchorRows<3>, Columns<1, 2>));
    compare!(2 of network!(Input<6, 4, 4>, Split<[Conv2d<.., 4, 3>], [Flatten, Linear<.., 3>], [ReLU]>));
    compare!(2 of network!(Input<3, 4, 4>, Sum<[Conv2d<.., 3, 1>], [ReLU], [Conv2d<.., 3, 3, padding = 1>]>, ReLU));
    compare!(1 of network!(Input<3, 4, 4>, Flatten));
}
