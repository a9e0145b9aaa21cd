//! Strict loading, and the options that relax it.

use dfdx::nn::tensor_collection::ScalarOptions;
use num_traits::NumCast;

use super::*;
use crate::network::Network;

mod networks {
    use crate::prelude::*;

    network! {
        pub struct Plain: Input<3> { first: Linear<.., 4>, ReLU, out: Linear<.., 2> }
    }
    network! {
        pub struct Wrapped: Input<3> { model: [first: Linear<.., 4>, ReLU, out: Linear<.., 2>] }
    }
    network! {
        pub struct Lite: Input<3> { bn0: [first: Linear<.., 4>], ReLU, fc: Linear<.., 2> }
    }
    network! {
        pub struct Normalized: Input<3, 4, 4> { conv: Conv2d<.., 2, 1>, bn: BatchNorm2d, Flatten, fc: Linear<.., 2> }
    }
    network! {
        pub struct Unfrozen: Input<3, 4, 4> { old: [conv: Conv2d<.., 2, 1>, bn: BatchNorm2d], Flatten, fc: Linear<.., 2> }
    }
    pub type Typed = network!(Input<3>, Linear<.., 2>);
}
use networks::{Lite, Normalized, Plain, Unfrozen, Wrapped};

fn numbers<N: Network<Dtype = f32, Device = Cpu>>(network: &N) -> Vec<u32> {
    let (_directory, path) = directory_and_path();
    super::super::save(network, &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors = file.tensors();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let chunks = tensors.iter().flat_map(|(_, view)| view.data().as_chunks().0.to_vec());
    chunks.map(u32::from_le_bytes).collect()
}

#[test]
fn networks_go_through_both_formats_with_their_name() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!((Plain::<f32, Cpu>::NAME, networks::Typed::NAME), ("Plain", "Network"));
    for name in ["net.safetensors", "net.npz", "NET.NPZ"] {
        let path = directory.path().join(name);
        let saved = Plain::build(&Cpu::seed_from_u64(1)).unwrap();
        let mut loaded = Plain::build(&Cpu::seed_from_u64(2)).unwrap();
        super::super::save(&saved, &path).unwrap();
        let report = super::super::load(&mut loaded, &path).unwrap();
        assert_eq!(report.loaded.len(), 4);
        assert_eq!(numbers(&loaded), numbers(&saved));
    }
    let checkpoint = open(directory.path().join("net.safetensors")).unwrap();
    let metadata: Vec<_> = checkpoint.metadata().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let version = env!("CARGO_PKG_VERSION");
    let expected =
        [("format", "pt"), ("input", "[3]"), ("network", "Plain"), ("output", "[2]"), ("shapewright", version)];
    assert_eq!(metadata, expected);
}

#[test]
fn a_rule_between_the_names_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).with_extension("safetensors");
    let device = Cpu::seed_from_u64(1);
    super::super::save(&Plain::build(&device).unwrap(), path("plain")).unwrap();
    super::super::save(&Wrapped::build(&device).unwrap(), path("wrapped")).unwrap();
    let lite: Vec<_> = ["_bn0._first.weight", "_bn0._first.bias", "_fc.weight", "_fc.bias"].into();
    let sizes: [&[usize]; 4] = [&[4, 3], &[4], &[2, 4], &[2]];
    let zeros = [0; 48];
    let tensors: Vec<_> = lite
        .iter()
        .zip(sizes)
        .map(|(name, shape)| (*name, safetensors::Dtype::F32, shape, &zeros[..4 * shape.iter().product::<usize>()]))
        .collect();
    fs::write(path("lite"), file(&tensors)).unwrap();

    let help = |error: Error| match error {
        Error::Weights { help, problems, .. } => (help.unwrap(), problems.len()),
        other => panic!("{other}"),
    };
    let mut wrapped = Wrapped::build(&device).unwrap();
    let before = numbers(&wrapped);
    let (text, count) = help(super::super::load(&mut wrapped, path("plain")).unwrap_err());
    assert!(text.contains("`.rename(keys::prepend(\"model.\"))` makes 4 of 4 names agree"), "{text}");
    assert_eq!((count, numbers(&wrapped)), (8, before));
    open(path("plain")).unwrap().rename(keys::prepend("model.")).load(&mut wrapped).unwrap();

    let mut plain = Plain::build(&device).unwrap();
    let error = super::super::load(&mut plain, path("wrapped")).unwrap_err();
    let first = error.to_string().lines().next().unwrap().to_owned();
    assert!(first.ends_with("do not fit; these are of the network `Wrapped`, [3] to [2], not of `Plain`, [3] to [2]:"));
    assert!(help(error).0.contains("`.rename(keys::prefix(\"model.\"))` makes 4 of 4"));

    let mut lite = Lite::build(&device).unwrap();
    assert!(help(super::super::load(&mut lite, path("lite")).unwrap_err()).0.contains("keys::efficientnet_lite"));
    open(path("lite")).unwrap().rename(keys::efficientnet_lite).load(&mut lite).unwrap();
    assert!(numbers(&lite).iter().all(|bits| *bits == 0));
}

