#!/usr/bin/env bash
# The tests of operations and plans under a sanitizer: `scripts/sanitize.sh thread` finds data races between the threads of
# a pool, `scripts/sanitize.sh address` what is read or written outside its memory. Further arguments are the
# tests to run. It takes Linux on x86-64, and minutes: everything is built once more, in `target/<sanitizer>`.
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizer=${1:?"which: thread or address"}
shift
case $sanitizer in
    thread) tests=(ops::worker_pool ops::parallel plan::tests) ;;
    address) tests=(ops:: plan:: --skip ops::choice) ;;
    *) echo "the sanitizers are thread and address, but received $sanitizer" >&2 && exit 2 ;;
esac
[ $# -eq 0 ] || tests=("$@")

# The standard library isn't built with it, so its fences aren't seen: what is dropped with an `Arc` looks like a race.
suppressions=$(mktemp)
trap 'rm -f "$suppressions"' EXIT
cat > "$suppressions" <<'END'
race:<alloc::sync::Arc<*> as core::ops::drop::Drop>::drop
race:alloc::sync::Arc<*>::drop_slow
race:test::event::CompletedTest
race:crossbeam_epoch
END
export TSAN_OPTIONS="suppressions=$suppressions exitcode=66"
# dfdx keeps freed memory where LeakSanitizer doesn't find it.
export ASAN_OPTIONS="detect_leaks=0"
# A stable compiler takes the option if it is told to.
export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=$sanitizer -Cunsafe-allow-abi-mismatch=sanitizer"
export RAYON_NUM_THREADS=3 CARGO_TARGET_DIR=target/$sanitizer CARGO_INCREMENTAL=0
cargo test --target x86_64-unknown-linux-gnu --lib -- --test-threads=1 "${tests[@]}"
