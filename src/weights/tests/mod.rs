//! The guarantees of saving and loading.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dfdx::{dtypes::Dtype, nn::modules, prelude::*};
use safetensors::{SafeTensors, serialize, tensor::TensorView};
use tempfile::TempDir;

use super::*;
use crate::ops::Backend;
use crate::parameters::{OfDfdx, Parameters};
use crate::{Error, Result};

mod damage;
mod files;
mod kill;
mod strict;

type Small = (Linear<3, 4>, ReLU, Linear<4, 2>);
type Built<E> = OfDfdx<<Small as BuildOnDevice<Cpu, E>>::Built>;

fn directory_and_path() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("network.safetensors");
    (directory, path)
}

/// Saves a module that isn't a network; most tests use this.
fn save<M: Parameters<E, Cpu>, E: Number>(module: &M, path: impl AsRef<Path>) -> Result<()>
where
    Cpu: Backend<E>,
{
    save_part(module, path)
}

fn load<M: Parameters<E, Cpu>, E: Number>(module: &mut M, path: impl AsRef<Path>) -> Result<Loaded>
where
    Cpu: Backend<E>,
{
    open(path)?.load(module)
}

fn small(seed: u64) -> Built<f32> {
    OfDfdx::new(Cpu::seed_from_u64(seed).build_module::<Small, f32>())
}

fn bits(model: &Built<f32>) -> Vec<u32> {
    let tensors = [model.0.weight.as_vec(), model.0.bias.as_vec(), model.2.weight.as_vec(), model.2.bias.as_vec()];
    tensors.concat().into_iter().map(f32::to_bits).collect()
}

fn problems<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result.unwrap_err() {
        Error::Weights { problems, .. } => problems,
        other => panic!("expected misfits, found: {other}"),
    }
}

fn file(tensors: &[(&str, safetensors::Dtype, &[usize], &[u8])]) -> Vec<u8> {
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| (name.to_string(), TensorView::new(*dtype, shape.to_vec(), bytes).unwrap()));
    serialize(views, None).unwrap()
}

/// A layer whose fields cover all forms of a path.
#[derive(Clone, Debug)]
struct Nested<E: Dtype, D: Device<E>> {
    nameless: Tensor<Rank1<2>, E, D>,
    running_mean: Tensor<Rank1<3>, E, D>,
    parts: Vec<Tensor<Rank2<2, 3>, E, D>>,
}

impl<E: Dtype, D: Device<E>> TensorCollection<E, D> for Nested<E, D> {
    type To<E2: Dtype, D2: Device<E2>> = Nested<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> std::result::Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("", |s| &s.nameless, |s| &mut s.nameless),
                Self::tensor(
                    "running_mean",
                    |s| &s.running_mean,
                    |s| &mut s.running_mean,
                    TensorOptions::detached(|t| t.try_fill_with_zeros()),
                ),
                vec![Self::module("parts.0", |s| &s.parts[0], |s| &mut s.parts[0])],
            ),
            |(nameless, running_mean, parts)| Nested { nameless, running_mean, parts },
        )
    }
}

fn nested(dev: &Cpu) -> (OfDfdx<Nested<f32, Cpu>>, OfDfdx<Nested<f32, Cpu>>) {
    let one = || {
        OfDfdx::new(Nested {
            nameless: dev.sample_normal(),
            running_mean: dev.sample_normal(),
            parts: vec![dev.sample_normal()],
        })
    };
    (one(), one())
}

#[test]
fn what_was_saved_is_loaded_bit_by_bit() {
    let (_directory, path) = directory_and_path();
    let mut saved = small(1);
    saved.0.bias.copy_from(&[f32::NAN, f32::NEG_INFINITY, -0.0, f32::MIN_POSITIVE / 4.0]);
    let mut loaded = small(2);
    assert_ne!(bits(&loaded), bits(&saved));
    save(&saved, &path).unwrap();
    load(&mut loaded, &path).unwrap();
    assert_eq!(bits(&loaded), bits(&saved));
}

