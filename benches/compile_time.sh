#!/usr/bin/env bash
# What a network costs at `cargo check`: the time of a program with it over the same program without it, dependencies built.
#
#   benches/compile_time.sh [LAYERS …]        (default: 10 50 200)
#
# Each figure is the median of seven runs of `cargo check` after a change of the program, in seconds.
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

# A convolutional network of that many layers: blocks of four, then pooling and a linear layer.
layers() {
    local i
    for ((i = 0; i + 4 <= $1 - 2; i += 4)); do
        echo "conv$i: Conv2d<.., 16, 3, padding = 1>, bn$i: BatchNorm2d, ReLU, Dropout<0.1>,"
    done
    for ((; i < $1 - 2; i++)); do echo "ReLU,"; done
    echo "GlobalAvgPool2d, out: Linear<.., 10>"
}

program() { # KIND LAYERS
    echo "#![allow(dead_code)] use shapewright::prelude::*;"
    case $1 in
        none) ;;
        struct) echo "network! { pub struct Net: Input<3, 32, 32> { $(layers "$2") } }" ;;
        type) echo "type Net = network!(Input<3, 32, 32>, $(layers "$2" | sed -E 's/(conv|bn)[0-9]+: |out: //g'));" ;;
    esac
    echo "fn main() { let _ = Cpu::default(); }"
}

seconds() { # KIND LAYERS
    local runs=() start
    program "$1" "$2" > "$work/src/main.rs"
    (cd "$work" && cargo check --quiet)
    for _ in 1 2 3 4 5 6 7; do
        echo "// $RANDOM" >> "$work/src/main.rs"
        start=$(date +%s%N)
        (cd "$work" && cargo check --quiet)
        runs+=($((($(date +%s%N) - start) / 1000000)))
    done
    printf '%s\n' "${runs[@]}" | sort -n | sed -n 4p | awk '{ printf "%.2f", $1 / 1000 }'
}

baseline=$(seconds none 0)
echo "without a network: $baseline s"
printf '%8s %16s %16s\n' layers "struct, more by" "type, more by"
for count in "${@:-10 50 200}"; do
    for layers in $count; do
        struct=$(seconds struct "$layers")
        type=$(seconds type "$layers")
        awk -v l="$layers" -v s="$struct" -v t="$type" -v b="$baseline" \
            'BEGIN { printf "%8d %14.2f s %14.2f s\n", l, s - b, t - b }'
    done
done
