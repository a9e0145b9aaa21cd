//! From the bytes of a file to pixels, or to the reason why they are no whole image.
//!
//! Decoders fill in what is missing at the end of a file, as a viewer wants it. So the end that a format marks is looked for
//! before anything is decoded.

use flate2::Crc;
use image::{ImageFormat, ImageReader, RgbImage};
use std::io::Cursor;
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

/// The most bytes that the pixels may take, as the `image` crate has it.
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
    // Strict: what can't be decoded is an error, not grey.
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

/// The segments and scans of a JPEG file up to the marker of its end, without what lies between them: bytes that decoders
/// skip. `None` if there is no such marker.
///
/// Lengths are followed, so that the end of a preview inside a segment isn't taken for that of the image.
fn whole_jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    const END: u8 = 0xd9;
    const SCAN: u8 = 0xda;
    let (mut whole, mut scans) = (bytes.get(..2)?.to_vec(), 0);
    let mut position = 2;
    loop {
        let start = position + bytes.get(position..)?.iter().position(|byte| *byte == 0xff)?;
        let code = start + bytes[start..].iter().position(|byte| *byte != 0xff)?;
        // Coded pixels: all bytes between the markers count.
        if scans > 0 {
            whole.extend_from_slice(&bytes[position..start]);
        }
        let marker = bytes[code];
        let length = match bytes.get(code + 1..code + 3) {
            // No marker at all, restarts, the beginning and the end.
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

/// The chunks of a PNG file up to its last, `IEND`. `None` if there is no such chunk, or a checksum of what the pixels are made
/// of is wrong.
fn whole_png(bytes: &[u8]) -> Option<&[u8]> {
    const SIGNATURE: usize = 8;
    let mut position = SIGNATURE;
    loop {
        let (length, rest) = bytes.get(position..)?.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (chunk, rest) = rest.split_at_checked(length.checked_add(4)?)?;
        let checksum = u32::from_be_bytes(*rest.first_chunk()?);
        // An upper-case letter: the image can't be shown without it.
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
