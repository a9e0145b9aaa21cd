#!/usr/bin/env bash
# What cuda-report.sh has dfdx's build script call for `nvcc`: $TOOLKIT's nvcc, a few at a time, as all 49 kernels are
# asked for at once. The PTX that it wrote then declares the oldest version that ptxas takes it for: a driver refuses
# what is newer than itself, and nvcc declares its own version whatever the kernel uses.
set -euo pipefail

compile() {
    "$TOOLKIT/bin/nvcc" "$@" || return
    [ -x "$TOOLKIT/bin/ptxas" ] || return 0
    local architecture='' folder=. source='' ptx version
    while [ $# -gt 0 ]; do
        case $1 in
            --gpu-architecture=*) architecture=${1#*=} ;;
            --output-directory) folder=$2; shift ;;
            *.cu) source=$1 ;;
        esac
        shift
    done
    [ -n "$source" ] || return 0
    ptx=$folder/$(basename "$source" .cu).ptx
    for version in 6.3 7.0 7.1 7.8 8.0 8.6 8.7 8.8 9.0; do
        sed "s/^\.version .*/.version $version/" "$ptx" >"$ptx.older"
        "$TOOLKIT/bin/ptxas" "-arch=$architecture" -o /dev/null "$ptx.older" 2>/dev/null || continue
        mv "$ptx.older" "$ptx"
        return
    done
    rm "$ptx.older"
}

# What it prints is kept until the next one may go on: dfdx reads from one nvcc after the other, and a full pipe of one
# that holds the lock would stop the others for ever.
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT
code=0
exec 9>"${TMPDIR:-/tmp}/shapewright-nvcc-$UID.$(($$ % $(nproc)))"
flock 9
compile "$@" >"$printed" 2>&1 || code=$?
exec 9>&-
cat "$printed"
exit $code
