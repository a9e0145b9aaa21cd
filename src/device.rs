//! Choosing a device at run time: the CPU or a GPU.
//!
//! A device is a type, so a function that runs on several devices is compiled once for each. [`DeviceSpec`] is the
//! device that the user asks for, [`AnyDevice`] is an opened device, and [`on_device!`](crate::on_device) calls a
//! function that is generic in the device:
//!
//! ```
//! use shapewright::{device::DeviceSpec, on_device, prelude::*};
//!
//! network! { struct Mlp: Input<784> { hidden: Linear<.., 32>, ReLU, out: Linear<.., 10> } }
//!
//! fn run<D: Backend<f32>>(device: D) -> Result<()> {
//!     let mlp = Mlp::build(&device)?;
//!     let output: Tensor<Rank1<10>, f32, D> = mlp.try_forward(device.sample_normal::<Rank1<784>>())?;
//!     println!("{:?}", output.as_vec());
//!     Ok(())
//! }
//!
//! fn main() -> Result<()> {
//!     let asked: DeviceSpec = "auto".parse()?; // or "cpu", "cuda", "cuda:1"
//!     let device = asked.open(42)?;
//!     println!("on {device}");
//!     on_device!(device, |device| run(device))
//! }
//! ```

use std::fmt;
use std::str::FromStr;

use dfdx::tensor::Cpu;
#[cfg(feature = "cuda")]
use dfdx::tensor::Cuda;

use crate::error::{Error, Result};

/// The name of a device, as in PyTorch: `cpu`, `cuda` (which means `cuda:0`), `cuda:1`, or `auto`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceSpec {
    /// The first GPU, if the program was built with the feature `cuda` and there is a GPU; otherwise the CPU.
    #[default]
    Automatic,
    /// The CPU.
    Cpu,
    /// The GPU with this index, counted from 0.
    Cuda(usize),
}

/// An opened device. [`on_device!`](crate::on_device) passes it on with its own type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnyDevice {
    /// The CPU.
    Cpu(Cpu),
    /// A GPU, and its index.
    #[cfg(feature = "cuda")]
    Cuda(Cuda, usize),
}

impl DeviceSpec {
    /// Opens the device. The seed determines its random numbers.
    ///
    /// # Errors
    /// [`Error::NoSuchDevice`], which says what is missing: the feature `cuda`, a driver, a GPU, or a GPU with this
    /// index. (A program that was built with `cuda` doesn't start if NVIDIA's driver isn't installed at all.)
    pub fn open(self, seed: u64) -> Result<AnyDevice> {
        let cpu = || AnyDevice::Cpu(Cpu::seed_from_u64(seed));
        match self {
            DeviceSpec::Cpu => Ok(cpu()),
            DeviceSpec::Cuda(ordinal) => gpu(ordinal, seed),
            DeviceSpec::Automatic => Ok(gpu(0, seed).unwrap_or_else(|_| cpu())),
        }
    }
}

#[cfg(not(feature = "cuda"))]
fn gpu(ordinal: usize, _: u64) -> Result<AnyDevice> {
    Err(missing(ordinal, "this program was built without the feature `cuda`; build it with `--features cuda`"))
}

/// dfdx panics if there is no GPU, so the driver is asked first.
#[cfg(feature = "cuda")]
fn gpu(ordinal: usize, seed: u64) -> Result<AnyDevice> {
    use cudarc::driver::{result, sys::CUresult};

    // The code of an error instead of its text: the text has to be requested from the driver, which may not be able to
    // answer.
    let count = match result::init().and_then(|()| result::device::get_count()) {
        Ok(count) => usize::try_from(count).unwrap_or(0),
        Err(error) if error.0 == CUresult::CUDA_ERROR_NO_DEVICE => 0,
        Err(error) => {
            let code = error.0 as i32;
            return Err(missing(
                ordinal,
                format!("NVIDIA's driver doesn't start (its code is {code}); does `nvidia-smi` work?"),
            ));
        }
    };
    match count {
        0 => Err(missing(ordinal, "NVIDIA's driver is installed, but finds no GPU; `nvidia-smi` lists those it finds")),
        _ if ordinal < count => Ok(AnyDevice::Cuda(Cuda::try_build(ordinal, seed)?, ordinal)),
        1 => Err(missing(ordinal, "there is one GPU, `cuda:0`")),
        _ => Err(missing(ordinal, format!("there are {count} GPUs, `cuda:0` to `cuda:{}`", count - 1))),
    }
}

