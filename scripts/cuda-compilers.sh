# To be sourced: NVIDIA's CUDA compilers from PyPI (500 MB unpacked), in a cache outside the repository: they are not to
# be committed. They need no GPU and no driver.
# shellcheck shell=bash

# Sets CUDA_PATH and PATH, and fetches the compilers first if need be. If that can't be: 1, and the cause in `obstacle`.
cuda_compilers() {
    local version=13.5.37 cache=${XDG_CACHE_HOME:-$HOME/.cache}/shapewright/cuda-compilers part python=python3
    local packages=(nvidia-cuda-nvcc==$version nvidia-nvvm==$version nvidia-cuda-crt==$version
        nvidia-cuda-runtime==$version nvidia-cuda-cccl==13.3.5.0.6 nvidia-cuda-nvrtc==$version)
    if [ ! -d "$cache/$version" ]; then
        command -v python3 >/dev/null || { obstacle="python3 isn't installed, and pip fetches the compilers"; return 1; }
        mkdir -p "$cache"
        part=$(mktemp -d "$cache/part.XXXXXX")
        python3 -m venv "$part/venv" >"$part/log" 2>&1 && python=$part/venv/bin/python
        timeout 240 "$python" -m pip install --quiet --retries 2 --timeout 20 --disable-pip-version-check --no-deps \
            --target "$part/it" "${packages[@]}" >"$part/log" 2>&1 || {
            obstacle="pip couldn't fetch NVIDIA's compilers from PyPI:"
            obstacle+=" $(grep -m1 ^ERROR "$part/log" || tail -n1 "$part/log")"
            rm -rf "$part"
            return 1
        }
        mv -T "$part/it" "$cache/$version" 2>/dev/null || [ -d "$cache/$version" ] # Or another run was faster.
        rm -rf "$part"
    fi
    export CUDA_PATH=$cache/$version/nvidia/cu13
    export PATH=$CUDA_PATH/bin:$PATH
    command -v g++ >/dev/null || { obstacle="g++ isn't installed, and nvcc works on top of it"; return 1; }
    nvcc --version >/dev/null || { obstacle="nvcc doesn't run on this machine"; return 1; }
}
