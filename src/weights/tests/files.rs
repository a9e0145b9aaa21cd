//! Files that PyTorch and NumPy wrote, made by `tests/golden/checkpoints.py`.

use dfdx::tensor::Tensor;

use super::*;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/checkpoints").join(name)
}

/// `start / 8`, `(start + 1) / 8`, and so on.
fn eighths(start: usize, count: usize) -> Vec<f32> {
    (start..start + count).map(|number| number as f32 / 8.0).collect()
}

#[test]
fn every_form_of_a_state_dict_is_read() {
    let files = [
        ("zip.pth", Format::PyTorch),
        ("protocol4.pth", Format::PyTorch),
        ("shared.pth", Format::PyTorch),
        ("nested.pth", Format::PyTorch),
        ("legacy.pth", Format::LegacyPyTorch),
        ("shared_legacy.pth", Format::LegacyPyTorch),
        // Other tensors beside the state dict, or other keys for it.
        ("beside.pth", Format::PyTorch),
        ("beside_legacy.pth", Format::LegacyPyTorch),
        ("only_one.pth", Format::PyTorch),
        // Stored negated, with PyTorch's negative bit set.
        ("negated.pth", Format::PyTorch),
        ("negated_legacy.pth", Format::LegacyPyTorch),
        ("plain.npz", Format::Npz),
        ("fortran.npz", Format::Npz),
    ];
    for (name, format) in files {
        let mut model = small(1);
        let checkpoint = open(golden(name)).unwrap();
        assert_eq!(checkpoint.format(), format, "{name}");
        let report = checkpoint.rename(keys::prefix("module.")).load(&mut model).unwrap();
        assert_eq!(report.loaded, ["0.weight", "0.bias", "2.weight", "2.bias"], "{name}");
        assert_eq!(report.to_string(), "loaded 4 tensors");
        let weights = [eighths(0, 12), eighths(100, 4), eighths(200, 8), eighths(300, 2)];
        let found = [model.0.weight.as_vec(), model.0.bias.as_vec(), model.2.weight.as_vec(), model.2.bias.as_vec()];
        assert_eq!(found, weights, "{name}");
    }
}

/// Protects from a state dict that can't be reached: any dictionary can be chosen, and if none is, the error names
/// them.
#[test]
fn a_part_of_a_checkpoint_is_chosen() {
    let opened = || open(golden("several.pth")).unwrap();
    let load = |checkpoint: Checkpoint| checkpoint.load(&mut small(1));
    let names = |checkpoint: Checkpoint| checkpoint.names().map(str::to_owned).collect::<Vec<_>>();
    let loaded = load(opened().under("nets.first")).unwrap();
    assert_eq!(loaded.to_string(), "loaded 4 tensors");
    assert_eq!(names(opened().under("nets.second")), ["0.weight"]);
    assert_eq!(names(opened().under("nets").under("")), ["step"]);
    assert_eq!(names(opened().under("nets"))[3..], ["first.2.bias", "second.0.weight"]);

    // Tensors at the top are taken for the state dict; the part that fits better is proposed.
    let error = load(opened()).unwrap_err().to_string();
    assert!(error.contains("`.under(\"nets.first\")` makes 4 of 4 names agree"), "{error}");
    let error = load(opened().under("generator")).unwrap_err().to_string();
    assert!(error.contains(":\nthe file has no tensors under `generator`, but `step`\n"), "{error}");
    assert!(error.contains("`.under(\"nets.first\")` makes"), "{error}");
    let nothing = load(opened().under("generator").partial());
    assert_eq!(problems(nothing), ["the file has no tensors under `generator`, but `step`"]);

    // In the other formats, the names contain the keys.
    let path = golden("types.safetensors");
    assert_eq!(names(open(&path).unwrap().under("2")), ["bias", "weight"]);
    assert_eq!(open(&path).unwrap().under("").names().len(), 4);
}

/// The flags that PyTorch stores with a tensor are applied or refused: if they were ignored, other values would be
/// loaded.
#[test]
fn a_bit_that_cannot_be_applied_is_refused() {
    let error = open(golden("negated_integers.pth")).unwrap_err().to_string();
    assert!(error.contains("a tensor of type I64 with the metadata `neg`, which can't be applied"), "{error}");
}

