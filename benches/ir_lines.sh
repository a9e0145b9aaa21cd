#!/usr/bin/env bash
# How many lines of LLVM IR the crates of five programs compile, and what they are of: what a user waits for at each build.
#
#   benches/ir_lines.sh [--release] [--functions N] [PROGRAM …]     (default: forward training compile save_load resnet50)
#
# The programs are in benches/build. A line of IR is counted where its function stands, before it is optimized: `kernels`
# are the library's operations and what they are made of, plans, readers and loops of optimizers; `visitors` dfdx's walks;
# `network` what is generated for the network, and generic in it. `--functions` adds the N longest groups of functions.
# With `--release` dependencies are optimized, so that what they hand on to be compiled is shorter; else they are as tests have
# them, which takes less time.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=dev folder=debug functions=0
if [[ ${1-} == --release ]]; then profile=release folder=release; shift; fi
if [[ ${1-} == --functions ]]; then functions=$2; shift 2; fi
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target} CARGO_INCREMENTAL=0
printf '%-12s %9s %9s %9s %9s %9s %9s\n' program lines kernels visitors network dfdx others
for program in ${@:-forward training compile save_load resnet50}; do
    features=(); [[ $program != resnet50 ]] || features=(--features zoo)
    # It is compiled again each time, as a single unit.
    touch "benches/build/$program.rs"
    rm -f "$CARGO_TARGET_DIR/$folder"/deps/build_"$program"-*.ll
    cargo rustc --quiet "${features[@]}" --profile "$profile" --bench "build_$program" -- \
        -C opt-level=3 -C codegen-units=1 -C debuginfo=0 -C no-prepopulate-passes -C symbol-mangling-version=v0 --emit=llvm-ir
    python3 benches/ir_lines.py "$program" "$functions" "$CARGO_TARGET_DIR/$folder"/deps/build_"$program"-*.ll
done
