//! Files of others: what PyTorch and NumPy wrote, made by `tests/golden/checkpoints.py`.

use dfdx::tensor::Tensor;

use super::*;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/checkpoints").join(name)
}

/// `start / 8`, and so on.
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

#[test]
fn a_checkpoint_says_what_it_holds() {
    let nested = open(golden("nested.pth")).unwrap();
    assert_eq!(nested.names().next(), Some("module.0.weight"));
    let metadata: Vec<_> = nested.metadata().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(metadata, [("arch", "mlp"), ("best", "0.5"), ("epoch", "7")]);

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
        let mut double: Built<f64> = Cpu::default().build_module::<Small, f64>();
        load(&mut double, golden(name)).unwrap();
        assert_eq!(double.0.weight.as_vec(), whole(0, 12), "f16 in {name}");
        assert_eq!(double.0.bias.as_vec(), whole(100, 4), "bf16 in {name}");
        assert_eq!(double.2.weight.as_vec(), whole(200, 8), "f64 in {name}");
        assert_eq!(double.2.bias.as_vec(), whole(300, 2), "i64 in {name}");

        let mut model = small(1);
        let expected =
            "`2.weight` is F32 [2, 4] in the network, but F64 [2, 4] in the file; `.convert()` rounds its numbers";
        assert_eq!(problems(load(&mut model, golden(name))), [expected]);
        assert_eq!(bits(&model), bits(&small(1)));
        open(golden(name)).unwrap().convert().load(&mut model).unwrap();
        assert_eq!(model.2.weight.as_vec(), [200., 201., 202., 203., 204., 205., 206., 207.]);
    }
    // A type that can't be loaded is a misfit, no damage.
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
