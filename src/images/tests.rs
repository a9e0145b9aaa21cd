//! Comparison with torchvision, and files that aren't images.

use super::*;
use dfdx::prelude::{AsArray, Cpu, Rank3, Tensor};
use safetensors::SafeTensors;

/// An image of the golden file, and the tensor that torchvision made of it.
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
    // Equal to the byte: a difference of one level would be 0.017.
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

/// Protects from the wrong order of the two passes, which landscapes don't reveal: portraits whose height is less than
/// twice, exactly twice, and more than twice their width, made smaller and larger.
#[test]
fn portraits_are_those_of_torchvision() {
    compare::<17, 16>("portrait_4_to_3", 17, Interpolation::Bilinear);
    compare::<18, 17>("portrait_2_to_1", 20, Interpolation::Bilinear);
    compare::<32, 15>("tall", 15, Interpolation::Bilinear);
    compare::<16, 13>("portrait_bicubic", 14, Interpolation::Bicubic);
    compare::<40, 14>("tall_bicubic", 16, Interpolation::Bicubic);
    compare::<21, 19>("portrait_larger", 20, Interpolation::Bilinear);
    compare::<30, 13>("tall_larger", 14, Interpolation::Bicubic);
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

/// A file of each kind, made by `tests/golden/images.py`, all of the same image.
const FILES: [&str; 11] = [
    "plain.png",
    "palette.png",
    "transparent.png",
    "grey.png",
    "interlaced.png",
    "baseline.jpg",
    "progressive.jpg",
    "restarts.jpg",
    "grey.jpg",
    "cmyk.jpg",
    "camera.jpg",
];

fn golden_file(name: &str) -> Vec<u8> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/images");
    std::fs::read(std::path::Path::new(directory).join(name)).unwrap()
}

fn problem(bytes: &[u8]) -> String {
    decode::decode(bytes).expect_err("this is no whole image")
}

/// Protects the pixels: strict decoding, and the search for the end marker, lose nothing of any format. The orientation
/// in the metadata of `camera.jpg` isn't applied, as in PIL.
#[test]
fn every_kind_of_file_is_read() {
    for name in FILES {
        let image = decode::decode(&golden_file(name)).unwrap();
        assert_eq!(image.dimensions(), (40, 24), "{name}");
        let lossy = name.ends_with("jpg") || name.starts_with("palette");
        for (x, y, pixel) in image.enumerate_pixels() {
            let mut expected = [6 * x as u8, 10 * y as u8, 4 * (x + y) as u8];
            if name.starts_with("grey") {
                expected = [expected[0]; 3];
            }
            let far = pixel.0.iter().zip(expected).map(|(found, expected)| found.abs_diff(expected)).max();
            assert!(far <= Some(if lossy { 24 } else { 0 }), "{name}, {x}, {y}: {pixel:?} instead of {expected:?}");
        }
    }
}

/// Protects from a partial image that looks complete: a file that is truncated anywhere is refused, even if only its
/// last byte is missing, or if a preview image in it is complete.
#[test]
fn a_file_that_is_cut_off_is_refused_at_every_length() {
    for name in FILES {
        let bytes = golden_file(name);
        for length in 8..bytes.len() {
            let problem = problem(&bytes[..length]);
            assert!(problem.starts_with("is no whole image"), "{name}, {length} bytes: {problem}");
        }
        // A camera may append data after the end; a disk may append zeros.
        let longer = [bytes.as_slice(), b"more"].concat();
        assert!(decode::decode(&longer) == decode::decode(&bytes), "{name}");
        let mut zeroed = bytes.clone();
        zeroed[bytes.len() / 2..].fill(0);
        assert!(problem(&zeroed).starts_with("is no whole image"), "{name}");
    }
}

#[test]
fn what_is_damaged_inside_is_refused_where_it_shows() {
    // PNG has checksums.
    for name in FILES.iter().filter(|name| name.ends_with("png")) {
        let intact = golden_file(name);
        for position in 8..intact.len() {
            let mut bytes = intact.clone();
            bytes[position] ^= 4;
            let read = decode::decode(&bytes);
            assert!(read.is_err() || read == decode::decode(&intact), "{name}, {position}");
        }
    }
    // Coded pixels that can't be decoded are an error, instead of grey.
    let mut bytes = golden_file("baseline.jpg");
    let scan = bytes.windows(2).position(|marker| marker == [0xff, 0xda]).unwrap();
    bytes[scan + 40..scan + 80].fill(0xfe);
    assert!(problem(&bytes).starts_with("is no whole image"));
}

/// Protects images that other programs can open: bytes between the segments of a JPEG file are skipped, as libjpeg
/// does.
#[test]
fn bytes_between_segments_are_skipped() {
    let intact = golden_file("baseline.jpg");
    for filler in [[0xff; 5], [0; 5], [1, 2, 3, 4, 5]] {
        // After `SOI` and a first segment of 18 bytes.
        let bytes = [&intact[..20], filler.as_slice(), &intact[20..]].concat();
        assert!(decode::decode(&bytes) == decode::decode(&intact), "{filler:?}");
    }
}

#[test]
fn a_format_is_recognized_by_the_content_and_errors_name_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let bytes = golden_file("plain.png");
    assert!(open(write("png.jpg", &bytes)).unwrap() == decode::decode(&bytes).unwrap());

    let error = |path: std::path::PathBuf| open(path).unwrap_err().to_string();
    assert!(error(directory.path().join("none.png")).contains("none.png: "));
    for (name, content) in [("text.png", b"hello".as_slice()), ("text", b"hello"), ("empty.jpg", b"")] {
        let error = error(write(name, content));
        assert!(error.ends_with(&format!("{name}: is neither a JPEG nor a PNG file")), "{error}");
    }
    assert!(error(write("cut.png", &bytes[..40])).contains("cut.png: is no whole image"));
}

/// Protects memory from headers that announce more pixels than it can hold.
#[test]
fn an_image_too_large_for_memory_is_refused() {
    let mut png = golden_file("plain.png");
    png[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    let mut crc = flate2::Crc::new();
    crc.update(&png[12..29]);
    png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    assert!(problem(&png).starts_with("is no whole image"), "{}", problem(&png));

    let mut jpeg = golden_file("baseline.jpg");
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    assert!(problem(&jpeg).contains("more than 536870912 bytes"), "{}", problem(&jpeg));
}
