#!/usr/bin/env bash
# What a network costs at `cargo check` and `cargo build`: the time of a program with it over the same program without it,
# dependencies built.
#
#   benches/compile_time.sh [LAYERS | ARCHITECTURE …]        (default: 10 50 200 resnet50 inception_v3)
#
# A number stands for a made-up network of that many layers, a name for a file in benches/compile_time. Each time is the
# median of seven runs of `cargo check`: `first`, with nothing known of the program before, and `again`, after a comment was
# added to it. It is processor time, as one thread does nearly all of it, so that it doesn't hang on what else the machine
# does. The memory is the most that rustc takes while it checks the program for the first time; python3 measures it.
#
# `debug` and `release` are what `cargo build` takes, the median of three, for a program that also builds the network, as a
# struct, and runs `try_forward` once, so that all it needs is compiled; with nothing known of the program before.
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

program() { # none | struct LAYERS | type LAYERS | run LAYERS | file ARCHITECTURE
    case $1 in
        file) cat "$repository/benches/compile_time/$2.rs" ;;
        *) echo "use shapewright::prelude::*;" ;;
    esac
    case $1 in
        struct | run) echo "network! { pub struct Net: Input<3, 32, 32> { $(layers "$2") } }" ;;
        type) echo "type Net = network!(Input<3, 32, 32>, $(layers "$2" | sed -E 's/(conv|bn)[0-9]+: |out: //g'));" ;;
    esac
    case $1 in
        run) cat <<'EOF' ;;
fn main() -> Result<()> {
    let device = Cpu::default();
    let image: Tensor<Rank3<3, 32, 32>, f32, Cpu> = device.zeros();
    println!("{:?}", Net::build(&device)?.try_forward(image)?.as_vec());
    Ok(())
}
EOF
        *) echo "fn main() { let _ = Cpu::default(); }" ;;
    esac
}

run_cargo() { # check | build | build --release
    (cd "$work" && cargo "$@" --quiet 2> "$work/messages") || { cat "$work/messages" >&2; exit 1; }
}

# The median of so many times, in milliseconds.
milliseconds() { # first | again, RUNS, check | build | build --release
    local knows=$1 count=$2 runs=() TIMEFORMAT='%U %S'
    shift 2
    for ((run = 0; run < count; run++)); do
        echo "// $RANDOM" >> "$work/src/main.rs"
        [[ $knows == again ]] || rm -rf "$CARGO_TARGET_DIR"/debug/incremental/compile_time-*
        runs+=("$({ time run_cargo "$@"; } 2>&1 | awk '{ printf "%.0f", 1000 * ($1 + $2) }')")
    done
    printf '%s\n' "${runs[@]}" | sort -n | sed -n $(((count + 1) / 2))p
}

# Sets `first`, `again` (milliseconds) and `peak` (kB).
measure() { # as program
    program "$@" > "$work/src/main.rs"
    run_cargo check
    again=$(milliseconds again 7 check)
    first=$(milliseconds first 7 check)
    rm -rf "$CARGO_TARGET_DIR"/debug/incremental/compile_time-*
    echo "// $RANDOM" >> "$work/src/main.rs"
    PEAK=$work/peak RUSTC_WORKSPACE_WRAPPER=$work/rustc run_cargo check
    peak=$(cat "$work/peak")
}

# Sets `debug` and `release` (milliseconds).
measure_build() { # as program
    program "$@" > "$work/src/main.rs"
    run_cargo build
    debug=$(milliseconds first 3 build)
    # As Cargo does it if nobody says otherwise.
    export CARGO_INCREMENTAL=0
    run_cargo build --release
    release=$(milliseconds first 3 build --release)
    export CARGO_INCREMENTAL=1
}

measure none
measure_build none
baseline_first=$first baseline_again=$again baseline_debug=$debug baseline_release=$release
row() { # NAME first again peak [debug release]
    awk -v n="$1" -v f="$2" -v a="$3" -v p="$4" -v d="${5-}" -v r="${6-}" 'BEGIN {
        printf "%-20s %8.2f s %8.2f s %8.0f MB", n, f / 1000, a / 1000, p / 1000
        if (d != "") printf " %8.2f s %8.2f s", d / 1000, r / 1000
        print ""
    }'
}
printf '%-20s %10s %10s %11s %10s %10s\n' "" first again memory debug release
row "without a network" "$first" "$again" "$peak" "$debug" "$release"
for network in ${@:-10 50 200 resnet50 inception_v3}; do
    if [[ -f $repository/benches/compile_time/$network.rs ]]; then kinds=file; else kinds="struct type"; fi
    for kind in $kinds; do
        measure "$kind" "$network"
        name=$network
        [[ $kind == file ]] || name="$network layers, $kind"
        built=()
        if [[ $kind == struct ]]; then
            measure_build run "$network"
            built=($((debug - baseline_debug)) $((release - baseline_release)))
        fi
        row "$name" $((first - baseline_first)) $((again - baseline_again)) "$peak" "${built[@]}"
    done
done