/// Protects from a hint that is wrong about its effect: it counts the tensors that are loaded with it, including batch
/// normalization's counts, and doesn't count names that agree now and wouldn't any more.
#[test]
fn a_hint_counts_what_following_it_loads() {
    let (directory, path) = directory_and_path();
    let device = Cpu::seed_from_u64(1);
    let network = Normalized::build(&device).unwrap();
    super::super::save(&network, &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    let write = |name: &str, with_counts: bool| {
        let renamed = whole.tensors().into_iter().filter(|(name, _)| with_counts || !name.contains("num_batches"));
        let renamed = renamed.map(|(name, view)| (format!("module.{name}"), view));
        let path = directory.path().join(name);
        fs::write(&path, serialize(renamed, None).unwrap()).unwrap();
        path
    };
    for (path, count) in [(write("new", true), 9), (write("old", false), 8)] {
        let mut network = Normalized::build(&device).unwrap();
        for checkpoint in [open(&path).unwrap(), open(&path).unwrap().partial()] {
            let error = checkpoint.load(&mut network).unwrap_err().to_string();
            let expected = format!("`.rename(keys::prefix(\"module.\"))` makes {count} of {count} names agree");
            assert!(error.contains(&expected), "{error}");
        }
        let loaded = open(&path).unwrap().rename(keys::prefix("module.")).load(&mut network).unwrap();
        assert_eq!(loaded.loaded.len(), count);
    }
    // `fc` is in its place; a prefix for all names would break it.
    let error = super::super::load(&mut Unfrozen::build(&device).unwrap(), &path).unwrap_err().to_string();
    assert!(error.contains("`.rename(keys::prepend(\"old.\"))` makes 7 of 9 names agree"), "{error}");
}

#[test]
fn what_may_be_missing_or_ignored_is_reported() {
    let (_directory, path) = directory_and_path();
    let bytes = file(&[
        ("a.0.weight", safetensors::Dtype::F32, &[4, 3], &[0; 48]),
        ("a.2.weight", safetensors::Dtype::F32, &[9], &[0; 36]),
        ("b.3.bias", safetensors::Dtype::F32, &[1], &[0; 4]),
    ]);
    fs::write(&path, bytes).unwrap();
    let open = || open(&path).unwrap().rename(|name| name[2..].to_owned());

    let mut model = small(1);
    let misfit = "`2.weight` is F32 [2, 4] in the network, but F32 [9] in the file";
    assert_eq!(problems(open().partial().load(&mut model)), [misfit], "a wrong shape is no gap");
    assert_eq!(problems(open().load(&mut model)).len(), 4);
    assert_eq!(
        problems(open().load(&mut model))[3],
        "`3.bias`, F32 [1], is in the file (`b.3.bias`), but not in the network"
    );
    assert_eq!(bits(&model), bits(&small(1)));

    let report = open().partial().ignore("*.2.*").load(&mut model).unwrap();
    assert_eq!((report.loaded, report.ignored_in_network), (vec!["0.weight".to_owned()], vec![]), "the file's name");
    let report = open().partial().ignore("2.*").load(&mut model).unwrap();
    assert_eq!(
        report.to_string(),
        "loaded 1 tensor; the file lacks `0.bias`; the network lacks `3.bias`; ignored `2.weight`, `2.bias`"
    );
    assert_eq!(model.0.weight.as_vec(), [0.0; 12]);
    assert_eq!(bits(&model)[12..], bits(&small(1))[12..]);
    let strangers = open().rename(|name| format!("x.{name}")).partial().load(&mut model);
    assert_eq!(
        problems(strangers),
        ["no name in the file is one of the network's: the file has `x.0.weight` and others, the network `0.weight`"]
    );
    let clash = problems(open().rename(|_| "0.weight".into()).load(&mut model));
    assert_eq!(clash[..1], ["`a.0.weight` and `a.2.weight` of the file are both renamed to `0.weight`"]);
}

#[test]
fn many_misfits_are_all_told_and_the_first_are_printed() {
    let (_directory, path) = directory_and_path();
    let names: Vec<_> = (0..50).map(|index| format!("x{index:02}")).collect();
    let tensors: Vec<_> =
        names.iter().map(|name| (name.as_str(), safetensors::Dtype::F32, [0].as_slice(), [].as_slice())).collect();
    fs::write(&path, file(&tensors)).unwrap();
    let error = load(&mut small(1), &path).unwrap_err();
    assert!(error.to_string().ends_with("\nand 14 more"), "{error}");
    assert_eq!(problems::<()>(Err(error)).len(), 54);
}

/// Scalars, such as batch normalization's batch counts.
#[derive(Clone, Debug)]
struct Counting<E: Dtype, D: Device<E>> {
    weight: Tensor<Rank1<1>, E, D>,
    count: usize,
    share: f32,
}

impl<E: Dtype, D: Device<E>> TensorCollection<E, D> for Counting<E, D> {
    type To<E2: Dtype, D2: Device<E2>> = Counting<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> std::result::Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("weight", |s| &s.weight, |s| &mut s.weight),
                Self::scalar(
                    "num_batches_tracked",
                    |s| &s.count,
                    |s| &mut s.count,
                    ScalarOptions::from_default(<usize as NumCast>::from(0).unwrap()),
                ),
                Self::scalar("share", |s| &s.share, |s| &mut s.share, ScalarOptions::from_default(0.0)),
            ),
            |(weight, count, share)| Counting { weight, count, share },
        )
    }
}

