//! Chooses the kernel if an operation has several: the fastest, or one that the user requests.
//!
//! The documentation of [`ops`](super) lists the words that request kernels.

use std::env;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::compiled::Algorithm;
use super::conv2d::Kernel;
use super::vectorized::InstructionSet;

const VARIABLE: &str = "SHAPEWRIGHT_KERNELS";

/// The kernels that the user requests. Where nothing is requested, the fastest kernel is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) instructions: Option<InstructionSet>,
    pub(crate) convolution: Option<Kernel>,
    /// Whether fully connected layers compute one row at a time.
    pub(crate) rows: Option<bool>,
    /// Whether work is divided between threads even if it is too small to benefit.
    pub(crate) threads: bool,
}

/// The kernels that are requested in this process.
pub(crate) fn asked() -> &'static Choice {
    static ASKED: LazyLock<Result<Choice, String>> =
        LazyLock::new(|| Choice::of(&env::var_os(VARIABLE).unwrap_or_default().to_string_lossy()));
    ASKED.as_ref().unwrap_or_else(|message| panic!("{message}"))
}

/// The words that request kernels.
const WORDS: [&str; 12] = [
    "portable",
    "avx2",
    "avx512",
    "neon",
    "unfolded",
    "direct",
    "depthwise",
    "winograd2",
    "winograd4",
    "rows",
    "products",
    "threads",
];

/// How often the kernel of each word was used.
static TAKEN: [AtomicUsize; WORDS.len()] = [const { AtomicUsize::new(0) }; WORDS.len()];

/// Counts a use of the kernel with this word, if the process requests any. With it, tests know which kernels they have tested.
pub(crate) fn take(word: &str) {
    if *asked() != Choice::default()
        && let Some(place) = WORDS.iter().position(|known| *known == word)
    {
        TAKEN[place].fetch_add(1, Ordering::Relaxed);
    }
}

/// How often the kernel of each word was used up to now, in a process that requests any.
pub fn taken() -> impl Iterator<Item = (&'static str, usize)> {
    WORDS.into_iter().zip(&TAKEN).map(|(word, count)| (word, count.load(Ordering::Relaxed)))
}

impl Choice {
    fn of(words: &str) -> Result<Self, String> {
        let mut choice = Choice::default();
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "unfolded" => choice.convolution = Some(Kernel::Unfolded),
                "direct" => choice.convolution = Some(Kernel::Pixels(Algorithm::Direct)),
                "depthwise" => choice.convolution = Some(Kernel::Pixels(Algorithm::Depthwise)),
                "winograd2" => choice.convolution = Some(Kernel::Pixels(Algorithm::Winograd(2))),
                "winograd4" => choice.convolution = Some(Kernel::Pixels(Algorithm::Winograd(4))),
                "rows" => choice.rows = Some(true),
                "products" => choice.rows = Some(false),
                "threads" => choice.threads = true,
                "portable" | "avx2" | "avx512" | "neon" => {
                    let set = InstructionSet::all().find(|set| set.name() == word);
                    let missing =
                        || format!("{VARIABLE} asks for `{word}`, which this processor doesn't have: leave it out");
                    choice.instructions = Some(set.ok_or_else(missing)?);
                }
                _ => {
                    return Err(format!(
                        "{VARIABLE} has the word `{word}`, but it may have `portable`, `avx2`, `avx512`, `neon`, `unfolded`, `direct`, \
                         `depthwise`, `winograd2`, `winograd4`, `rows`, `products` and `threads`, separated by commas"
                    ));
                }
            }
        }
        Ok(choice)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn words_are_choices() {
        assert_eq!(Choice::of(""), Ok(Choice::default()));
        let expected = Choice {
            instructions: Some(InstructionSet::Portable),
            convolution: Some(Kernel::Pixels(Algorithm::Winograd(4))),
            rows: Some(true),
            threads: true,
        };
        assert_eq!(Choice::of("winograd4, portable,rows,threads"), Ok(expected));
        let error = Choice::of("direct,winograd8").unwrap_err();
        assert!(
            error.starts_with("SHAPEWRIGHT_KERNELS has the word `winograd8`, but it may have `portable`, "),
            "{error}"
        );
    }

    /// Runs the tests of each operation with each kernel that can be requested, in a process of its own.
    #[test]
    fn operations_are_right_by_every_kernel() {
        let all = InstructionSet::all().map(InstructionSet::name).chain(["threads"]).map(|words| (words, "ops::"));
        let convolutions =
            ["unfolded", "direct", "depthwise", "winograd2", "winograd4"].map(|words| (words, "ops::conv"));
        let linear = ["rows", "products"].map(|words| (words, "ops::linear::"));
        for (words, operations) in all.chain(convolutions).chain(linear) {
            let mut tests = Command::new(env::current_exe().unwrap());
            let tests = tests.args([operations, "--skip", "ops::choice::", "--skip", "ops::compiled::"]);
            // The tests run one after the other, ordered by name, so that the last one sees the counts of all.
            let tests = tests.args(["ops::testing::", "--include-ignored", "--skip", "_gpu", "--test-threads=1"]);
            let output = tests.env(VARIABLE, words).env("RAYON_NUM_THREADS", "3").output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            let counted = said.contains("ops::testing::what_was_asked_for_was_taken ... ok");
            assert!(output.status.success() && counted, "{words}:\n{said}");
            assert!(said.contains("::gradients_are_the_slopes ... ok"), "{words}:\n{said}");
        }
    }
}
