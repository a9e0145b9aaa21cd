//! Damaged and malicious files.

use std::{collections::HashSet, io::Write};

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;

/// A file of each format: its name and content.
fn intact() -> Vec<(&'static str, Vec<u8>)> {
    let directory = tempfile::tempdir().unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/checkpoints");
    let saved = |name: &str| {
        let path = directory.path().join(name);
        save(&reference(), &path).unwrap();
        fs::read(path).unwrap()
    };
    let read = |name: &str| fs::read(golden.join(name)).unwrap();
    vec![
        ("safetensors", saved("net.safetensors")),
        ("npz", saved("net.npz")),
        ("compressed npz", read("fortran.npz")),
        ("PyTorch", read("zip.pth")),
        ("PyTorch, one storage", read("shared.pth")),
        ("legacy PyTorch", read("legacy.pth")),
        ("legacy PyTorch, one storage", read("shared_legacy.pth")),
    ]
}

/// The weights in all of these files.
fn reference() -> Built<f32> {
    let mut model = small(1);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/checkpoints/plain.npz");
    load(&mut model, path).unwrap();
    model
}

/// Damages a file: changes bits and bytes, removes or adds pieces, writes huge lengths.
fn damage(intact: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = intact.to_vec();
    for _ in 0..random.gen_range(1..4) {
        let place = random.gen_range(0..bytes.len());
        match random.gen_range(0..10) {
            0..3 => bytes[place] ^= 1 << random.gen_range(0..8),
            3..5 => bytes[place] = random.r#gen(),
            5 => bytes.truncate(place.max(1)),
            6 => {
                let piece: Vec<u8> = (0..random.gen_range(1..9)).map(|_| random.r#gen()).collect();
                bytes.splice(place..place, piece);
            }
            7 => {
                let end = (place + random.gen_range(1..9)).min(bytes.len() - 1);
                bytes.drain(place.min(end)..end);
            }
            // Lengths, counts and offsets, which every format has.
            8 => {
                let huge = [u64::MAX, 1 << 62, 1 << 40, u64::from(u32::MAX), 0x7fff_ffff, 0xffff];
                let value = huge[random.gen_range(0..huge.len())].to_le_bytes();
                let width = [2, 4, 8][random.gen_range(0..3)];
                let end = (place + width).min(bytes.len());
                let count = end - place;
                bytes[place..end].copy_from_slice(&value[..count]);
            }
            // Digits, as in JSON and in NumPy's headers.
            _ => {
                let digits: Vec<_> = (0..bytes.len()).filter(|index| bytes[*index].is_ascii_digit()).collect();
                if let Some(place) = digits.get(random.gen_range(0..digits.len().max(1))) {
                    bytes[*place] = b'0' + random.gen_range(0..10);
                }
            }
        }
    }
    bytes
}

/// Protects a user who loads an untrusted file, or a file that a disk or a network has damaged: no damage ends the
/// process or takes all memory, and a file that doesn't load leaves every bit of the network unchanged.
///
/// Archives have checksums, so a file that loads holds what was saved. safetensors and PyTorch's legacy format have
/// none for their elements: the damaged elements are loaded.
#[test]
fn ten_thousand_damaged_files_do_no_harm() {
    let (_directory, path) = directory_and_path();
    let mut random = StdRng::seed_from_u64(7);
    let files = intact();
    let whole = bits(&reference());
    let before = bits(&small(2));
    let mut model = small(2);
    let mut loaded = vec![0; files.len()];
    for round in 0..10_000 {
        let (kind, intact) = &files[round % files.len()];
        let bytes = damage(intact, &mut random);
        // A new file each time: a file that is truncated and filled again is written to the disk at once.
        let _ = fs::remove_file(&path);
        fs::write(&path, &bytes).unwrap();
        match load(&mut model, &path) {
            Err(error) => {
                assert!(matches!(error, Error::File { .. } | Error::Weights { .. }), "{kind}, {round}: {error}");
                assert!(error.to_string().len() < 20_000, "{kind}, {round}");
                assert_eq!(bits(&model), before, "{kind}, {round}: {error}");
            }
            Ok(_) => {
                loaded[round % files.len()] += 1;
                match *kind {
                    "safetensors" => assert_eq!(bits(&model), said_by_safetensors(&bytes), "{round}"),
                    // Whatever its pickle says after the damage, the elements are bytes of the file.
                    legacy if legacy.starts_with("legacy") => {
                        let there: HashSet<[u8; 4]> =
                            bytes.windows(4).filter_map(|four| four.try_into().ok()).collect();
                        let all = bits(&model).iter().all(|bits| there.contains(&bits.to_le_bytes()));
                        assert!(all, "{kind}, {round}");
                    }
                    _ => assert_eq!(bits(&model), whole, "{kind}, {round}"),
                }
                model = small(2);
            }
        }
    }
    // Most damage is detected; without checksums, some of it changes the value of an element.
    assert!(loaded.iter().all(|count| *count > 0 && *count < 900), "{loaded:?} of 1428 each");
}

/// The content of a file, read by the `safetensors` library.
fn said_by_safetensors(bytes: &[u8]) -> Vec<u32> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let numbers = |name| {
        let view = file.tensor(name).unwrap();
        assert_eq!(view.dtype().bitsize(), 32);
        let chunks = view.data().as_chunks().0.to_vec();
        chunks.into_iter().map(move |chunk| match view.dtype() {
            safetensors::Dtype::I32 => (i32::from_le_bytes(chunk) as f32).to_bits(),
            safetensors::Dtype::U32 => (u32::from_le_bytes(chunk) as f32).to_bits(),
            _ => u32::from_le_bytes(chunk),
        })
    };
    ["0.weight", "0.bias", "2.weight", "2.bias"].into_iter().flat_map(numbers).collect()
}