#[test]
fn scalars_keep_their_value_and_counts_may_be_missing() {
    let directory = tempfile::tempdir().unwrap();
    let device = Cpu::default();
    let saved: OfDfdx<Counting<f32, Cpu>> =
        OfDfdx::new(Counting { weight: device.ones(), count: (1 << 53) + 1, share: 0.1 });
    let fresh = || OfDfdx::new(Counting { weight: device.zeros::<Rank1<1>>(), count: 5, share: 0.0 });
    for name in ["counting.safetensors", "counting.npz"] {
        let path = directory.path().join(name);
        save(&saved, &path).unwrap();
        let checkpoint = open(&path).unwrap();
        assert_eq!(checkpoint.tensor("num_batches_tracked").unwrap().number_type(), &NumberType::I64);
        let mut loaded = fresh();
        checkpoint.load(&mut loaded).unwrap();
        assert_eq!((loaded.count, loaded.share, loaded.weight.as_vec()), (saved.count, 0.1, vec![1.0]));
    }

    let path = directory.path().join("old.safetensors");
    let single = safetensors::Dtype::F32;
    let one = 1_f32.to_le_bytes();
    let with_count = |dtype, bytes: &[u8]| {
        fs::write(
            &path,
            file(&[
                ("weight", single, &[1], &one),
                ("share", single, &[], &one),
                ("num_batches_tracked", dtype, &[], bytes),
            ]),
        )
        .unwrap();
    };
    with_count(safetensors::Dtype::I16, &[7, 0]);
    let mut loaded = fresh();
    load(&mut loaded, &path).unwrap();
    assert_eq!(loaded.count, 7);
    for (bytes, expected) in [
        ((-1_f32).to_le_bytes(), "can't hold"),
        (0.5_f32.to_le_bytes(), "can't hold"),
        (f32::NAN.to_le_bytes(), "can't hold"),
    ] {
        with_count(single, &bytes);
        let found = problems(load(&mut loaded, &path));
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
        assert_eq!((loaded.count, loaded.share), (7, 1.0));
    }

    // PyTorch before 0.4.1 stored no batch counts.
    fs::write(&path, file(&[("weight", single, &[1], &one), ("share", single, &[], &one)])).unwrap();
    let report = load(&mut loaded, &path).unwrap();
    assert_eq!((loaded.count, report.missing), (7, vec!["num_batches_tracked".to_owned()]));
    // A network without batch counts takes the weights of one with them.
    with_count(safetensors::Dtype::I64, &[0; 8]);
    let mut tensor: Tensor<Rank1<1>, f32, Cpu> = device.zeros();
    let report = open(&path).unwrap().ignore("share").rename(keys::prefix("weight")).load(&mut tensor).unwrap();
    assert_eq!(report.unexpected, ["num_batches_tracked"]);
}

