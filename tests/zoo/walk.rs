//! Goes through all tensors of a network: what they are, and a network with numbers that follow from their names.

use std::collections::{BTreeMap, BTreeSet};

use dfdx::nn::tensor_collection::{
    RecursiveWalker, ScalarOptions, TensorCollection, TensorOptions, TensorVisitor, ViewTensorName,
};
use dfdx::shapes::Shape;
use dfdx::tensor::CpuError;
use shapewright::prelude::*;

use crate::formula::numbers;

/// Reads a gradient.
pub type Gradient = Box<dyn Fn(&Gradients<f64, Cpu>) -> Vec<f64>>;

/// What there is in a network.
#[derive(Default)]
pub struct Walk {
    /// Whether tensors are made, or only named.
    makes: bool,
    /// A line for each tensor: its name, its sizes, and whether it trains.
    pub lines: BTreeSet<String>,
    /// The gradients of those that train.
    pub gradients: BTreeMap<String, Gradient>,
}

impl Walk {
    /// All tensors of a network, none of which is made.
    pub fn names<N: TensorCollection<f64, Cpu, To<f64, Cpu> = N>>() -> BTreeSet<String> {
        let mut walk = Walk::default();
        assert!(walk.go::<N>().is_none());
        walk.lines
    }

    /// A network that holds the numbers of the formula.
    pub fn make<N: TensorCollection<f64, Cpu, To<f64, Cpu> = N>>() -> (N, Walk) {
        let mut walk = Walk { makes: true, ..Walk::default() };
        (walk.go().expect("all tensors were made"), walk)
    }

    fn go<N: TensorCollection<f64, Cpu, To<f64, Cpu> = N>>(&mut self) -> Option<N> {
        N::iter_tensors(&mut RecursiveWalker { m: String::new(), f: self }).unwrap()
    }

    fn see(&mut self, path: &str, sizes: &[usize], trains: bool) -> String {
        let segments: Vec<&str> = path.split('.').filter(|segment| !segment.is_empty()).collect();
        let name = segments.join(".");
        let line = format!("{name} {sizes:?} {}", if trains { "trains" } else { "rests" });
        assert!(self.lines.insert(line), "two tensors have the name {name}");
        name
    }
}

impl TensorVisitor<f64, Cpu> for Walk {
    type Viewer = ViewTensorName;
    type Err = CpuError;
    type E2 = f64;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f64, Cpu>,
        path: String,
    ) -> Result<Option<Tensor<S, f64, Cpu>>, CpuError> {
        let sizes: Vec<usize> = options.shape.concrete().into_iter().collect();
        let name = self.see(&path, &sizes, options.do_gradient_update);
        if !self.makes {
            return Ok(None);
        }
        let mut tensor = Cpu::default().try_zeros_like(&options.shape)?;
        tensor.copy_from(&numbers(&name, &sizes));
        if options.do_gradient_update {
            let parameter = tensor.clone();
            self.gradients.insert(name, Box::new(move |gradients| gradients.get(&parameter).as_vec()));
        }
        Ok(Some(tensor))
    }

    fn visit_scalar<N: num_traits::NumCast>(
        &mut self,
        options: ScalarOptions<N>,
        path: String,
    ) -> Result<Option<N>, CpuError> {
        self.see(&path, &[], false);
        Ok(Some(options.default))
    }
}
