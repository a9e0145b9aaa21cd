//! Words, such as `Same` in `padding = Same`, and how they become types.

/// The maximum number of bytes of a word.
const LONGEST: usize = 32;

/// Whether a name is spelt like a Rust type, `Same`, unlike `SIZE` or `size`. This distinguishes a word from a
/// constant.
pub fn is_word(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
}

/// The error for a word that is too long to become a type.
pub fn too_long(word: &str) -> Option<String> {
    (word.len() > LONGEST).then(|| format!("a word has at most {LONGEST} bytes, but `{word}` has {}", word.len()))
}

/// The bytes of a word as two little-endian integers.
pub fn packed(word: &str) -> [u128; 2] {
    let mut bytes = [0; LONGEST];
    bytes.iter_mut().zip(word.bytes()).for_each(|(byte, of_word)| *byte = of_word);
    [0, 16].map(|first| bytes[first..first + 16].iter().rev().fold(0, |packed, &byte| packed << 8 | u128::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library unpacks the bytes in the same order, little-endian.
    #[test]
    fn a_word_is_packed_by_its_bytes() {
        assert_eq!(packed("Same"), [u128::from(u32::from_le_bytes(*b"Same")), 0]);
        let long = "NearestOfAllThatThereAreAnywhere";
        assert_eq!(packed(long).map(u128::to_le_bytes).concat(), long.as_bytes());
        assert!(too_long(long).is_none() && too_long("NearestOfAllThatThereAreAnywhere1").is_some());
    }
}