#[test]
fn numbers_that_do_not_fit_are_told_and_nothing_changes() {
    let (_directory, path) = directory_and_path();
    let (integers, doubles) = ([(1_i64 << 24) + 1, 3], [1e300, f64::NAN, 0.1, f64::INFINITY]);
    let bytes = file(&[
        ("0.weight", safetensors::Dtype::F32, &[4, 3], &[0; 48]),
        ("0.bias", safetensors::Dtype::F64, &[4], &doubles.map(f64::to_le_bytes).concat()),
        ("2.weight", safetensors::Dtype::BOOL, &[2, 4], &[0, 1, 0, 0, 1, 1, 1, 1]),
        ("2.bias", safetensors::Dtype::I64, &[2], &integers.map(i64::to_le_bytes).concat()),
    ]);
    fs::write(&path, bytes).unwrap();
    let mut model = small(1);
    let found = problems(load(&mut model, &path));
    assert!(found[0].ends_with("`.convert()` rounds its elements"), "{found:?}");
    assert_eq!(
        found[1..],
        ["`2.bias` has the I64 16777217 in the file, which the network's type can only round; `.convert()` does"]
    );
    assert_eq!(
        problems(open(&path).unwrap().convert().load(&mut model)),
        ["`0.bias` has the F64 1e300 in the file, which the network's type can't hold"]
    );
    assert_eq!(bits(&model), bits(&small(1)));
    open(&path).unwrap().convert().ignore("0.bias").load(&mut model).unwrap();
    assert_eq!(model.2.weight.as_vec(), [0., 1., 0., 0., 1., 1., 1., 1.]);
    assert_eq!(model.2.bias.as_vec(), [16_777_216.0, 3.0]);
}

#[test]
fn a_file_cut_off_after_opening_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["net.safetensors", "net.npz"] {
        let path = directory.path().join(name);
        save(&small(1), &path).unwrap();
        let checkpoint = open(&path).unwrap();
        fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(fs::metadata(&path).unwrap().len() / 2)
            .unwrap();
        let mut model = small(2);
        assert!(matches!(checkpoint.load(&mut model), Err(Error::File { .. })));
        assert_eq!(bits(&model), bits(&small(2)));
    }
}

#[test]
fn a_checkpoint_goes_across_threads() {
    fn goes_across<T: Send + Sync>() {}
    goes_across::<Checkpoint>();
}

#[test]
fn an_extension_that_is_not_known_is_refused() {
    let error = save(&small(1), "net.pth").unwrap_err().to_string();
    assert!(error.contains("`.safetensors` or `.npz`"), "{error}");
}