fn missing(ordinal: usize, problem: impl Into<String>) -> Error {
    Error::NoSuchDevice { device: DeviceSpec::Cuda(ordinal).to_string(), problem: problem.into() }
}

impl FromStr for DeviceSpec {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name.split_once(':') {
            None if name == "auto" => return Ok(DeviceSpec::Automatic),
            None if name == "cpu" => return Ok(DeviceSpec::Cpu),
            None if name == "cuda" => return Ok(DeviceSpec::Cuda(0)),
            // Digits only: `parse` would also accept a sign.
            Some(("cuda", digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                if let Ok(ordinal) = digits.parse() {
                    return Ok(DeviceSpec::Cuda(ordinal));
                }
            }
            _ => {}
        }
        Err(Error::Argument(format!(
            "there is no device `{name}`: write auto, cpu, cuda, or cuda:1 for the second GPU"
        )))
    }
}

/// The name of the device, which can be parsed again.
impl fmt::Display for DeviceSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceSpec::Automatic => formatter.write_str("auto"),
            DeviceSpec::Cpu => formatter.write_str("cpu"),
            DeviceSpec::Cuda(ordinal) => write!(formatter, "cuda:{ordinal}"),
        }
    }
}

/// The name of the device in sentences: `the CPU`, `GPU 0`.
impl fmt::Display for AnyDevice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnyDevice::Cpu(_) => formatter.write_str("the CPU"),
            #[cfg(feature = "cuda")]
            AnyDevice::Cuda(_, ordinal) => write!(formatter, "GPU {ordinal}"),
        }
    }
}

/// Evaluates an expression with the device that an [`AnyDevice`](crate::device::AnyDevice) holds, whatever its type:
/// `on_device!(device, |device| run(&device))`. The expression is compiled once for each type. See
/// [`device`](crate::device).
#[cfg(not(feature = "cuda"))]
#[macro_export]
macro_rules! on_device {
    ($device:expr, |$name:ident| $body:expr) => {
        match $device {
            $crate::device::AnyDevice::Cpu($name) => $body,
            _ => ::core::unreachable!(),
        }
    };
}

/// Evaluates an expression with the device that an [`AnyDevice`](crate::device::AnyDevice) holds, whatever its type:
/// `on_device!(device, |device| run(&device))`. The expression is compiled once for each type. See
/// [`device`](crate::device).
#[cfg(feature = "cuda")]
#[macro_export]
macro_rules! on_device {
    ($device:expr, |$name:ident| $body:expr) => {
        match $device {
            $crate::device::AnyDevice::Cpu($name) => $body,
            $crate::device::AnyDevice::Cuda($name, _) => $body,
            _ => ::core::unreachable!(),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_pytorchs() {
        for (name, device) in [
            ("auto", DeviceSpec::Automatic),
            ("cpu", DeviceSpec::Cpu),
            ("cuda:0", DeviceSpec::Cuda(0)),
            ("cuda:12", DeviceSpec::Cuda(12)),
        ] {
            assert_eq!(name.parse::<DeviceSpec>().unwrap(), device);
            assert_eq!(device.to_string(), name);
        }
        assert_eq!("cuda".parse::<DeviceSpec>().unwrap(), DeviceSpec::Cuda(0));
        for wrong in ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:+1", "cpu:0", "cuda:99999999999999999999999"] {
            let error = wrong.parse::<DeviceSpec>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("there is no device `{wrong}`")), "{error}");
        }
    }

    #[test]
    fn the_cpu_is_always_there() {
        assert_eq!(DeviceSpec::Cpu.open(1).unwrap().to_string(), "the CPU");
        assert!(DeviceSpec::Automatic.open(1).is_ok());
    }

    #[test]
    fn what_is_not_there_is_said() {
        let error = DeviceSpec::Cuda(99).open(1).unwrap_err().to_string();
        assert!(error.starts_with("the device `cuda:99` isn't there: "), "{error}");
    }
}
