//! Compiled, the networks compute what they compute as they are: in double precision all of them, where only the order of the
//! sums differs, and in single precision those that go deepest, where Winograd's convolutions round a little more.

use shapewright::ops::Element;
use shapewright::shape::Shape;

use super::*;

/// Compares a plan's output with the network's, up to a share of the largest number: of the first image, as kernels are slow
/// where they aren't optimized.
pub fn check<N, E>(network: &N, images: Flat<E, Cpu, NoneTape>, expected: &[E], tolerance: f64)
where
    N: Network<Dtype = E, Device = Cpu>,
    E: Element,
    Cpu: Device<E>,
{
    let plan = network.compile::<1>().unwrap();
    let (image, expected) = (&images.as_vec()[..N::Input::DIMS.numel()], &expected[..expected.len() / BATCH]);
    let mut output = vec![E::nan(); expected.len()];
    plan.session().unwrap().run(image, &mut output).unwrap();
    let number = |number: &E| number.to_f64().unwrap();
    let largest = expected.iter().map(number).fold(0.0, |largest: f64, number| largest.max(number.abs()));
    let differences = output.iter().zip(expected).map(|(a, b)| (number(a) - number(b)).abs() / largest);
    let error = differences.fold(0.0, |largest, error| if error <= largest { largest } else { error });
    assert!(error <= tolerance, "the plan differs by {error:e} of the largest");
}

/// In single precision, with random weights.
fn single<N: Network<Dtype = f32, Device = Cpu>>(network: &N) {
    let length = N::Input::DIMS.numel();
    let numbers = formula::numbers("images", &[BATCH * length]).iter().map(|number| 4.0 * *number as f32).collect();
    let images = Cpu::default().tensor_from_vec(numbers, (BATCH, length));
    let expected = eval(network, images.clone()).unwrap().as_vec();
    check::<N, f32>(network, images, &expected, 1e-5);
}

macro_rules! single {
    ($($case:ident [$($size:tt)*] ($($network:tt)*);)*) => {$(
        #[test]
        fn $case() {
            network! { struct Net: Input<$($size)*> { _: $($network)* } }
            with_room(|| single(&Net::build(&Cpu::seed_from_u64(1)).unwrap()));
        }
    )*};
}

single! {
    resnet50_in_single_precision [3, 64, 64] (ResNet50);
    densenet121_in_single_precision [3, 64, 64] (DenseNet121);
    mobilenet_v2_in_single_precision [3, 64, 64] (MobileNetV2);
    vgg11_bn_features_in_single_precision [3, 64, 64] (VGG11BnFeatures);
    unet_in_single_precision [3, 64, 64] (UNet);
}
