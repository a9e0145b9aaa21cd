//! The rooms of the house import those below them alone: `docs/architecture.md` says which, and this test holds it to that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may import besides `error`. `*` stands for all.
const ROOMS: [(&str, &[&str]); 22] = [
    ("error", &[]),
    ("path", &[]),
    ("shape", &["call", "path"]),
    ("call", &["shape", "path"]),
    ("shapes", &["shape"]),
    ("parameters", &["path"]),
    ("ops", &["parameters"]),
    ("layer", &["call", "shape", "parameters", "ops"]),
    ("network", &["call", "shape", "parameters", "ops", "layer"]),
    ("layers", &["call", "shape", "parameters", "ops", "layer", "network"]),
    ("loss", &["ops", "parameters"]),
    ("weights", &["path", "shape", "parameters", "ops", "layer", "network"]),
    ("optim", &["path", "parameters", "ops", "layer", "network"]),
    ("plan", &["parameters", "shape", "ops", "layer", "network", "weights"]),
    ("data", &["ops"]),
    ("detection", &["ops", "loss"]),
    ("images", &[]),
    ("device", &[]),
    ("zoo", &["prelude", "layer", "shape", "ops", "detection"]),
    ("prelude", &["*"]),
    ("private", &["*"]),
    ("lib", &["*"]),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file, without comments and without its own tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The names behind `crate::` in some code; those of a group `crate::{a::b, c}` too.
fn imports(code: &str) -> BTreeSet<String> {
    let name =
        |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let Some(group) = after.strip_prefix('{') else {
            found.insert(name(after));
            continue;
        };
        let mut depth = 0;
        let mut start = 0;
        for (at, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    found.insert(name(&group[start..at]));
                    start = at + 1;
                    if character == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    found.remove("");
    found
}

#[test]
fn imports_are_read_alone_and_in_groups() {
    let found = imports(
        "use crate::ops::Backend;\nuse crate::{\n    Error, network::{Batch, Network},\n    shape,\n};\ncrate::layer::run()",
    );
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Error", "layer", "network", "ops", "shape"]);
}

#[test]
fn rooms_import_those_below_them_alone() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rooms: BTreeMap<_, _> = ROOMS.into_iter().collect();
    let mut found = Vec::new();
    files(&source, &mut found);
    assert!(found.len() > 100, "the sources are there");
    let mut broken = Vec::new();
    for path in found {
        let inside = path.strip_prefix(&source).unwrap();
        let of_tests = inside
            .components()
            .any(|part| ["tests", "tests.rs", "testing.rs"].iter().any(|name| part.as_os_str() == *name));
        let room = inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        let allowed = rooms.get(room).unwrap_or_else(|| panic!("`{room}` is not in the table of rooms"));
        if of_tests || allowed.contains(&"*") {
            continue;
        }
        for import in imports(&code(&path)) {
            let target = match import.as_str() {
                "Error" | "Result" | "DeviceError" => "error",
                other => other,
            };
            if target != room && target != "error" && !allowed.contains(&target) {
                broken.push(format!("{} imports `{target}`, which is not below `{room}`", inside.display()));
            }
        }
    }
    assert!(broken.is_empty(), "docs/architecture.md says which rooms import which:\n{}", broken.join("\n"));
}

/// What the test holds rooms to is what the page says.
#[test]
fn every_room_is_on_the_page() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    for (room, _) in ROOMS.into_iter().filter(|(room, _)| *room != "lib") {
        assert!(page.contains(&format!("`{room}`")), "docs/architecture.md names `{room}`");
    }
}
