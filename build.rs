//! With the feature `cuda`, says in a sentence what stands in the way of a build. dfdx's build script panics instead,
//! and cargo may run that first: mostly where all else is still to be compiled. `docs/cuda.md` has its texts, too.
//! Where there's no toolkit at all, cudarc's build script always comes first, so this one says nothing of it. Without
//! the feature, and with `ci-check`, it does nothing.

use std::{env, fs, path::PathBuf, process::Command};

/// What a build for CUDA finds on this machine.
#[derive(Clone, Default)]
pub struct Machine {
    /// `include/cuda.h` of the toolkit that cudarc and dfdx use.
    pub header: Option<String>,
    /// What `nvidia-smi --query-gpu=compute_cap --format=csv` prints, if it's there.
    pub nvidia_smi: Option<String>,
    /// What `nvcc --list-gpu-code` prints, if it's there.
    pub nvcc: Option<String>,
    /// `$CUDA_COMPUTE_CAP`
    pub chosen: Option<String>,
    /// `$NVCC_PREPEND_FLAGS` and `$NVCC_APPEND_FLAGS`
    pub nvcc_flags: String,
    /// What `rustc -vV` prints.
    pub rustc: String,
    /// This package's folder.
    pub package: String,
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_CUDA").is_none() || env::var_os("CARGO_FEATURE_CI_CHECK").is_some() {
        return;
    }
    println!("cargo:rerun-if-env-changed=CUDA_COMPUTE_CAP");
    for obstacle in obstacles(&Machine::this()) {
        println!("cargo::error={obstacle}");
    }
}

/// Where cudarc 0.9.15 and dfdx 0.13.0 look for the toolkit: first what these variables say, then these folders.
const ROOTS: [&str; 4] = ["CUDA_PATH", "CUDA_ROOT", "CUDA_TOOLKIT_ROOT_DIR", "CUDNN_LIB"];
const FOLDERS: [&str; 6] = [
    "/usr",
    "/usr/local/cuda",
    "/opt/cuda",
    "/usr/lib/cuda",
    "C:/Program Files/NVIDIA GPU Computing Toolkit",
    "C:/CUDA",
];

impl Machine {
    fn this() -> Self {
        let variable = |name: &str| env::var(name).unwrap_or_default();
        let roots = ROOTS.iter().filter_map(env::var_os).chain(FOLDERS.iter().map(Into::into));
        Self {
            header: roots
                .map(|root| PathBuf::from(root).join("include/cuda.h"))
                .find_map(|h| fs::read_to_string(h).ok()),
            nvidia_smi: prints("nvidia-smi", &["--query-gpu=compute_cap", "--format=csv"]),
            nvcc: prints("nvcc", &["--list-gpu-code"]),
            chosen: env::var("CUDA_COMPUTE_CAP").ok(),
            nvcc_flags: variable("NVCC_PREPEND_FLAGS") + " " + &variable("NVCC_APPEND_FLAGS"),
            rustc: prints(&variable("RUSTC"), &["-vV"]).unwrap_or_default(),
            package: variable("CARGO_MANIFEST_DIR"),
        }
    }
}

fn prints(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What stands in the way, each in a sentence that says what to do. It asks for what dfdx's build script asks for.
pub fn obstacles(machine: &Machine) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |obstacle: String| found.push(format!("feature `cuda`: {obstacle}"));

    if machine.rustc.contains("nightly") {
        add("dfdx 0.13.0 doesn't compile on a nightly compiler; use a stable one: `cargo +stable build`".into());
    }
    if machine.nvcc.is_none() {
        add("`nvcc` isn't on PATH; it's in the CUDA toolkit's folder `bin`".into());
    }
    let known = machine.nvcc.as_ref().map(|list| codes(list));
    let reported = match &machine.nvidia_smi {
        None => {
            add("`nvidia-smi` isn't on PATH; it comes with NVIDIA's driver, and docs/cuda.md has a stand-in for it \
                 where there's no GPU"
                .into());
            None
        }
        Some(output) => {
            let code = code(output);
            if code.is_none() {
                add(format!(
                    "`nvidia-smi` names no GPU, it prints {:?}; where there's none, docs/cuda.md has a stand-in \
                     (CUDA_COMPUTE_CAP isn't enough)",
                    output.trim()
                ));
            }
            code
        }
    };
    if let (Some(code), Some(known)) = (reported, &known)
        && !known.contains(&code)
    {
        add(format!(
            "this `nvcc` doesn't know the GPU that `nvidia-smi` names, sm_{code}, but {known:?}; use another CUDA \
             toolkit (CUDA_COMPUTE_CAP isn't enough)"
        ));
    }
    let chosen = match machine.chosen.as_ref().map(|chosen| (chosen, chosen.parse::<usize>().ok())) {
        None => reported,
        Some((_, Some(code))) if known.as_ref().is_none_or(|known| known.contains(&code)) => Some(code),
        Some((chosen, _)) => {
            add(format!(
                "CUDA_COMPUTE_CAP is {chosen:?}; write the GPU's as in `86`, one of {:?}",
                known.unwrap_or_default()
            ));
            None
        }
    };
    let version = machine.header.as_ref().and_then(|header| version(header));
    if let (Some(code), Some(version)) = (chosen, version)
        && code < 80
        && version >= 12020
        && !machine.nvcc_flags.contains("turing_shim.h")
    {
        add(format!(
            "dfdx's kernels for sm_{code} don't compile with CUDA {}.{} (`__hmax_nan` is defined twice); set \
             NVCC_APPEND_FLAGS=\"-include {}/scripts/turing_shim.h\"",
            version / 1000,
            version % 1000 / 10,
            machine.package
        ));
    }
    found
}

/// 86 in "compute_cap\n8.6\n"
fn code(nvidia_smi: &str) -> Option<usize> {
    let mut lines = nvidia_smi.lines();
    (lines.next()? == "compute_cap").then(|| lines.next()?.replace('.', "").parse().ok())?
}

/// 80 and 90 in "sm_80\nsm_90\nsm_90a\n"
fn codes(nvcc: &str) -> Vec<usize> {
    nvcc.lines().filter_map(|line| line.strip_prefix("sm_")?.parse().ok()).collect()
}

/// 12020 in "#define CUDA_VERSION 12020"
fn version(header: &str) -> Option<usize> {
    header.lines().find_map(|line| line.strip_prefix("#define CUDA_VERSION")?.trim().parse().ok())
}
