//! What `build.rs` says of a machine that can't build for CUDA.

#[allow(dead_code)]
#[path = "../build.rs"]
mod build;

use build::{Machine, obstacles};

/// A machine that can.
fn fine() -> Machine {
    Machine {
        header: Some("#ifndef __cuda_cuda_h__\n#define CUDA_VERSION 12040\n".into()),
        nvidia_smi: Some("compute_cap\n8.6\n".into()),
        nvcc: Some("sm_75\nsm_80\nsm_86\nsm_90\nsm_90a\n".into()),
        rustc: "rustc 1.95.0\nrelease: 1.95.0\n".into(),
        package: "/shapewright".into(),
        ..Machine::default()
    }
}

/// One obstacle, which has this in its text.
#[track_caller]
fn says(change: impl Fn(&mut Machine), text: &str) {
    let mut machine = fine();
    change(&mut machine);
    let found = obstacles(&machine);
    assert!(found.len() == 1 && found[0].contains(text), "{found:#?}");
}

#[test]
fn a_machine_that_can_is_left_alone() {
    assert_eq!(obstacles(&fine()), [""; 0]);
    let turing = Some("compute_cap\n7.5\n".to_owned());
    let early = Some("#define CUDA_VERSION 12010".to_owned());
    assert_eq!(obstacles(&Machine { nvidia_smi: turing.clone(), header: early, ..fine() }), [""; 0]);
    let shim = "-include /shapewright/scripts/turing_shim.h".to_owned();
    assert_eq!(obstacles(&Machine { nvidia_smi: turing, nvcc_flags: shim, ..fine() }), [""; 0]);
    assert_eq!(obstacles(&Machine { chosen: Some("90".into()), ..fine() }), [""; 0]);
}

#[test]
fn each_obstacle_is_told_with_its_remedy() {
    says(|machine| machine.rustc.push_str("release: 1.97.0-nightly"), "`cargo +stable build`");
    says(|machine| machine.nvcc = None, "`nvcc` isn't on PATH");
    says(|machine| machine.nvidia_smi = None, "`nvidia-smi` isn't on PATH");
    says(|machine| machine.nvidia_smi = Some("No devices were found\n".into()), r#"prints "No devices were found""#);
    says(|machine| machine.nvidia_smi = Some("compute_cap\n".into()), "names no GPU");
    says(|machine| machine.nvidia_smi = Some("compute_cap\n12.0\n".into()), "sm_120, but [75, 80, 86, 90]");
    says(|machine| machine.chosen = Some("8.6".into()), r#"CUDA_COMPUTE_CAP is "8.6""#);
    says(|machine| machine.chosen = Some("89".into()), "one of [75, 80, 86, 90]");
    says(
        |machine| machine.chosen = Some("75".into()),
        r#"CUDA 12.4 (`__hmax_nan` is defined twice); set NVCC_APPEND_FLAGS="-include /shapewright/scripts/turing_shim.h""#,
    );
}
