//! What the compiler says: right networks compile, and each wrong one gets the error that its `.stderr` holds.
//!
//! After a change on purpose: `TRYBUILD=overwrite cargo test --test ui`, and read every message as a user would.

/// Without a passing case among them, these are checked by `cargo check`: what only `cargo build` would find is missed.
#[test]
fn wrong_networks_are_told_what_is_wrong() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}

#[test]
fn right_networks_compile_and_run() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}