#[test]
fn f64_is_kept_as_f64() {
    let (_directory, path) = directory_and_path();
    let dev = Cpu::default();
    let saved: Built<f64> = OfDfdx::new(dev.build_module::<Small, f64>());
    let mut loaded: Built<f64> = OfDfdx::new(dev.build_module::<Small, f64>());
    save(&saved, &path).unwrap();
    load(&mut loaded, &path).unwrap();
    assert_eq!(loaded.0.weight.array(), saved.0.weight.array());
}

#[test]
fn the_same_weights_make_the_same_file() {
    let (_directory, path) = directory_and_path();
    save(&small(1), &path).unwrap();
    let first = fs::read(&path).unwrap();
    save(&small(1), &path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), first);
}

#[test]
fn names_are_clean_paths_and_statistics_are_among_them() {
    let (_directory, path) = directory_and_path();
    save(&nested(&Cpu::default()), &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut names = file.names();
    names.sort_unstable();
    assert_eq!(names, ["0", "0.parts.0", "0.running_mean", "1", "1.parts.0", "1.running_mean"]);
    assert_eq!(file.tensor("0.parts.0").unwrap().shape(), [2, 3]);
}

#[test]
fn statistics_and_numbers_outside_of_tensors_come_back() {
    let (_directory, path) = directory_and_path();
    let dev = Cpu::default();
    let build = || OfDfdx::new(dev.build_module::<builders::BatchNorm2D<3>, f32>());
    let mut saved: OfDfdx<modules::BatchNorm2D<3, f32, Cpu>> = build();
    saved.running_mean.copy_from(&[1.0, 2.0, 3.0]);
    saved.epsilon = 0.125;
    let mut loaded = build();
    save(&saved, &path).unwrap();
    load(&mut loaded, &path).unwrap();
    assert_eq!(loaded.running_mean.array(), [1.0, 2.0, 3.0]);
    assert_eq!(loaded.epsilon, 0.125);
}

#[test]
fn permuted_tensors_are_saved_and_loaded_in_the_order_of_their_elements() {
    let (_directory, path) = directory_and_path();
    let dev = Cpu::default();
    let rows: Tensor<Rank2<2, 3>, f32, _> = dev.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let columns: Tensor<Rank2<3, 2>, f32, _> = rows.permute();
    save(&columns, &path).unwrap();
    let mut plain: Tensor<Rank2<3, 2>, f32, _> = dev.zeros();
    load(&mut plain, &path).unwrap();
    assert_eq!(plain.array(), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);

    let mut permuted: Tensor<Rank2<3, 2>, f32, _> = dev.zeros::<Rank2<2, 3>>().permute();
    load(&mut permuted, &path).unwrap();
    assert_eq!(permuted.array(), plain.array());
    let mut broadcast: Tensor<Rank2<3, 2>, f32, _> = dev.zeros::<Rank0>().broadcast();
    load(&mut broadcast, &path).unwrap();
    assert_eq!(broadcast.array(), plain.array());
}

#[test]
fn an_optimizer_goes_on_after_loading() {
    let (_directory, path) = directory_and_path();
    let dev = Cpu::default();
    let mut model = small(1);
    save(&model, &path).unwrap();
    let mut optimizer = dfdx::optim::Sgd::new(&model, Default::default());
    let gradients = model.alloc_grads();
    let images: Tensor<Rank2<5, 3>, f32, _> = dev.sample_normal();
    let gradients = model.forward_mut(images.traced(gradients)).square().mean().backward();
    load(&mut model, &path).unwrap();
    optimizer.update(&mut model, &gradients).expect("the gradients are those of the loaded tensors");
    assert_ne!(bits(&model), bits(&small(1)));
}

#[test]
fn a_clone_does_not_change_with_the_network_it_is_of() {
    let (_directory, path) = directory_and_path();
    save(&small(1), &path).unwrap();
    let mut model = small(2);
    let clone = model.clone();
    load(&mut model, &path).unwrap();
    assert_eq!(bits(&clone), bits(&small(2)));
}

#[test]
fn every_misfit_is_named_and_nothing_changes() {
    let (_directory, path) = directory_and_path();
    let double = safetensors::Dtype::F64;
    let single = safetensors::Dtype::F32;
    let bytes = file(&[
        ("0.weight", single, &[4, 3], &[0; 48]),
        ("0.bias", single, &[2, 2], &[0; 16]),
        ("2.weight", double, &[2, 4], &[0; 64]),
        ("3.weight", single, &[1], &[0; 4]),
        ("3.\nbias", single, &[1], &[0; 4]),
    ]);
    fs::write(&path, bytes).unwrap();

    let mut model = small(1);
    assert_eq!(
        problems(load(&mut model, &path)),
        [
            "`0.bias` is F32 [4] in the network, but F32 [2, 2] in the file",
            "`2.weight` is F32 [2, 4] in the network, but F64 [2, 4] in the file; `.convert()` rounds its elements",
            "`2.bias`, F32 [2], is missing in the file",
            "`3.\\nbias`, F32 [1], is in the file, but not in the network",
            "`3.weight`, F32 [1], is in the file, but not in the network",
        ]
    );
    assert_eq!(bits(&model), bits(&small(1)));
}

#[test]
fn two_tensors_of_one_name_are_refused() {
    #[derive(Clone, Debug)]
    struct Twice<E: Dtype, D: Device<E>>(Tensor<Rank1<1>, E, D>, Tensor<Rank1<1>, E, D>);
    impl<E: Dtype, D: Device<E>> TensorCollection<E, D> for Twice<E, D> {
        type To<E2: Dtype, D2: Device<E2>> = Twice<E2, D2>;

        fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
            visitor: &mut V,
        ) -> std::result::Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
            visitor.visit_fields(
                (Self::module("same", |s| &s.0, |s| &mut s.0), Self::module("same", |s| &s.1, |s| &mut s.1)),
                |(first, second)| Twice(first, second),
            )
        }
    }
    let (directory, path) = directory_and_path();
    let dev = Cpu::default();
    let mut model: OfDfdx<Twice<f32, Cpu>> = OfDfdx::new(Twice(dev.zeros(), dev.zeros()));
    let error = save(&model, &path).unwrap_err();
    assert_eq!(error.to_string(), "two tensors of the network have the name `same`; rename a layer");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);

    fs::write(&path, file(&[("same", safetensors::Dtype::F32, &[1], &[0; 4])])).unwrap();
    assert_eq!(problems(load(&mut model, &path)), ["two tensors of the network have the name `same`; rename a layer"]);
}

/// Temporary files are readable by their owner alone, and renaming keeps their mode.
#[cfg(unix)]
#[test]
fn others_may_read_the_file_as_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, path) = directory_and_path();
    let usual = directory.path().join("usual");
    fs::write(&usual, "").unwrap();
    save(&small(1), &path).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&usual));
}

#[test]
fn a_file_that_cannot_be_written_leaves_the_old_one_and_no_litter() {
    let (directory, path) = directory_and_path();
    // The error names a path that the caller knows, not the temporary file.
    let problem = |path: &Path| match save(&small(1), path) {
        Err(Error::Io { path: named, source }) => (named, source.to_string()),
        other => panic!("{other:?}"),
    };
    let absent = directory.path().join("absent");
    let expected = "expected a directory to save into, but there is none; create it first";
    assert_eq!(problem(&absent.join("x.npz")), (absent, expected.into()));
    fs::create_dir(&path).unwrap();
    let (named, said) = problem(&path);
    assert!(named == path && !said.contains(".tmp"), "{said}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    fs::write(directory.path().join("file"), "").unwrap();
    assert_eq!(problem(&directory.path().join("file/x.npz")).1, expected);
    assert!(matches!(load(&mut small(1), directory.path().join("absent")), Err(Error::Io { .. })));
}