#[test]
fn a_checkpoint_says_what_it_holds() {
    let nested = open(golden("nested.pth")).unwrap();
    assert_eq!(nested.names().next(), Some("module.0.weight"));
    let metadata: Vec<_> = nested.metadata().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(metadata, [("arch", "mlp"), ("best", "0.5"), ("epoch", "7")]);

    let beside = open(golden("beside.pth")).unwrap();
    assert_eq!((beside.names().len(), beside.metadata()["epoch"].as_str()), (4, "3"));

    let later = open(golden("later.pth")).unwrap();
    assert_eq!(format!("{:?}", later.tensors().collect::<Vec<_>>()), r#"["a": U16 [2], "b": C64 [2]]"#);
    let types = open(golden("types.npz")).unwrap();
    let listed: Vec<_> = types.tensors().map(|tensor| tensor.number_type().to_string()).collect();
    assert_eq!(listed, ["F16", ">f4", "<U1"]);
    assert_eq!(types.tensor("big").map(|tensor| tensor.shape()), Some([4].as_slice()));
}

#[test]
fn what_a_type_has_exactly_is_converted_and_nothing_else() {
    for name in ["types.pth", "types.safetensors"] {
        let whole = |start: usize, count: usize| (start..start + count).map(|number| number as f64).collect::<Vec<_>>();
        let mut double: Built<f64> = OfDfdx::new(Cpu::default().build_module::<Small, f64>());
        load(&mut double, golden(name)).unwrap();
        assert_eq!(double.0.weight.as_vec(), whole(0, 12), "f16 in {name}");
        assert_eq!(double.0.bias.as_vec(), whole(100, 4), "bf16 in {name}");
        assert_eq!(double.2.weight.as_vec(), whole(200, 8), "f64 in {name}");
        assert_eq!(double.2.bias.as_vec(), whole(300, 2), "i64 in {name}");

        let mut model = small(1);
        let expected =
            "`2.weight` is F32 [2, 4] in the network, but F64 [2, 4] in the file; `.convert()` rounds its elements";
        assert_eq!(problems(load(&mut model, golden(name))), [expected]);
        assert_eq!(bits(&model), bits(&small(1)));
        open(golden(name)).unwrap().convert().load(&mut model).unwrap();
        assert_eq!(model.2.weight.as_vec(), [200., 201., 202., 203., 204., 205., 206., 207.]);
    }
    // A type that can't be loaded is a mismatch, not damage.
    let mut big: Tensor<Rank1<4>, f32, Cpu> = Cpu::default().zeros();
    let error = open(golden("types.npz")).unwrap().partial().rename(|name| name.replace("big", "")).load(&mut big);
    assert_eq!(problems(error), ["`` is F32 [4] in the network, but >f4 [4] in the file, which can't be loaded"]);
}

#[test]
fn a_pickle_is_read_and_never_run() {
    let refused = |name: &str, expected: &str| {
        let mut model = small(1);
        let error = load(&mut model, golden(name)).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{name}: {error}");
        assert!(error.to_string().contains(expected), "{name}: {error}");
        assert_eq!(bits(&model), bits(&small(1)));
    };
    for name in ["malicious.pth", "malicious_legacy.pth"] {
        refused(name, "wants to run `posix.system`, which a file of weights has no need of: nothing was run");
    }
    assert!(!Path::new("/tmp/weights-were-run").exists());
    refused("whole_model.pth", "wants to run `torch.nn.modules.activation.ReLU`");
    refused("script.pt", "is a program of TorchScript");
    refused("big_endian.pth", "numbers begin with the highest byte");
    refused("pickle.pth", "is a pickle, but not one of `torch.save`");
}

#[test]
fn what_is_no_file_of_weights_is_told_apart() {
    let (directory, path) = directory_and_path();
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let files: [(&[u8], &str); 8] = [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "`git lfs pull`"),
        (b"\x89HDF\r\n\x1a\n", "is HDF5"),
        (b"\x93NUMPY\x01\x00", "is a single array"),
        (b"<!DOCTYPE html>", "a page of the web"),
        (b"\x1f\x8b\x08", "is compressed with gzip"),
        (&tar, "is a tar archive"),
        (b"weights", "it begins with \"weights\""),
    ];
    for (bytes, expected) in files {
        fs::write(&path, bytes).unwrap();
        let error = open(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(open(directory.path()).unwrap_err().to_string().contains("is a directory"));
}
