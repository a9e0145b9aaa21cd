#!/usr/bin/env bash
# Kernel launches by layer, and of a training step of two networks, counted on the simulated device (tests/cuda-sim).
# Each case runs once and three times; half of the difference is what one time takes, once all indices are there.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tests/cuda-sim/build.sh
export CUDA_PATH=$PWD/tests/cuda-sim PATH=$PWD/tests/cuda-sim/bin:$PATH LD_LIBRARY_PATH=$PWD/tests/cuda-sim/lib64
bench() { cargo bench --profile dev --target-dir target/cuda-sim --features cuda,zoo --bench launches -- "$@"; }
bench list >/dev/null # built

program=$(find target/cuda-sim/debug/deps -maxdepth 1 -name 'launches-*' -executable -type f -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2)
stats=$(mktemp -d)
trap 'rm -rf "$stats"' EXIT

# Launches, matrix products, and copies up and down of the times that are asked for.
counts() {
    rm -f "$stats/table"
    CUDA_SIM_STATS=$stats/table "$program" "$1" "$2" "$3"
    awk '/kernel launches/ {a=$1} /cuBLAS calls/ {b=$1} /copies host to device/ {c=$1} /copies device to host/ {d=$1}
         END {print a+0, b+0, c+0, d+0}' "$stats/table"
}

printf '| | forward | products | step | products | copies up | copies down |\n|---|---:|---:|---:|---:|---:|---:|\n'
"$program" list | while read -r case; do
    row="| $case |"
    for what in forward step; do
        read -r a b c d < <(counts "$case" $what 1)
        read -r A B C D < <(counts "$case" $what 3)
        row+=" $(((A - a) / 2)) | $(((B - b) / 2)) |"
    done
    echo "$row $(((C - c) / 2)) | $(((D - d) / 2)) |"
done
