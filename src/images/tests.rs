//! Pictures against torchvision, and files that are none.

use super::*;
use dfdx::prelude::{AsArray, Cpu, Rank3, Tensor};
use safetensors::SafeTensors;

/// A picture of the golden file, and the tensor that torchvision made of it.
fn golden(name: &str) -> (RgbImage, Vec<f32>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/images.safetensors");
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let picture = file.tensor(&format!("{name}.picture")).unwrap();
    let [height, width, 3] = picture.shape() else { panic!("{:?}", picture.shape()) };
    let image = RgbImage::from_raw(*width as u32, *height as u32, picture.data().to_vec()).unwrap();
    let tensor = file.tensor(&format!("{name}.tensor")).unwrap();
    let (numbers, _) = tensor.data().as_chunks();
    (image, numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn compare<const H: usize, const W: usize>(name: &str, resize: usize, interpolation: Interpolation) {
    let (image, expected) = golden(name);
    let preprocess = Preprocess { resize, interpolation, ..Preprocess::imagenet() };
    let tensor: Tensor<Rank3<3, H, W>, f32, Cpu> = preprocess.apply(&image, &Cpu::default()).unwrap();
    // To the byte: one more or less would be 0.017.
    for (position, (found, expected)) in tensor.as_vec().into_iter().zip(&expected).enumerate() {
        assert!((found - expected).abs() < 1e-5, "{name}, {position}: {found} instead of {expected}");
    }
    assert_eq!(expected.len(), 3 * H * W);
}

#[test]
fn tensors_are_those_of_torchvision() {
    compare::<14, 14>("landscape", 16, Interpolation::Bilinear);
    compare::<17, 14>("portrait", 20, Interpolation::Bilinear);
    compare::<20, 16>("larger", 21, Interpolation::Bilinear);
    compare::<12, 13>("bicubic", 13, Interpolation::Bicubic);
    compare::<15, 14>("bicubic_larger", 15, Interpolation::Bicubic);
    compare::<11, 11>("as_it_is", 16, Interpolation::Bilinear);
}

#[test]
fn what_cannot_be_done_is_said() {
    let image = RgbImage::new(8, 4);
    let dev = Cpu::default();
    let apply = |preprocess: &Preprocess, image: &RgbImage| {
        let result: Result<Tensor<Rank3<3, 4, 4>, f32, Cpu>> = preprocess.apply(image, &dev);
        result.map(|tensor| tensor.array()[0][0][0]).unwrap_err().to_string()
    };
    let small = Preprocess { resize: 2, ..Preprocess::imagenet() };
    assert_eq!(
        apply(&small, &image),
        "a crop of 4 × 4 doesn't fit into the image, resized to 2 × 4: let `resize` be at least 4"
    );
    assert!(apply(&Preprocess { std: [0.0; 3], ..Preprocess::imagenet() }, &image).contains("aren't 0"));
    assert!(apply(&Preprocess { resize: 0, ..small.clone() }, &image).contains("a size to resize it to"));
    assert!(apply(&Preprocess { resize: usize::MAX, ..small.clone() }, &image).contains("a size to resize it to"));
    assert!(apply(&Preprocess::imagenet(), &RgbImage::new(0, 3)).contains("an image with pixels"));
}

#[test]
fn a_file_is_told_by_its_content() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let png = directory.path().join("picture.png");
    let (picture, _) = golden("landscape");
    picture.save(&png).unwrap();
    let bytes = std::fs::read(&png).unwrap();
    assert_eq!(open(write("png.jpg", &bytes)).unwrap(), picture);

    let error = |path: std::path::PathBuf| open(path).unwrap_err().to_string();
    assert!(error(directory.path().join("none.png")).contains("none.png: "));
    assert!(error(write("text.png", b"hello")).contains("is no whole image"));
    assert!(error(write("text", b"hello")).ends_with("is neither a JPEG nor a PNG file"));
    for length in (8..bytes.len()).step_by(31) {
        assert!(error(write("cut.png", &bytes[..length])).contains("is no whole image"), "{length}");
    }
    // 2³¹ by 2³¹ pixels, says the header: more than memory holds.
    let mut huge = bytes.clone();
    huge[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    assert!(error(write("huge.png", &huge)).contains("is no whole image"));
}
