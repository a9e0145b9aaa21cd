//! The IDX format of MNIST and similar data sets.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

use crate::{Error, Result};

/// The unsigned bytes of an IDX file, with their shape.
///
/// `RANK` is the number of dimensions: 1 for labels, 3 for images (count, height, width).
/// Plain and gzip files are told apart by their first bytes, not by their names.
///
/// ```
/// use shapewright::data::Idx;
///
/// let labels = Idx::<1>::read("examples/data/mnist/t10k-labels-idx1-ubyte.gz")?;
/// assert_eq!(labels.shape, [1000]);
///
/// let images = Idx::<3>::read("examples/data/mnist/t10k-images-idx3-ubyte.gz")?;
/// assert_eq!(images.shape, [1000, 28, 28]);
/// assert_eq!(images.bytes.len(), 1000 * 28 * 28);
/// # Ok::<(), shapewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx<const RANK: usize> {
    /// The size of each dimension.
    pub shape: [usize; RANK],
    /// The values in row-major order. Their number is the product of `shape`.
    pub bytes: Vec<u8>,
}

/// Why a file can't be read.
enum Problem {
    /// An error of the operating system.
    Io(io::Error),
    /// The content is wrong.
    Content(String),
}

impl<const RANK: usize> Idx<RANK> {
    /// The first four bytes: two zeros, 8 for unsigned bytes, and the number of dimensions.
    const MAGIC: u32 = {
        assert!(RANK >= 1 && RANK <= 255, "the IDX format has 1 to 255 dimensions");
        0x0800 | RANK as u32
    };

