//! Comparison of this library's walk with dfdx's, and the guarantees of a walk.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dfdx::nn::tensor_collection::{
    RecursiveWalker, ScalarOptions, TensorCollection, TensorOptions, TensorVisitor, ViewTensorName, ViewTensorRef,
};
use num_traits::NumCast;

use super::{ParameterTensor, Parameters, Scalar, Visitor, visit};
use crate::ops::parameter::ParameterKernel;
use crate::prelude::*;

network! {
    struct Block<const C: usize> {
        Residual<
            [conv: Conv2d<.., C, 3, padding = 1, bias = false>, bn: BatchNorm2d, ReLU],
            shortcut = [down: Conv2d<.., C, 1>],
        >,
    }
}
network! {
    struct Net: Input<3, 6, 6> {
        Frozen<[stem: Conv2d<.., 4, 1>, BatchNorm2d<affine = false>]>,
        blocks: [Block<4>] * 2,
        Block<5>,
        list: [ConvTranspose2d<.., 2, 2>, Dropout<0.5>],
        Flatten,
        fc: Linear<.., 3>,
    }
}
type Typed = network!(Input<4>, Linear<.., 3>, [BatchNorm1d, ReLU] * 2, Residual<[Linear<.., 3>]>, Softmax);

/// The path of each tensor, its sizes, whether it is trainable, and its values; the path and the value of each scalar.
type Seen = Vec<(String, Vec<usize>, bool, Vec<f32>)>;

struct Own(Seen);

impl<D: Backend<f32>> Visitor<f32, D> for Own {
    fn tensor(&mut self, path: &str, tensor: &dyn ParameterTensor<f32, D>, trains: bool) -> Result<()> {
        self.0.push((path.to_owned(), tensor.sizes(), trains, D::values(&tensor.share())));
        Ok(())
    }

    fn scalar(&mut self, path: &str, scalar: &dyn Scalar) -> Result<()> {
        self.0.push((path.to_owned(), vec![], false, vec![scalar.to_f32().unwrap()]));
        Ok(())
    }
}

struct Theirs(Seen);

impl TensorVisitor<f32, Cpu> for Theirs {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = Error;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: dfdx::shapes::Shape>(
        &mut self,
        options: TensorOptions<S, f32, Cpu>,
        (tensor, name): (&Tensor<S, f32, Cpu>, String),
    ) -> Result<Option<Tensor<S, f32, Cpu>>> {
        let sizes = tensor.shape().concrete().into_iter().collect();
        self.0.push((crate::path::parameter(&name), sizes, options.do_gradient_update, tensor.as_vec()));
        Ok(None)
    }

    fn visit_scalar<N: NumCast>(&mut self, _: ScalarOptions<N>, (number, name): (&N, String)) -> Result<Option<N>> {
        self.0.push((crate::path::parameter(&name), vec![], false, vec![number.to_f32().unwrap()]));
        Ok(None)
    }
}

fn seen<M: Parameters<f32, Cpu> + TensorCollection<f32, Cpu>>(module: &M) -> (Seen, Seen) {
    let (mut own, mut theirs) = (Own(Vec::new()), Theirs(Vec::new()));
    visit(module, &mut own).unwrap();
    M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut theirs }).unwrap();
    (own.0, theirs.0)
}

/// Both walks see the same tensors, in the same order, and a network is built with the same values by either.
#[test]
fn both_walks_are_the_same() {
    let (own, theirs) = seen(&Net::build(&Cpu::seed_from_u64(1)).unwrap());
    assert_eq!(own, theirs);
    // The stem, two blocks without a shortcut, one with a shortcut, and two layers.
    assert_eq!(own.len(), (2 + 3) + 2 * (1 + 5) + (1 + 5 + 2) + 2 + 2);
    assert!(own.iter().any(|(path, ..)| path == "blocks.1.bn.running_mean"), "{own:?}");
    assert_eq!(own, seen(&Cpu::seed_from_u64(1).build_module::<Net, f32>()).0);

    let (own, theirs) = seen(&Typed::build(&Cpu::seed_from_u64(2)).unwrap());
    assert_eq!(own, theirs);
    assert_eq!(own, seen(&Cpu::seed_from_u64(2).build_module::<Typed, f32>()).0);
}

/// A visitor that has failed sees nothing more, and its error is returned.
#[test]
fn the_first_error_ends_a_walk() {
    struct Fails(usize);
    impl Visitor<f32, Cpu> for Fails {
        fn tensor(&mut self, path: &str, _: &dyn ParameterTensor<f32, Cpu>, _: bool) -> Result<()> {
            self.0 += 1;
            if self.0 < 3 { Ok(()) } else { Err(Error::Argument(path.to_owned())) }
        }
    }
    let (mut fails, net) = (Fails(0), Typed::build(&Cpu::default()).unwrap());
    assert_eq!(visit(&net, &mut fails).unwrap_err().to_string(), "1.0.0.weight");
    assert_eq!(fails.0, 3);
}

/// A tensor of any rank is shared and put back, with its identity; a tensor of another shape is refused.
#[test]
fn parameters_keep_their_shape() {
    fn is_kept<S: dfdx::shapes::ConstShape>(device: &Cpu)
    where
        Tensor<S, f32, Cpu>: ParameterTensor<f32, Cpu> + Parameters<f32, Cpu>,
    {
        let mut tensor: Tensor<S, f32, Cpu> = device.sample_normal();
        let (before, shared) = (tensor.as_vec(), tensor.share());
        let sizes: Vec<usize> = S::default().concrete().into_iter().collect();
        assert_eq!((tensor.sizes(), shared.sizes()), (sizes.clone(), sizes));
        let mut gradients = Gradients::leaky();
        Cpu::try_zero_gradient(&shared, &mut gradients).unwrap();
        assert!(Cpu::try_has_gradient(&tensor.share(), &gradients).unwrap(), "it is the same tensor");
        tensor.put(Cpu::try_placeholder(&shared).unwrap());
        assert!(tensor.as_vec().iter().all(|&value| value == 0.0));
        tensor.put(shared);
        assert_eq!(tensor.as_vec(), before);
        let other: Tensor<Rank3<7, 1, 1>, f32, Cpu> = device.zeros();
        assert!(catch_unwind(AssertUnwindSafe(|| tensor.put(other.share()))).is_err());
        assert_eq!(tensor.as_vec(), before);
    }
    let device = Cpu::seed_from_u64(3);
    is_kept::<Rank0>(&device);
    is_kept::<Rank1<3>>(&device);
    is_kept::<Rank2<3, 2>>(&device);
    is_kept::<Rank3<2, 3, 2>>(&device);
    is_kept::<Rank4<2, 3, 1, 2>>(&device);
    is_kept::<Rank5<2, 1, 3, 1, 2>>(&device);
    is_kept::<dfdx::shapes::Rank6<2, 1, 2, 1, 2, 2>>(&device);
}

/// A module may hold a single value, as any other tensor.
#[test]
fn a_parameter_may_be_a_single_value() {
    #[derive(Clone, Debug, crate::layer::Module)]
    struct Temperature<E: dfdx::shapes::Dtype, D: dfdx::tensor_ops::Device<E>> {
        #[parameter(init = |scale| scale.try_fill_with_ones())]
        scale: Tensor<(), E, D>,
    }
    let module = Temperature::<f32, Cpu>::try_new(&Cpu::default()).unwrap();
    let (own, theirs) = seen(&module);
    assert_eq!(own, [("scale".to_owned(), vec![], true, vec![module.scale.array()])]);
    assert_eq!((own, module.scale.array()), (theirs, 1.0));
}
