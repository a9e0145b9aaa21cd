#!/usr/bin/env bash
# The pool of workers in all orders in which its threads may meet, as `loom` finds them: `tests/rooms/src/ops/models.rs`.
set -euo pipefail
cd "$(dirname "$0")/../tests/rooms"
export RUSTFLAGS="--cfg loom ${RUSTFLAGS:-}" CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../target/loom}
cargo test --release --lib -- --test-threads=1 models:: "$@"
