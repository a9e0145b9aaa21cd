//! Whichever kernel is taken, layers are PyTorch's, and gradients are slopes: the golden and the finite-difference tests by each
//! kernel that an operation has, with each set of instructions that this processor has.

use std::collections::HashMap;
use std::env;
use std::process::Command;

/// What `SHAPEWRIGHT_KERNELS` may ask for besides instructions.
const KERNELS: [&str; 8] = ["unfolded", "direct", "depthwise", "winograd2", "winograd4", "rows", "products", "threads"];

fn instructions() -> Vec<&'static str> {
    let mut sets = vec!["portable"];
    #[cfg(target_arch = "aarch64")]
    sets.push("neon");
    #[cfg(target_arch = "x86_64")]
    {
        let (avx2, avx512) = (is_x86_feature_detected!("avx2"), is_x86_feature_detected!("avx512dq"));
        sets.extend(avx2.then_some("avx2").into_iter().chain(avx512.then_some("avx512")));
    }
    sets
}

/// The tests of this program that compare with PyTorch and with finite differences, in a process with the choice.
fn by(words: &str) -> (bool, String) {
    let mut tests = Command::new(env::current_exe().unwrap());
    // One after the other, by name: so the one that counts knows what those of golden outputs and gradients took.
    let tests = tests.args(["golden::", "gradients::", "architectures::", "losses::"]);
    let tests = tests.args(["kernels::what_was_asked_for_was_taken", "--include-ignored", "--test-threads=1"]);
    let output = tests.env("SHAPEWRIGHT_KERNELS", words).env("RAYON_NUM_THREADS", "3").output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn every_kernel_is_pytorchs_and_has_the_slopes() {
    for set in instructions() {
        for kernel in KERNELS {
            let (succeeds, said) = by(&format!("{set},{kernel}"));
            assert!(succeeds, "by {set}, {kernel}:\n{said}");
            for tests in ["golden::conv2d::", "gradients::training::", "kernels::what_was_asked_for_was_taken ... ok"] {
                assert!(said.contains(&format!("test {tests}")), "{tests} was tested:\n{said}");
            }
        }
    }
}

/// The kernels of a word that aren't taken where it is asked for.
fn others(word: &str) -> &'static [&'static str] {
    match word {
        "unfolded" => &["direct", "depthwise", "winograd2", "winograd4"],
        "direct" => &["depthwise", "winograd2", "winograd4"],
        "depthwise" => &["winograd2"],
        "winograd2" => &["winograd4"],
        "winograd4" => &["winograd2"],
        "rows" => &["products"],
        "products" => &["rows"],
        "portable" => &["avx2", "avx512", "neon"],
        "avx2" => &["portable", "avx512"],
        "avx512" => &["portable", "avx2"],
        "neon" => &["portable"],
        _ => &[],
    }
}

#[test]
#[ignore = "it counts what the tests before it took, in a process that asks for kernels"]
fn what_was_asked_for_was_taken() {
    let words = env::var("SHAPEWRIGHT_KERNELS").unwrap();
    let taken: HashMap<_, _> = shapewright::private::kernels_taken().collect();
    for word in words.split(',') {
        assert!(taken[word] > 0, "`{word}` was taken {} times: {taken:?}", taken[word]);
        assert!(others(word).iter().all(|other| taken[other] == 0), "beside `{word}`: {taken:?}");
    }
}

#[test]
fn what_is_no_kernel_is_said() {
    let (succeeds, said) = by("winograd8");
    assert!(!succeeds && said.contains("SHAPEWRIGHT_KERNELS has the word `winograd8`, but it may have"), "{said}");
}
