#!/usr/bin/env bash
# A report of a machine with an NVIDIA GPU, as Markdown, to attach to an issue: what it has, whether the tests pass on
# it, and what training takes, beside PyTorch where Python has that.
#
#     scripts/cuda-report.sh > report.md
set -uo pipefail
cd "$(dirname "$0")/.."

# Runs a command; prints it with the end of what it said.
run() {
    local lines=$1 code
    shift
    printf '\n`%s`\n```\n' "$*"
    "$@" 2>&1 | tail -n "$lines"
    code=${PIPESTATUS[0]}
    printf '```\n'
    ((code == 0)) || echo "**exit code $code**"
}

echo "# shapewright $(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1) on a GPU, $(date -u +%F)"
echo
echo "Commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), $(uname -sm), $(nproc) processors."
run 20 nvidia-smi
run 4 nvcc --version
run 2 rustc --version

echo && echo "## Tests"
run 25 cargo test --features cuda --lib --test suite
run 10 cargo test --features cuda --lib -- --ignored

echo && echo "## Training"
run 3 cargo build --release --features cuda --examples
for device in cpu cuda; do
    for network in blocks mission; do
        start=$(date +%s%N)
        run 3 target/release/examples/mnist --network "$network" --device "$device"
        echo "The whole program: $((($(date +%s%N) - start) / 1000000)) ms."
    done
done
run 20 target/release/examples/architectures --device cuda
run 2 python3 benches/mnist_torch.py 8 cpu
run 2 python3 benches/mnist_torch.py 8 cuda
