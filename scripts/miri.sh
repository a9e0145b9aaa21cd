#!/usr/bin/env bash
# Miri, with Tree Borrows, on the files of `src/ops` that share memory between threads or read through addresses, as far as they
# need no tensors: `tests/rooms` has them as a crate of their own, for dfdx 0.13 doesn't build on a nightly compiler. Miri's
# processor has no vectors but the portable ones.
#
# It takes a nightly toolchain with Miri: rustup toolchain install nightly --component miri rust-src
set -euo pipefail
cd "$(dirname "$0")/../tests/rooms"
# The shared pool's threads stay as long as the process, which is what `ignore-leaks` allows.
export MIRIFLAGS="-Zmiri-tree-borrows -Zmiri-ignore-leaks -Zmiri-disable-isolation ${MIRIFLAGS:-}"
for seed in 1 2 3 4; do
    # A test of each function's last digits takes millions of numbers, which are hours here.
    MIRIFLAGS="$MIRIFLAGS -Zmiri-seed=$seed" cargo +nightly miri test -- --skip elementary:: "$@"
done
