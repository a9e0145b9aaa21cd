#!/usr/bin/env bash
# A report of a machine with an NVIDIA GPU: whether the tests pass on it, and what training takes, beside PyTorch. Such
# machines often have neither Rust nor a network, so what runs there is built elsewhere:
#
#     scripts/cuda-report.sh build FOLDER [ARCHITECTURE]     on any machine with cargo; 90 if it isn't given
#     FOLDER/cuda-report.sh run [REPORTS]                    on the machine with the GPU
#
# `build` makes a folder of at most 60 MB: stripped release programs, their data, and this script. The compilers are
# $CUDA_PATH's, or NVIDIA's from PyPI where that isn't set (cuda-compilers.sh).
#
# `run` needs that folder, bash, gzip, and NVIDIA's driver, cuBLAS and NVRTC with its headers: those of a CUDA toolkit, or the
# ones that PyTorch comes with. It takes at most 8 minutes, and writes cuda-CARD.md into the folder REPORTS, or this one.
set -euo pipefail

# Programs know where their data and headers were when they were built: here, on both machines.
HOME_OF_BOTH=/tmp/shapewright-cuda-report
SIZE=60 # MB
SECONDS_IN_ALL=465

fail() { echo "error: $*" >&2; exit 1; }

# ---- build

build() {
    local folder=${1:?a folder is needed} architecture=${2:-90} repository obstacle
    repository=$(cd "$(dirname "$0")/.." && pwd)
    [ ! -e "$folder" ] || [ -e "$folder/about" ] || fail "$folder exists, and isn't a folder of this script"
    rm -rf "$folder" "$HOME_OF_BOTH"
    mkdir -p "$folder/programs" "$folder/source" "$HOME_OF_BOTH"/cuda/{bin,lib64} "$repository/target/cuda-report"
    folder=$(cd "$folder" && pwd)
    touch "$folder/about"
    cd "$repository"
    if [ -z "${CUDA_PATH:-}" ]; then
        # shellcheck source=scripts/cuda-compilers.sh
        source scripts/cuda-compilers.sh
        cuda_compilers || fail "$obstacle"
    fi
    export TOOLKIT=$CUDA_PATH CUDA_PATH=$HOME_OF_BOTH/cuda CUDA_COMPUTE_CAP=$architecture PATH=$HOME_OF_BOTH/cuda/bin:$PATH
    ln -s "$repository" "$HOME_OF_BOTH/source"
    ln -s "$repository/target/cuda-report" "$HOME_OF_BOTH/target"
    ln -s "$TOOLKIT/include" "$CUDA_PATH/include"
    ln -s "$repository/scripts/cuda-nvcc.sh" "$CUDA_PATH/bin/nvcc"
    printf '#!/bin/sh\nprintf "compute_cap\\n%s\\n"\n' "${architecture%?}.${architecture: -1}" >"$CUDA_PATH/bin/nvidia-smi"
    chmod +x "$CUDA_PATH/bin/nvidia-smi"
    [ "$architecture" -ge 80 ] || export NVCC_APPEND_FLAGS="-include $HOME_OF_BOTH/source/scripts/turing_shim.h"
    stand_ins

    local arguments=(--manifest-path "$HOME_OF_BOTH/source/Cargo.toml" --release --features "cuda,zoo")
    export CARGO_TARGET_DIR=$HOME_OF_BOTH/target CARGO_PROFILE_RELEASE_STRIP=symbols
    cargo build "${arguments[@]}" --examples
    cargo test "${arguments[@]}" --no-run --lib --test suite
    programs build --examples
    programs test --no-run --lib --test suite
    gzip "$folder"/programs/* # to a quarter: much of them is PTX

    mkdir -p "$folder/source/examples" "$folder/source/tests" "$folder/source/benches"
    cp -r examples/data "$folder/source/examples/"
    cp -r tests/golden "$folder/source/tests/"
    cp benches/mnist_torch.py "$folder/source/benches/"
    cp scripts/cuda-report.sh "$folder/"
    # What NVRTC includes when a program runs: dfdx's headers. The rest is inside of the programs.
    (cd "$HOME_OF_BOTH/target" && for out in release/build/dfdx-*/out; do
        mkdir -p "$folder/target/$out" && find "$out" -maxdepth 1 ! -name '*.ptx' -type f -exec cp -t "$folder/target/$out" {} +
    done)
    cat >"$folder/about" <<ABOUT
