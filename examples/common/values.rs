//! What options of the examples that learn may be.

use std::path::{Path, PathBuf};

pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a whole number of at least 1".into()),
    }
}

pub fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("expected a positive number".into()),
    }
}

/// The digits of the repository, wherever the example is started.
pub fn shipped_digits() -> PathBuf {
    let shipped = Path::new("examples/data/mnist");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join(shipped);
    if repository.is_dir() { repository } else { shipped.into() }
}
