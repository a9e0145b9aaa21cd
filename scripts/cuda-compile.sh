#!/usr/bin/env bash
# Compiles every CUDA kernel of dfdx and of this crate with NVIDIA's own compilers. It needs no GPU and no CUDA toolkit:
# the compilers come from PyPI (cuda-compilers.sh).
#   scripts/cuda-compile.sh            every architecture below
#   scripts/cuda-compile.sh 80 90      those two
# To PTX as dfdx's build script does, and by NVRTC what dfdx compiles when a program runs (cuda_nvrtc.py).
# A kernel that doesn't compile: exit 1. Compilers that can't be had: a line "SKIPPED: …", exit 0.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD

architectures=("$@")
[ $# -gt 0 ] || architectures=(75 80 86 89 90 100 120)
machine_code=" 75 120 " # For these two, PTX is also assembled into machine code, as a driver does.

skip() {
    local rule
    rule=$(printf '!%.0s' {1..100})
    printf '\n%s\nSKIPPED: no CUDA kernel was compiled: %s\n%s\n\n' "$rule" "$1" "$rule"
    exit 0
}

# shellcheck source=scripts/cuda-compilers.sh
source scripts/cuda-compilers.sh
cuda_compilers || skip "$obstacle"

dfdx=$(cargo metadata --format-version 1 | python3 -c '
import json, os, sys
print(*[os.path.dirname(p["manifest_path"]) for p in json.load(sys.stdin)["packages"] if p["name"] == "dfdx"])')
mapfile -t theirs < <(find "$dfdx/src" -name '*.cu' | sort)
mapfile -t ours < <(find "$repository/src/ops" -name '*.cu' | sort)
[ ${#theirs[@]} -gt 0 ] || { echo "no kernels found in $dfdx"; exit 1; }
echo "$(nvcc --version | grep -o 'release.*'): ${#theirs[@]} kernels of $(basename "$dfdx"), ${#ours[@]} of shapewright"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
includes=$(find "$dfdx/src" "$repository/src" -name '*.cuh' -printf '-I%h\n' | sort -u | tr '\n' ' ')

# One kernel for one architecture, with the arguments of dfdx's build script. What goes wrong is kept in a file.
compile() {
    local architecture=$1 kernel=$2 ptx
    mkdir -p "$out/$architecture"
    ptx=$out/$architecture/${kernel//\//_}
    [ "$architecture" -ge 80 ] || export NVCC_APPEND_FLAGS="-include $repository/scripts/turing_shim.h"
    {
        nvcc "--gpu-architecture=sm_$architecture" --ptx --default-stream per-thread $includes \
            -o "$ptx.ptx" "$kernel" &&
            { [[ $machine_code != *" $architecture "* ]] || ptxas "-arch=sm_$architecture" -o "$ptx.cubin" "$ptx.ptx"; }
    } >"$ptx.log" 2>&1 || mv "$ptx.log" "$ptx.failed"
}
export -f compile
export out includes repository machine_code

status=0
for architecture in "${architectures[@]}"; do
    printf '%s\0' "${theirs[@]}" "${ours[@]}" |
        nice xargs -0 -n 1 -P "$(nproc)" bash -c 'compile "$@"' compile "$architecture"
    mapfile -t failed < <(find "$out/$architecture" -name '*.failed' | sort)
    kinds=PTX
    [[ $machine_code != *" $architecture "* ]] || kinds="PTX and machine code"
    at_run_time=$(python3 scripts/cuda_nvrtc.py "$CUDA_PATH" "$dfdx" "$architecture") || status=1
    printf 'sm_%-4s %2d compiled to %s, %d failed; at run time: %s\n' "$architecture" \
        $((${#theirs[@]} + ${#ours[@]} - ${#failed[@]})) "$kinds" ${#failed[@]} "$at_run_time"
    if [ ${#failed[@]} -gt 0 ]; then
        status=1
        { grep -h -m1 -E 'error|fatal' "${failed[@]}" || cat "${failed[0]}"; } | sed -n '1s/^/        /p'
    fi
done
exit $status