version='$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)'
commit='$(git rev-parse --short HEAD 2>/dev/null || echo unknown)$(git diff --quiet HEAD 2>/dev/null || echo ', changed')'
architecture=$architecture
built='$(rustc --version), $("$TOOLKIT/bin/nvcc" --version 2>/dev/null | grep -o 'release[^,]*' || echo 'an unknown nvcc')'
ABOUT
    local size=$(($(du -sk --apparent-size "$folder" | cut -f1) / 1000))
    ((size <= SIZE)) || fail "$folder has $size MB, more than $SIZE"
    rm -r "$HOME_OF_BOTH" # so that this machine may run it, too
    echo "$folder: $size MB, for sm_$architecture and newer"
}

# The libraries to link with: they only have the names that cudarc declares. The real ones are the other machine's.
stand_ins() {
    local cudarc
    cudarc=$(cargo metadata --format-version 1 --features cuda | python3 -c '
import json, os, sys
print(*[os.path.dirname(p["manifest_path"]) for p in json.load(sys.stdin)["packages"] if p["name"] == "cudarc"])')
    stand_in() { # its file's name, its own name, where cudarc declares its functions
        sed -n 's/^ *pub fn \([A-Za-z0-9_]*\).*/void \1(void) {}/p' "$cudarc/src/$3/sys.rs" |
            cc -w -x c -shared -o "$CUDA_PATH/lib64/$1" -Wl,-soname,"$2" -
    }
    stand_in libcuda.so libcuda.so.1 driver
    stand_in libnvrtc.so libnvrtc.so nvrtc
    stand_in libcublas.so libcublas.so cublas
    stand_in libcublasLt.so libcublasLt.so cublaslt
}

# Copies what cargo built by their names.
programs() {
    cargo "$1" "${arguments[@]}" "${@:2}" --message-format json 2>/dev/null | python3 -c '
import json, shutil, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("executable"):
        shutil.copy(message["executable"], sys.argv[1] + "/" + message["target"]["name"])' "$folder/programs"
}

# ---- run

run() {
    local reports=${1:-.} here card program
    shopt -s nullglob
    here=$(cd "$(dirname "$0")" && pwd)
    [ -s "$here/about" ] || fail "$here isn't a folder that \`build\` made; run the script that is in that one"
    mkdir -p "$reports" && reports=$(cd "$reports" && pwd)
    # shellcheck disable=SC1091
    source "$here/about"
    work=$(mktemp -d)
    trap '[ "$(readlink "$HOME_OF_BOTH")" != "$work" ] || rm "$HOME_OF_BOTH"; rm -rf "$work"' EXIT
    log=$work/log
    mkdir -p "$work"/{cuda,lib,here,programs}
    for program in "$here"/programs/*.gz; do
        gzip -dc "$program" >"$work/programs/$(basename "$program" .gz)"
    done
    chmod +x "$work"/programs/*
    ln -s "$here/source" "$here/target" "$work/"
    ln -s "$here/source/examples" "$work/here/" # where tests look for it: they run in the repository's folder
    ln -sfnT "$work" "$HOME_OF_BOTH" 2>/dev/null ||
        fail "$HOME_OF_BOTH can't be made a link to $work: programs look for their data there; remove it"
    cd "$work/here"

    card=$(ask name)
    report=$reports/cuda-$(tr -cs '[:alnum:]\n' - <<<"${card:-unknown}" | tr '[:upper:]' '[:lower:]' | sed 's/-$//').md
    written >"$report"
    echo "$report"
}

# What nvidia-smi says of the first GPU.
ask() {
    ! limited 20 nvidia-smi "--query-gpu=$1" --format=csv,noheader || head -n1 "$log"
}

# Runs a command, its output in $log, for at most so many seconds and at most what is left of all. It is left alone if
# it can't even be killed.
limited() {
    local seconds=$1 left=$((SECONDS_IN_ALL - SECONDS)) child
    shift
    ((left > 0)) || { echo "not run: the time is used up" >"$log"; return 125; }
    ((seconds < left)) || seconds=$left
    timeout --kill-after=3 "$seconds" "$@" >"$log" 2>&1 </dev/null &
    child=$!
    for ((waited = 0; waited < (seconds + 5) * 10; waited++)); do
        kill -0 $child 2>/dev/null || { wait $child; return; }
        sleep 0.1
    done
    echo "it didn't end when it was killed" >>"$log"
    return 124
}

# One step of the report: its time limit, how many lines of its end are kept if all is well, its command.
step() {
    local seconds=$1 lines=$2 code=0 start
    shift 2
    start=$(date +%s%N)
    limited "$seconds" "$@" || code=$?
    ((code == 0)) || lines=60
    printf '\n`%s`\n```\n' "$(sed "s#env LD_LIBRARY_PATH=[^ ]* ##; s#$here/\|$work/##g" <<<"$*")"
    tail -n "$lines" "$log"
    printf '```\n'
    case $code in
        0) echo "$((($(date +%s%N) - start) / 1000000)) ms" ;;
        124 | 137) echo "**stopped: it took longer than $seconds s, or than was left of $SECONDS_IN_ALL s**" ;;
        125) ;;
        *) echo "**exit code $code**" ;;
    esac
}

program() { step "$1" "$2" env LD_LIBRARY_PATH="$libraries" "$work/programs/$3" "${@:4}"; }

written() {
    local capability gpus libraries missing
    echo "# shapewright $version on ${card:-no GPU}, $(date -u +%F)"
    echo
    echo "Commit $commit, built for sm_$architecture by $built. $(uname -sm), $(nproc) processors."
    echo "Times are of whole programs, with their start."
    step 20 30 nvidia-smi
    [ -n "$card" ] || { echo && echo "nvidia-smi names no GPU, so nothing was run."; return; }
    capability=$(ask compute_cap)
    if [[ $capability =~ ^([0-9]+)\.([0-9])$ ]] && ((BASH_REMATCH[1] * 10 + BASH_REMATCH[2] < architecture)); then
        echo && echo "This GPU is ${BASH_REMATCH[0]}, and the programs are for sm_$architecture: \`build\` them for this one."
        return
    fi
    gpus=$(limited 20 nvidia-smi --list-gpus && grep -c . "$log" || echo 1)
    libraries || {
        echo
        echo "Nothing was run: $missing isn't here. Install a CUDA toolkit or PyTorch, or name its folder in LD_LIBRARY_PATH."
        return
    }

    echo && echo "## Tests"
    program 150 25 shapewright
    program 120 25 suite
    ((gpus < 2)) || program 30 10 shapewright --ignored each_gpu

    echo && echo "## Training"
    program 60 3 mnist --device cuda
    program 30 3 mnist --device cuda --network mission
    program 45 20 architectures --device cuda
    if limited 30 python3 -c 'import torch, numpy'; then
        step 60 2 python3 "$here/source/benches/mnist_torch.py" 8 cuda
    else
        echo && echo "Python has no PyTorch here to compare with."
    fi
    program 30 6 classify --device cuda
    program 30 6 transfer --device cuda
    program 40 6 detect --device cuda --epochs 1
    program 40 6 segment --device cuda --epochs 1
    program 60 3 mnist --device cpu
    program 30 3 mnist --device cpu --network mission
    ! limited 30 python3 -c 'import torch, numpy' || step 60 2 python3 "$here/source/benches/mnist_torch.py" 8 cpu
    echo && echo "All of it: $SECONDS s."
}

# Finds NVIDIA's libraries and NVRTC's headers, and puts links to them where programs look. If one isn't there: 1, and
# what is `missing`. A driver refuses what a newer NVRTC compiles, so one that is too new is taken only for want of another.
libraries() {
    local folders=() folder name file driver version fits include nvrtc
    IFS=: read -ra folders <<<"${LD_LIBRARY_PATH:-}"
    folders+=("${CUDA_PATH:-/usr/local/cuda}"/{lib64,targets/x86_64-linux/lib})
    ! command -v nvcc >/dev/null || folders+=("$(dirname "$(readlink -f "$(command -v nvcc)")")/../lib64")
    folders+=(/usr/local/cuda*/lib64 /opt/cuda/lib64)
    ! limited 30 python3 -c 'import nvidia, glob; print(*[f for p in nvidia.__path__ for f in glob.glob(p + "/*/lib")], sep="\n")' ||
        mapfile -t -O ${#folders[@]} folders <"$log"
    # shellcheck disable=SC2206
    folders+=(${CONDA_PREFIX:+"$CONDA_PREFIX/lib"} /usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu /usr/lib64
        /usr/local/nvidia/lib64 /usr/lib/wsl/lib)

    driver=$(limited 20 nvidia-smi && grep -oE 'CUDA[^:|]*Version: *[0-9.]+' "$log" | grep -oE '[0-9.]+$' || true)
    for folder in "${folders[@]}"; do
        file=$(compgen -G "$folder/libnvrtc.so*" | sort -V | tail -1) && include=$(headers "$folder") || continue
        version=$(compgen -G "$folder/libnvrtc-builtins.so.*" | grep -oE '[0-9]+\.[0-9]+$' | sort -V | tail -1) || true
        fits=$([ "$(printf '%s\n' "$version" "$driver" | sort -V | tail -1)" = "$driver" ] && echo yes || true)
        [ -z "${nvrtc:-}" ] || [ -n "$fits" ] || continue
        nvrtc=$file
        ln -sfnT "$include" "$work/cuda/include"
        [ -z "$fits" ] || break
    done
    [ -n "${nvrtc:-}" ] || { missing="libnvrtc.so, with cuda_fp16.h in its headers"; return 1; }
    ln -s "$nvrtc" "$work/lib/libnvrtc.so"

    # What belongs to it comes first: beside it, or where PyTorch's packages have it.
    folders=("$(dirname "$nvrtc")" "$(dirname "$nvrtc")/../../cublas/lib" "${folders[@]}")
    libraries=$work/lib:${LD_LIBRARY_PATH:-}
    for name in cublas cublasLt cuda; do
        for folder in "${folders[@]}"; do
            file=$(compgen -G "$folder/lib$name.so*" | sort -V | tail -1) || continue
            [ $name = cuda ] || ln -s "$file" "$work/lib/lib$name.so"
            [[ :$libraries: == *":$folder:"* ]] || libraries+=:$folder
            continue 2
        done
        [ $name = cuda ] || { missing="lib$name.so"; return 1; } # The loader mostly knows where the driver's is.
    done
    echo
    echo "NVRTC is \`$(readlink -f "$nvrtc")\` with \`$(readlink -f "$work/cuda/include")\`, cuBLAS" \
        "\`$(readlink -f "$work/lib/libcublas.so")\`."
}

# The headers that belong to a folder of libraries.
headers() {
    local include
    for include in "$1"/../include "$1"/../../include "$1"/../../cuda_runtime/include "$1"/../targets/x86_64-linux/include /usr/include; do
        [ ! -e "$include/cuda_fp16.h" ] || { readlink -f "$include"; return; }
    done
    return 1
}

case ${1:-} in
    build) build "${@:2}" && exit ;;
    run) run "${@:2}" && exit ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 1 ;;
esac
