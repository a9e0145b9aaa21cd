//! Decoding the bytes of a file into pixels.
//!
//! Decoders fill in pixels that are missing at the end of a file, as a viewer does. To detect a truncated file, the end
//! marker of the format is searched for before anything is decoded.

use flate2::Crc;
use image::{ImageFormat, ImageReader, RgbImage};
use std::io::Cursor;
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

/// The largest number of bytes that the pixels may take, as in the `image` crate.
const MOST: usize = 512 << 20;
const CUT_OFF: &str = "is no whole image: it is damaged, or was not written completely; get it again";

pub(super) fn decode(bytes: &[u8]) -> Result<RgbImage, String> {
    match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => jpeg(bytes),
        Ok(ImageFormat::Png) => png(bytes),
        _ => Err("is neither a JPEG nor a PNG file".into()),
    }
}

fn no_image(problem: impl std::fmt::Display) -> String {
    format!("is no whole image: {problem}")
}

fn jpeg(bytes: &[u8]) -> Result<RgbImage, String> {
    let whole = whole_jpeg(bytes).ok_or(CUT_OFF)?;
    // Strict mode: data that can't be decoded are an error, instead of grey pixels.
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(whole), options);
    decoder.decode_headers().map_err(no_image)?;
    let size = decoder.output_buffer_size().filter(|size| *size <= MOST);
    let (Some((width, height)), Some(_)) = (decoder.dimensions(), size) else {
        return Err(no_image(format!("its pixels would take more than {MOST} bytes")));
    };
    let pixels = decoder.decode().map_err(no_image)?;
    RgbImage::from_raw(width as u32, height as u32, pixels).ok_or_else(|| CUT_OFF.into())
}

/// The segments and scans of a JPEG file up to the end marker, without the bytes between them, which decoders skip.
/// `None` if there is no end marker.
///
/// Segments are skipped by their lengths, so that the end of a preview image inside a segment isn't taken for that of
/// the image.
fn whole_jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    const END: u8 = 0xd9;
    const SCAN: u8 = 0xda;
    let (mut whole, mut scans) = (bytes.get(..2)?.to_vec(), 0);
    let mut position = 2;
    loop {
        let start = position + bytes.get(position..)?.iter().position(|byte| *byte == 0xff)?;
        let code = start + bytes[start..].iter().position(|byte| *byte != 0xff)?;
        // Between the markers of a scan are coded pixels, which are kept.
        if scans > 0 {
            whole.extend_from_slice(&bytes[position..start]);
        }
        let marker = bytes[code];
        let length = match bytes.get(code + 1..code + 3) {
            // Not a marker at all, a restart marker, or the start or the end of the image: none of them has a length.
            _ if matches!(marker, 0x00 | 0x01 | 0xd0..=END) => 0,
            length => usize::from(u16::from_be_bytes(length?.try_into().ok()?)),
        };
        position = code + 1 + length;
        whole.push(0xff);
        whole.extend_from_slice(bytes.get(code..position)?);
        match marker {
            END => return (scans > 0).then_some(whole),
            SCAN => scans += 1,
            _ => {}
        }
    }
}

fn png(bytes: &[u8]) -> Result<RgbImage, String> {
    let whole = whole_png(bytes).ok_or(CUT_OFF)?;
    let image = ImageReader::with_format(Cursor::new(whole), ImageFormat::Png).decode().map_err(no_image)?;
    Ok(image.to_rgb8())
}

/// The chunks of a PNG file up to the last one, `IEND`. `None` if there is no such chunk, or the checksum of a critical
/// chunk is wrong.
fn whole_png(bytes: &[u8]) -> Option<&[u8]> {
    const SIGNATURE: usize = 8;
    let mut position = SIGNATURE;
    loop {
        let (length, rest) = bytes.get(position..)?.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (chunk, rest) = rest.split_at_checked(length.checked_add(4)?)?;
        let checksum = u32::from_be_bytes(*rest.first_chunk()?);
        // An upper-case first letter: the chunk is critical, and the image can't be decoded without it.
        if chunk[0].is_ascii_uppercase() {
            let mut crc = Crc::new();
            crc.update(chunk);
            if crc.sum() != checksum {
                return None;
            }
        }
        position += 4 + chunk.len() + 4;
        if chunk.starts_with(b"IEND") {
            return Some(&bytes[..position]);
        }
    }
}
