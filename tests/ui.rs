//! What the compiler says: right networks compile, and each wrong one gets the error that its `.stderr` holds.
//!
//! After a change on purpose: `TRYBUILD=overwrite cargo test --test ui wrong`, and read every message as a user would; then
//! `BLESS=1 cargo test --test ui page` writes `docs/errors.md` anew.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Without a passing case among them, these are checked by `cargo check`: what only `cargo build` would find is missed.
#[test]
fn wrong_networks_are_told_what_is_wrong() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*/*.rs");
}

#[test]
fn right_networks_compile_and_run() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}

/// The folders of `tests/ui/fail`, in the order of the page, and what it calls them.
const THEMES: [(&str, &str); 11] = [
    ("layers", "Layers that don't fit"),
    ("arguments", "Arguments of layers"),
    ("lists", "Layers made of lists, repeats and networks in networks"),
    ("values", "Several values, and indices"),
    ("blocks", "Blocks"),
    ("input", "`Input`"),
    ("grammar", "The grammar of `network!`"),
    ("use", "Using a network"),
    ("places", "Wherever a network stands"),
    ("own_layers", "Layers of your own"),
    ("rustc", "In rustc's own words"),
];

/// `docs/errors.md` is made of the wrong networks and their errors, so that it shows what the compiler says today.
#[test]
fn the_page_of_errors_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (page, written) = (root.join("docs/errors.md"), errors(&root.join("tests/ui/fail")));
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(root.join("docs")).and_then(|()| fs::write(&page, written)).expect("the page is written");
        return;
    }
    let found = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        found == written,
        "docs/errors.md is not what tests/ui/fail says: `BLESS=1 cargo test --test ui page` writes it"
    );
}

fn errors(fail: &Path) -> String {
    let mut page = String::from(
        "# What errors look like\n\n\
         Wrong networks, and what `cargo check` says of them. This page is made of [the tests](../tests/ui/fail) and checked by \
         them: `BLESS=1 cargo test --test ui page` writes it.\n\n",
    );
    for (_, title) in THEMES {
        let anchor: String =
            title.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " _".contains(*c)).collect();
        writeln!(page, "- [{title}](#{})", anchor.replace(' ', "-")).expect("a string takes it");
    }
    for folder in sorted(fail) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let known = THEMES.iter().any(|(theme, _)| *theme == name);
        assert!(
            known,
            "tests/ui/fail/{name}: a wrong network stands in one of the folders there, or a new one is in `THEMES`"
        );
    }
    for (folder, title) in THEMES {
        write!(page, "\n## {title}\n").expect("a string takes it");
        for file in sorted(&fail.join(folder)).iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
            let read =
                |file: &Path| fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let (code, error) = (read(file), read(&file.with_extension("stderr")));
            assert!(code.starts_with("//! "), "{}: the first line says what is wrong: `//! …`", file.display());
            let code = code.trim_end().trim_end_matches("fn main() {}").trim_end();
            write!(page, "\n```rust\n{code}\n```\n```text\n{}\n```\n", error.trim_end()).expect("a string takes it");
        }
    }
    page
}

/// What stands in a folder, by name.
fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a folder can be read").path()).collect();
    paths.sort();
    paths
}
