//! Errors at run time.
//!
//! Shapes are not among them: the compiler has checked the shapes of a network. What can fail is access to files and
//! devices, labels and arguments that don't fit, and batches that are too small for a computation.

use std::path::{Path, PathBuf};

/// The result of an operation that can fail at run time.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error at run time, as a sentence that says what was expected, what was received and what to do.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The device failed, usually because its memory is exhausted.
    #[error("the device failed: {0}")]
    Device(String),

    /// A requested device isn't available.
    #[error("the device `{device}` isn't there: {problem}")]
    NoSuchDevice {
        /// The name of the device.
        device: String,
        /// What is missing, and what to do.
        problem: String,
    },

    /// A file can't be opened, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },

    /// A file doesn't hold the expected content.
    #[error("{}: {problem}", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// What was expected, what was found, and what to do.
        problem: String,
    },

    /// A label isn't the index of one of the network's classes.
    #[error(
        "label {label} at position {position} is out of range: {classes} classes have the labels 0 to {}; \
         check the labels, or give the network more outputs",
        classes.saturating_sub(1)
    )]
    Label {
        /// The label.
        label: usize,
        /// Its position among the labels.
        position: usize,
        /// The number of classes.
        classes: usize,
    },

    /// Two collections that belong together have different lengths.
    #[error("{left_count} {left} but {right_count} {right}: there must be one for each")]
    Count {
        /// What the first collection holds, in the plural.
        left: &'static str,
        /// The length of the first collection.
        left_count: usize,
        /// What the second collection holds, in the plural.
        right: &'static str,
        /// The length of the second collection.
        right_count: usize,
    },

    /// A batch has too few examples for a computation.
    #[error("{what} needs at least {needed} in a batch, but received {received}")]
    BatchTooSmall {
        /// The computation, and what it counts.
        what: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many it received.
        received: usize,
    },

    /// A state dict doesn't fit the model; every mismatch is listed.
    #[error(
        "{}: the weights do not fit{}:\n{}{}",
        path.display(),
        prefixed("; ", origin),
        first_of(problems),
        prefixed("\nhelp: ", help)
    )]
    Weights {
        /// The path of the file.
        path: PathBuf,
        /// The network whose weights the file holds, if the file states it and it is another network.
        origin: Option<String>,
        /// One line for each tensor that is missing, unexpected, or has another shape or type. The first 40 are
        /// printed.
        problems: Vec<String>,
        /// What to do, if the mismatches follow a pattern.
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

/// The same sentence, because `main` prints a returned error with `Debug`.
impl std::fmt::Debug for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

/// A text after a prefix, or nothing if there is no text.
fn prefixed(prefix: &str, text: &Option<String>) -> String {
    text.as_ref().map_or_else(String::new, |text| format!("{prefix}{text}"))
}

/// The first problems, as many as a reader can take in.
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
    /// Adds the path of the file to an error of the operating system.
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Error::Io { path, source }
    }

    /// An error in the content of a file.
    pub(crate) fn file(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Error::File { path: path.as_ref().to_path_buf(), problem: problem.into() }
    }
}

/// The error of a dfdx device, which `?` converts to [`Error::Device`].
///
/// It is a separate trait so that code generic in the device can use `?` on dfdx's results.
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