/// Protects from an incompletely written file: for every format, each proper prefix of a file is refused.
#[test]
fn a_file_that_is_cut_off_is_refused_at_every_length() {
    let (_directory, path) = directory_and_path();
    for (kind, intact) in intact() {
        for length in 0..intact.len() {
            let _ = fs::remove_file(&path);
            fs::write(&path, &intact[..length]).unwrap();
            let result = load(&mut small(2), &path);
            assert!(matches!(result, Err(Error::File { .. })), "{kind}, {length} bytes: {result:?}");
        }
    }
}

/// A legacy file whose fourth pickle, which holds the state dict, is this.
fn legacy(pickle: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.".to_vec();
    bytes.extend(pickle);
    bytes.extend(b"\x80\x02].");
    bytes
}

/// Protects from files that are made to exhaust the machine: by depth, by references to references, by false lengths.
#[test]
fn a_pickle_takes_no_more_than_its_size_is_worth() {
    let (_directory, path) = directory_and_path();
    let refused = |pickle: &[u8], expected: &str| {
        fs::write(&path, legacy(pickle)).unwrap();
        let error = open(&path).map(|checkpoint| checkpoint.names().len()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    // Tuples in tuples, a million deep: neither reading nor dropping them may recurse.
    refused(&[b"\x80\x02)".as_slice(), &[0x85; 1_000_000], b"."].concat(), "holds no state dict, but a single object");
    // A "billion laughs" attack: each list contains the one before it many times.
    let laughs: Vec<u8> = (0..200).flat_map(|_| b"q\x00](h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00e".to_vec()).collect();
    refused(&[b"\x80\x02]".as_slice(), &laughs, b"."].concat(), "holds no state dict");
    // The same with dictionaries, each of which contains the one before it under a hundred keys.
    let hundred = (0..100).flat_map(|key| [b'K', key, b'h', 0]).collect::<Vec<_>>();
    let laughs: Vec<u8> = (0..8).flat_map(|_| [b"q\x00}(".as_slice(), &hundred, b"u"].concat()).collect();
    refused(&[b"\x80\x02}".as_slice(), &laughs, b"."].concat(), "more in dictionaries than any checkpoint has");
    // A dictionary that contains itself.
    refused(b"\x80\x02}q\x00K\x01h\x00s.", "has no tensors in `1`");
    // A list that contains itself.
    refused(b"\x80\x02]q\x00h\x00a.", "holds no state dict");
    refused(b"\x80\x02X\xff\xff\xff\xffa.", "shorter than it says");
    refused(b"\x80\x02\x8e\xff\xff\xff\xff\xff\xff\xff\x7fa.", "shorter than it says");
    refused(b"\x80\x02\x8b\xff\xff\xff\x7fa.", "shorter than it says");
    refused(b"\x80\x05N.", "protocol 5");
    for (pickle, expected) in [
        (b"\x80\x020.".as_slice(), "an empty stack"),
        (b"\x80\x02t.", "no mark"),
        (b"\x80\x02h\x00.", "a reference to nothing"),
        (b"\x80\x02(u.", "an empty stack"),
        (b"\x80\x02}(K\x01u.", "what is no dictionary"),
        (b"\x80\x02N)R.", "a call of what can't be called"),
        (b"\x80\x02ccollections\nOrderedDict\nNR.", "arguments that are no tuple"),
        (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.", "(a tensor)"),
        (b"\x80\x02)Q.", "(a storage)"),
        (b"\x80\x02ios\nsystem\n.", "the opcode 0x69"),
        (b"\x80\x02\x8c\x02os\x8c\x06system\x93.", "wants to run `os.system`"),
        (b"\x80\x02cbuiltins\neval\n.", "wants to run `builtins.eval`"),
    ] {
        refused(pickle, expected);
    }
}

/// Protects from wrong elements: unknown metadata may change what a tensor means.
#[test]
fn metadata_of_a_tensor_that_are_not_known_are_refused() {
    let (_directory, path) = directory_and_path();
    let with = |metadata: &[u8]| {
        let mut pickle =
            b"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage".to_vec();
        pickle.extend(b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x03tQK\x00K\x03\x85K\x01\x85");
        pickle.extend([b"\x89ccollections\nOrderedDict\n)R", metadata, b"tRs."].concat());
        fs::write(&path, legacy(&pickle)).unwrap();
        open(&path).map(|checkpoint| checkpoint.names().len()).unwrap_err().to_string()
    };
    // A pickle with known metadata is read as far as the data, which this file lacks.
    for known in [b"".as_slice(), b"N", b"}", b"}X\x03\x00\x00\x00neg\x88s", b"}X\x04\x00\x00\x00conj\x89s"] {
        assert!(with(known).contains("lacks the data"), "{}", with(known));
    }
    for (unknown, expected) in [
        (b"}X\x04\x00\x00\x00conj\x88s".as_slice(), "metadata `conj`"),
        (b"}X\x05\x00\x00\x00other\x88s", "metadata `other`"),
        (b"}X\x05\x00\x00\x00other\x89s", "metadata `other`"),
        (b"}X\x03\x00\x00\x00negK\x01s", "metadata `neg`"),
        (b"}K\x01\x88s", "without a name"),
        (b"\x88", "no dictionary"),
        (b"}N", "more arguments"),
    ] {
        assert!(with(unknown).contains(expected), "{}", with(unknown));
    }
}

/// A tensor of a PyTorch archive whose size or position doesn't fit its storage.
#[test]
fn tensors_lie_within_their_storage() {
    let (_directory, path) = directory_and_path();
    let with = |length: i32, offset: i32, size: i32, stride: i32, compressed: bool| {
        let mut pickle =
            b"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage".to_vec();
        pickle.extend(b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu");
        pickle.extend([b"J".as_slice(), &length.to_le_bytes(), b"tQJ", &offset.to_le_bytes()].concat());
        pickle.extend([b"J".as_slice(), &size.to_le_bytes(), b"\x85J", &stride.to_le_bytes(), b"\x85"].concat());
        pickle.extend(b"\x89ccollections\nOrderedDict\n)RtRs.");
        let mut archive = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        let method = if compressed { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file("x/data.pkl", options).unwrap();
        archive.write_all(&pickle).unwrap();
        archive.start_file("x/data/0", options).unwrap();
        archive.write_all(&vec![0; 4 * length.unsigned_abs() as usize]).unwrap();
        archive.finish().unwrap();
        let mut model: Tensor<Rank1<3>, f32, Cpu> = Cpu::default().ones();
        let result = open(&path).and_then(|file| file.rename(|_| String::new()).load(&mut model));
        result.map(|_| model.as_vec()).map_err(|error| error.to_string())
    };
    assert_eq!(with(8, 1, 3, 2, false), Ok(vec![0.0; 3]));
    assert_eq!(with(1, 0, 3, 0, false), Ok(vec![0.0; 3]));
    for (length, offset, size, stride) in
        [(8, 6, 3, 1), (8, 0, 3, 4), (8, 8, 1, 1), (8, 0, i32::MAX, i32::MAX), (8, i32::MAX, 3, 1)]
    {
        assert!(with(length, offset, size, stride, false).unwrap_err().contains("reaches beyond its data"));
    }
    for (offset, size, stride) in [(-1, 3, 1), (0, -3, 1), (0, 3, -1)] {
        assert!(with(8, offset, size, stride, false).unwrap_err().contains("(a tensor)"));
    }
    // A few kilobytes that decompress to a million times the size of the tensor.
    assert!(with(1_000_000, 0, 3, 1, true).unwrap_err().contains("make sense"));
}
