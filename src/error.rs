//! Everything that can go wrong at run time.
//!
//! Shapes are not among it: a network that compiles fits. What is left is the outside world (files, labels, memory)
//! and batches that a computation has no answer for.

use std::path::{Path, PathBuf};

/// The result of whatever can fail at run time.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong at run time, in a sentence that says what was expected, what was received and what to do.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The device failed, mostly because it has no memory left.
    #[error("the device failed: {0}")]
    Device(String),

    /// A device that was asked for isn't there.
    #[error("the device `{device}` isn't there: {problem}")]
    NoSuchDevice {
        /// Its name.
        device: String,
        /// What is missing, and what to do.
        problem: String,
    },

    /// A file can't be opened, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },

    /// A file is there but doesn't hold what it should.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was expected, what was found, and what to do.
        problem: String,
    },

    /// A label names a class that the network doesn't have.
    #[error(
        "label {label} at position {position} is out of range: {classes} classes have the labels 0 to {}; \
         check the labels, or give the network more outputs",
        classes.saturating_sub(1)
    )]
    Label {
        /// The label.
        label: usize,
        /// Where it stands among the labels.
        position: usize,
        /// How many classes there are.
        classes: usize,
    },

    /// Two things that belong together differ in number.
    #[error("{left_count} {left} but {right_count} {right}: there must be one for each")]
    Count {
        /// What was counted first, in the plural.
        left: &'static str,
        /// How many there are.
        left_count: usize,
        /// What was counted second, in the plural.
        right: &'static str,
        /// How many there are.
        right_count: usize,
    },

    /// A batch has too few examples for what is computed over it.
    #[error("{what} needs at least {needed} in a batch, but received {received}")]
    BatchTooSmall {
        /// The computation, and what it counts.
        what: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many it received.
        received: usize,
    },

    /// A state dict doesn't fit the model; every misfit is named.
    #[error(
        "{}: the weights do not fit{}:\n{}{}",
        path.display(),
        prefixed("; ", origin),
        first_of(problems),
        prefixed("\nhelp: ", help)
    )]
    Weights {
        /// The file.
        path: PathBuf,
        /// Whose weights these are, if the file says so and they are another network's.
        origin: Option<String>,
        /// One line for each tensor that is missing, unexpected, or of another shape or type. Printed are the first 40.
        problems: Vec<String>,
        /// What to do, where the misfits have a pattern.
        help: Option<String>,
    },

    /// An optimizer has no gradient for some parameters.
    #[error(
        "{0} parameters have no gradient: the loss does not depend on them, or the input was traced with the gradients of \
         another model; start from `model.alloc_grads()`"
    )]
    NoGradient(usize),

    /// An argument has a value outside its range.
    #[error("{0}")]
    Argument(String),
}

/// The sentence, as `main` prints what it returns by `Debug`.
impl std::fmt::Debug for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

/// A text behind others, or none.
fn prefixed(prefix: &str, text: &Option<String>) -> String {
    text.as_ref().map_or_else(String::new, |text| format!("{prefix}{text}"))
}

/// As many lines as can be read.
fn first_of(problems: &[String]) -> String {
    const MOST: usize = 40;
    let shown = problems.len().min(MOST);
    let mut text = problems[..shown].join("\n");
    if problems.len() > shown {
        text += &format!("\nand {} more", problems.len() - shown);
    }
    text
}

impl Error {
    /// Names the file in an error of the operating system.
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Error::Io { path, source }
    }

    /// Says what is wrong in a file.
    pub(crate) fn file(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Error::File { path: path.as_ref().to_path_buf(), problem: problem.into() }
    }
}

/// The error of a dfdx device: what `?` turns into [`Error::Device`].
///
/// It is a trait of its own so that code generic in the device can use `?` on dfdx's results.
pub trait DeviceError: std::fmt::Debug + std::fmt::Display {}

impl DeviceError for dfdx::tensor::CpuError {}

#[cfg(feature = "cuda")]
impl DeviceError for dfdx::tensor::CudaError {}

impl<E: DeviceError> From<E> for Error {
    fn from(error: E) -> Self {
        Error::Device(error.to_string())
    }
}

impl<E: DeviceError> From<dfdx::optim::OptimizerUpdateError<E>> for Error {
    fn from(error: dfdx::optim::OptimizerUpdateError<E>) -> Self {
        match error {
            dfdx::optim::OptimizerUpdateError::UnusedParams(unused) => Error::NoGradient(unused.ids.len()),
            dfdx::optim::OptimizerUpdateError::DeviceError(error) => error.into(),
        }
    }
}
