#!/usr/bin/env bash
# What a network costs at `cargo check`: the time of a program with it over the same program without it, dependencies built.
#
#   benches/compile_time.sh [LAYERS | ARCHITECTURE …]        (default: 10 50 200 resnet50 inception_v3)
#
# A number stands for a made-up network of that many layers, a name for a file in benches/compile_time. Each time is the
# median of seven runs of `cargo check`: `first`, with nothing known of the program before, and `again`, after a comment was
# added to it. It is processor time, as one thread does nearly all of it, so that it doesn't hang on what else the machine
# does. The memory is the most that rustc takes while it checks the program for the first time; python3 measures it.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$repository/target/compile-time
mkdir -p "$work/src"
cat > "$work/Cargo.toml" <<EOF
[package]
name = "compile-time"
version = "0.0.0"
edition = "2024"
[dependencies]
shapewright = { path = "$repository" }
[workspace]
EOF
cp "$repository/rust-toolchain.toml" "$repository/Cargo.lock" "$work"
export CARGO_TARGET_DIR=$work/target CARGO_INCREMENTAL=1

# Runs rustc, and writes down how much memory it took at most, in kB.
cat > "$work/rustc" <<'EOF'
#!/usr/bin/env python3
import os, resource, subprocess, sys
status = subprocess.call(sys.argv[1:], close_fds=False)
with open(os.environ["PEAK"], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
EOF
chmod +x "$work/rustc"

# A convolutional network of that many layers: blocks of four, then pooling and a linear layer.
layers() {
    local i
    for ((i = 0; i + 4 <= $1 - 2; i += 4)); do
        echo "conv$i: Conv2d<.., 16, 3, padding = 1>, bn$i: BatchNorm2d, ReLU, Dropout<0.1>,"
    done
    for ((; i < $1 - 2; i++)); do echo "ReLU,"; done
    echo "GlobalAvgPool2d, out: Linear<.., 10>"
}

program() { # none | struct LAYERS | type LAYERS | file ARCHITECTURE
    case $1 in
        file) cat "$repository/benches/compile_time/$2.rs" ;;
        *) echo "use shapewright::prelude::*;" ;;
    esac
    case $1 in
        struct) echo "network! { pub struct Net: Input<3, 32, 32> { $(layers "$2") } }" ;;
        type) echo "type Net = network!(Input<3, 32, 32>, $(layers "$2" | sed -E 's/(conv|bn)[0-9]+: |out: //g'));" ;;
    esac
    echo "fn main() { let _ = Cpu::default(); }"
}

check() {
    (cd "$work" && cargo check --quiet 2> "$work/messages") || { cat "$work/messages" >&2; exit 1; }
}

# The median of seven times, in milliseconds.
milliseconds() { # first | again
    local runs=() TIMEFORMAT='%U %S'
    for _ in 1 2 3 4 5 6 7; do
        echo "// $RANDOM" >> "$work/src/main.rs"
        [[ $1 == again ]] || rm -rf "$CARGO_TARGET_DIR"/debug/incremental/compile_time-*
        runs+=("$({ time check; } 2>&1 | awk '{ printf "%.0f", 1000 * ($1 + $2) }')")
    done
    printf '%s\n' "${runs[@]}" | sort -n | sed -n 4p
}

# Sets `first`, `again` (milliseconds) and `peak` (kB).
measure() { # as program
    program "$@" > "$work/src/main.rs"
    check
    again=$(milliseconds again)
    first=$(milliseconds first)
    rm -rf "$CARGO_TARGET_DIR"/debug/incremental/compile_time-*
    echo "// $RANDOM" >> "$work/src/main.rs"
    PEAK=$work/peak RUSTC_WORKSPACE_WRAPPER=$work/rustc check
    peak=$(cat "$work/peak")
}

measure none
baseline_first=$first baseline_again=$again
row() { # NAME first again peak
    awk -v n="$1" -v f="$2" -v a="$3" -v p="$4" \
        'BEGIN { printf "%-20s %8.2f s %8.2f s %8.0f MB\n", n, f / 1000, a / 1000, p / 1000 }'
}
printf '%-20s %10s %10s %11s\n' "" first again memory
row "without a network" "$first" "$again" "$peak"
for network in ${@:-10 50 200 resnet50 inception_v3}; do
    if [[ -f $repository/benches/compile_time/$network.rs ]]; then kinds=file; else kinds="struct type"; fi
    for kind in $kinds; do
        measure "$kind" "$network"
        name=$network
        [[ $kind == file ]] || name="$network layers, $kind"
        row "$name" $((first - baseline_first)) $((again - baseline_again)) "$peak"
    done
done
