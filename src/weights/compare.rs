//! Compares the tensors of a file to those of a network.

use std::collections::{BTreeSet, HashMap};

use super::{
    Checkpoint, Loaded, Number, NumberType,
    numbers::{Stored, scalar_to_bytes},
    read::View,
};
use dfdx::tensor::Storage;

use crate::Result;
use crate::parameters::{ParameterTensor, Scalar, Visitor};

/// The number of batches that PyTorch's batch normalization has seen, stored since 0.4.1.
const COUNT: &str = "num_batches_tracked";

pub fn is_count(name: &str) -> bool {
    name.rsplit('.').next() == Some(COUNT)
}

/// Finds every mismatch between a file and a network.
pub struct Comparison<'a> {
    pub checkpoint: &'a Checkpoint,
    /// The tensors of the file, under their new names.
    tensors: HashMap<String, &'a View>,
    has_counts: bool,
    seen: BTreeSet<String>,
    /// For each tensor of the network, in the order in which they are visited: the tensor that is loaded into it.
    pub plan: Vec<Option<(String, &'a View)>>,
    /// One line for each mismatch.
    pub problems: Vec<String>,
    /// The report that loading returns.
    pub loaded: Loaded,
    /// The names of tensors whose shapes differ.
    pub misshapen: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub fn new(checkpoint: &'a Checkpoint) -> Self {
        let (mut tensors, mut origins) = (HashMap::new(), HashMap::<String, &str>::new());
        let (mut problems, mut loaded) = (Vec::new(), Loaded::default());
        for (origin, view) in &checkpoint.tensors {
            let name = checkpoint.options.renamed(origin);
            if checkpoint.options.ignores(origin) || checkpoint.options.ignores(&name) {
                loaded.ignored_in_file.push(name);
                continue;
            }
            if let Some(other) = origins.insert(name.clone(), origin) {
                problems.push(format!(
                    "`{}` and `{}` of the file are both renamed to `{}`",
                    other.escape_debug(),
                    origin.escape_debug(),
                    name.escape_debug()
                ));
            }
            tensors.insert(name, view);
        }
        let has_counts = tensors.keys().any(|name| is_count(name));
        Comparison {
            checkpoint,
            tensors,
            has_counts,
            seen: BTreeSet::new(),
            plan: Vec::new(),
            problems,
            loaded,
            misshapen: Vec::new(),
        }
    }

    /// Compares one tensor of the network to the one in the file.
    fn compare(&mut self, of_network: &str, number_type: &NumberType, shape: &[usize], is_scalar: bool) {
        let name = of_network.to_owned();
        let found = self.find(&name, number_type, shape, is_scalar);
        self.plan.push(found.map(|view| (name.clone(), view)));
        self.seen.insert(name);
    }

    fn find(&mut self, name: &str, number_type: &NumberType, shape: &[usize], is_scalar: bool) -> Option<&'a View> {
        if self.checkpoint.options.ignores(name) {
            self.loaded.ignored_in_network.push(name.to_owned());
            return None;
        }
        if self.seen.contains(name) {
            self.problems.push(format!("two tensors of the network have the name `{name}`; rename a layer"));
            return None;
        }
        let Some(view) = self.tensors.get(name) else {
            self.loaded.missing.push(name.to_owned());
            // PyTorch stores the number of batches since 0.4.1; a file without any such entry comes from an older
            // version.
            let is_optional = is_count(name) && !self.has_counts;
            if !is_optional && !self.checkpoint.options.partial {
                self.problems.push(format!("`{name}`, {number_type} {shape:?}, is missing in the file"));
            }
            return None;
        };
        let both = format!(
            "`{name}` is {number_type} {shape:?} in the network, but {} {:?} in the file",
            view.number_type, view.shape
        );
        let advice = match &view.number_type {
            _ if view.shape != shape => Some(""),
            NumberType::Other(_) => Some(", which can't be loaded"),
            // Whether the type of a scalar fits depends on its value.
            NumberType::F64 if !is_scalar && *number_type != NumberType::F64 && !self.checkpoint.options.convert => {
                Some("; `.convert()` rounds its elements")
            }
            _ => None,
        };
        if let Some(advice) = advice {
            if view.shape != shape {
                self.misshapen.push(name.to_owned());
            }
            self.problems.push(both + advice);
            return None;
        }
        self.loaded.loaded.push(name.to_owned());
        Some(view)
    }

    /// Adds the tensors that only the file has.
    pub fn finish(&mut self) {
        for (origin, view) in &self.checkpoint.tensors {
            let name = self.checkpoint.options.renamed(origin);
            let ignores = |name: &str| self.checkpoint.options.ignores(name);
            if self.seen.contains(&name) || ignores(origin) || ignores(&name) {
                continue;
            }
            self.loaded.unexpected.push(name.clone());
            if is_count(&name) || self.checkpoint.options.partial {
                continue;
            }
            let renamed = if name == *origin { String::new() } else { format!(" (`{}`)", origin.escape_debug()) };
            self.problems.push(format!(
                "`{}`, {} {:?}, is in the file{renamed}, but not in the network",
                name.escape_debug(),
                view.number_type,
                view.shape
            ));
        }
        self.find_strangers();
    }

    /// The names of the network's tensors that are to be loaded.
    pub fn wanted(&self) -> impl Iterator<Item = &str> {
        let ignores = |name: &str| self.checkpoint.options.ignores(name);
        self.seen.iter().map(String::as_str).filter(move |name| !ignores(name))
    }

    /// The names of the file, as they were renamed.
    pub fn found(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// It is an error if nothing is loaded, even where tensors may be missing.
    fn find_strangers(&mut self) {
        if let Some(nothing) = self.checkpoint.nothing() {
            self.problems = vec![nothing];
            return;
        }
        let Loaded { loaded, missing, unexpected, .. } = &self.loaded;
        if let ([], [first, ..]) = (loaded.as_slice(), missing.as_slice())
            && self.problems.is_empty()
        {
            let has = match unexpected.first() {
                Some(other) => format!("`{}` and others", other.escape_debug()),
                None => "no tensors".into(),
            };
            self.problems.push(format!(
                "no name in the file is one of the network's: the file has {has}, the network `{first}`"
            ));
        }
    }
}

impl<E: Number, D: Storage<E>> Visitor<E, D> for Comparison<'_> {
    fn tensor(&mut self, path: &str, tensor: &dyn ParameterTensor<E, D>, _: bool) -> Result<()> {
        self.compare(path, &<E as Stored>::TYPE, &tensor.sizes(), false);
        Ok(())
    }

    fn scalar(&mut self, path: &str, scalar: &dyn Scalar) -> Result<()> {
        self.compare(path, &scalar_to_bytes(scalar).0, &[], true);
        Ok(())
    }
}