    /// Reads a plain or gzip file.
    ///
    /// # Errors
    /// [`Error::Io`] if the file is missing or unreadable. [`Error::File`] if it isn't an IDX file of unsigned bytes
    /// with `RANK` dimensions, or holds fewer or more bytes than its header announces.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(Error::io(path))?;
        Self::decode(BufReader::new(file)).map_err(|problem| match problem {
            Problem::Io(source) => Error::io(path)(source),
            Problem::Content(problem) => Error::file(path, problem),
        })
    }

    /// Reads plain or gzip data.
    fn decode(mut reader: impl Read) -> Result<Self, Problem> {
        let start = read_up_to(&mut reader, 2).map_err(Problem::Io)?;
        let is_gzip = start == GZIP;
        let reader = Cursor::new(start).chain(reader);
        if is_gzip {
            Self::parse(MultiGzDecoder::new(reader)).map_err(|problem| match problem {
                Problem::Io(error) => Problem::Content(format!("the gzip data are damaged or cut off: {error}")),
                content => content,
            })
        } else {
            Self::parse(reader)
        }
    }

    /// Reads the header and the values, and makes sure that nothing follows.
    ///
    /// Memory is allocated only for bytes that have been read, because a header may announce more than the file holds.
    fn parse(mut reader: impl Read) -> Result<Self, Problem> {
        let magic = read_up_to(&mut reader, 4).map_err(Problem::Io)?;
        if magic.len() == 4 && magic != Self::MAGIC.to_be_bytes() {
            return Err(Problem::Content(format!(
                "starts with 0x{}, which is {}; expected 0x{:08x}, {}",
                hex(&magic),
                kind_of(&magic),
                Self::MAGIC,
                kind_of(&Self::MAGIC.to_be_bytes()),
            )));
        }
        let sizes = read_up_to(&mut reader, 4 * RANK).map_err(Problem::Io)?;
        let found = magic.len() + sizes.len();
        if found < 4 + 4 * RANK {
            return Err(Problem::Content(format!(
                "the header is cut off: expected {} bytes, found {found}",
                4 + 4 * RANK
            )));
        }

        let mut shape = [0; RANK];
        for (size, bytes) in shape.iter_mut().zip(sizes.chunks_exact(4)) {
            *size = bytes.iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
        }
        let too_large = || Problem::Content(format!("the header announces {}: more than memory holds", times(&shape)));
        let expected = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        let expected = expected.filter(|count| *count < isize::MAX as usize).ok_or_else(too_large)?;

        let mut bytes = read_up_to(&mut reader, expected + 1).map_err(|error| match error.kind() {
            io::ErrorKind::OutOfMemory => too_large(),
            _ => Problem::Io(error),
        })?;
        let announced = || format!("the header announces {} = {expected} bytes of data", times(&shape));
        if bytes.len() < expected {
            return Err(Problem::Content(format!("{}, found {}: the file is cut off", announced(), bytes.len())));
        }
        if bytes.len() > expected {
            return Err(Problem::Content(format!("{}, but more bytes follow", announced())));
        }
        bytes.shrink_to_fit();
        Ok(Self { shape, bytes })
    }
}

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads `count` bytes, or all bytes if there are fewer.
fn read_up_to(reader: &mut impl Read, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A description of a file that starts with these four bytes.
fn kind_of(magic: &[u8]) -> String {
    match *magic {
        [0, 0, 8, 1] => "an IDX file of labels (unsigned bytes, 1 dimension)".into(),
        [0, 0, 8, 3] => "an IDX file of images (unsigned bytes, 3 dimensions)".into(),
        [0, 0, kind @ (8 | 9 | 11..=14), rank] => {
            let element = match kind {
                8 => "unsigned bytes",
                9 => "signed bytes",
                11 => "16-bit integers",
                12 => "32-bit integers",
                13 => "32-bit floats",
                _ => "64-bit floats",
            };
            format!("an IDX file of {element} with {rank} dimension{}", if rank == 1 { "" } else { "s" })
        }
        [0x1f, 0x8b, ..] => "gzip data inside of gzip data (decompress the file once)".into(),
        [0x89, b'P', b'N', b'G'] => "a PNG picture".into(),
        [0xff, 0xd8, 0xff, _] => "a JPEG picture".into(),
        [b'P', b'K', ..] => "a ZIP archive".into(),
        [0x93, b'N', b'U', b'M'] => "a NumPy array".into(),
        [b'<', ..] => "a web page or XML (did the download fail?)".into(),
        _ => "no IDX file".into(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn times(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn file(magic: [u8; 4], sizes: &[u32], data: &[u8]) -> Vec<u8> {
        let sizes = sizes.iter().flat_map(|size| size.to_be_bytes());
        magic.into_iter().chain(sizes).chain(data.iter().copied()).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn two_images() -> Vec<u8> {
        file([0, 0, 8, 3], &[2, 2, 3], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    }

    /// The error message for a file with this content.
    fn problem<const RANK: usize>(content: &[u8]) -> String {
        match Idx::<RANK>::decode(content).unwrap_err() {
            Problem::Content(problem) => problem,
            Problem::Io(error) => panic!("blames the operating system: {error}"),
        }
    }

    #[test]
    fn plain_and_gzip_hold_the_same() {
        let expected = Idx { shape: [2, 2, 3], bytes: (1..=12).collect() };
        assert_eq!(Idx::decode(&*two_images()).ok().unwrap(), expected);
        assert_eq!(Idx::decode(&*gzip(&two_images())).ok().unwrap(), expected);
    }

    #[test]
    fn gzip_members_in_a_row_are_one_file() {
        let (start, end) = (gzip(&two_images()[..9]), gzip(&two_images()[9..]));
        assert_eq!(Idx::<3>::decode(&*[start, end].concat()).ok().unwrap().bytes.len(), 12);
    }

    #[test]
    fn an_empty_file_is_a_header_cut_off() {
        assert_eq!(problem::<3>(&[]), "the header is cut off: expected 16 bytes, found 0");
        assert_eq!(problem::<1>(&[0, 0, 8, 1, 0, 0]), "the header is cut off: expected 8 bytes, found 6");
    }

    #[test]
    fn missing_data_are_counted() {
        let images = two_images();
        let expected = "the header announces 2 × 2 × 3 = 12 bytes of data, found 10: the file is cut off";
        assert_eq!(problem::<3>(&images[..images.len() - 2]), expected);
    }

    #[test]
    fn trailing_bytes_are_not_ignored() {
        let expected = "the header announces 2 × 2 × 3 = 12 bytes of data, but more bytes follow";
        assert_eq!(problem::<3>(&[two_images(), vec![0]].concat()), expected);
        assert_eq!(problem::<3>(&gzip(&[two_images(), vec![0]].concat())), expected);
    }

    #[test]
    fn swapped_files_are_named() {
        assert_eq!(
            problem::<3>(&file([0, 0, 8, 1], &[1], &[7])),
            "starts with 0x00000801, which is an IDX file of labels (unsigned bytes, 1 dimension); \
             expected 0x00000803, an IDX file of images (unsigned bytes, 3 dimensions)"
        );
        assert!(problem::<1>(&two_images()).contains("which is an IDX file of images"));
        assert!(problem::<1>(b"<!DOCTYPE html>").contains("0x3c21444f, which is a web page"));
        assert!(problem::<1>(&gzip(&gzip(&two_images()))).contains("gzip data inside of gzip data"));
        assert!(problem::<1>(&[0, 0, 13, 2]).contains("32-bit floats with 2 dimensions"));
    }

    #[test]
    fn a_header_that_lies_costs_no_memory() {
        let max = u32::MAX;
        let overflow = problem::<3>(&file([0, 0, 8, 3], &[max, max, max], &[]));
        assert_eq!(overflow, "the header announces 4294967295 × 4294967295 × 4294967295: more than memory holds");
        assert!(problem::<3>(&file([0, 0, 8, 3], &[max, 1 << 15, 1 << 15], &[])).contains("found 0"));
        assert!(problem::<1>(&file([0, 0, 8, 1], &[max], &[1, 2, 3])).contains("4294967295 bytes of data, found 3"));
    }

    #[test]
    fn damaged_gzip_is_named() {
        let mut images = gzip(&two_images());
        assert!(problem::<3>(&images[..images.len() - 9]).starts_with("the gzip data are damaged or cut off"));
        let checksum = images.len() - 8;
        images[checksum] ^= 1;
        assert!(problem::<3>(&images).starts_with("the gzip data are damaged or cut off"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Idx::<1>::read("no/such/file").unwrap_err();
        assert!(matches!(error, Error::Io { .. }) && error.to_string().starts_with("no/such/file: "), "{error}");
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Idx::<1>::decode(&*bytes);
            let _ = Idx::<3>::decode(&*bytes);
        }

        #[test]
        fn changed_files_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in 0_usize..8) {
            for mut bytes in [two_images(), gzip(&two_images())] {
                let at = at.index(bytes.len());
                bytes[at] = byte;
                bytes.truncate(bytes.len() - cut);
                if let Ok(images) = Idx::<3>::decode(&*bytes) {
                    prop_assert_eq!(images.shape.iter().product::<usize>(), images.bytes.len());
                }
            }
        }
    }
}
