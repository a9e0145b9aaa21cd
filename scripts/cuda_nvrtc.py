"""Compiles what dfdx compiles when a program runs, with NVIDIA's NVRTC, which needs no GPU.

Five of dfdx's operations have their kernels as text in Rust files. scripts/cuda-compile.sh calls this:
`cuda_nvrtc.py CUDA DFDX ARCHITECTURE`."""

import ctypes
import glob
import os
import re
import sys
import tempfile

cuda, dfdx, architecture = sys.argv[1:]
nvrtc = ctypes.CDLL(glob.glob(f"{cuda}/lib/libnvrtc.so.*")[0])
headers = tempfile.TemporaryDirectory()  # As dfdx's OUT_DIR.
for path in glob.glob(f"{dfdx}/src/**/*.cuh", recursive=True):
    with open(path) as header, open(f"{headers.name}/{os.path.basename(path)}", "w") as copy:
        copy.write(header.read())

sources = []
for path in sorted(glob.glob(f"{dfdx}/src/**/cuda_kernel.rs", recursive=True)):
    with open(path) as file:
        text = file.read()
    if "compile_ptx" in text:
        for kernel in re.findall(r'const \w+: &str = "(.*?[^\\])";', text, re.DOTALL):
            kernel = kernel.replace('\\"', '"')
            for own, other in ("float", "double"), ("double", "float"):
                source = kernel
                for placeholder, name in ("$Src", own), ("$Dst", other), ("$Ty", own), ("$T", own):
                    source = source.replace(placeholder, name)
                sources.append((os.path.basename(os.path.dirname(path)), source))
assert len(sources) >= 12, "dfdx's kernels aren't where they were"

options = [f"--include-path={cuda}/include", f"--include-path={headers.name}", f"--gpu-architecture=sm_{architecture}"]
failed = []
for name, source in sources:
    program, size = ctypes.c_void_p(), ctypes.c_size_t()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), source.encode(), None, 0, None, None)
    arguments = (ctypes.c_char_p * len(options))(*[option.encode() for option in options])
    if nvrtc.nvrtcCompileProgram(program, len(options), arguments) != 0:
        nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
        log = ctypes.create_string_buffer(size.value)
        nvrtc.nvrtcGetProgramLog(program, log)
        failed.append(f"{name}: {log.value.decode().splitlines()[0]}")
print(f"{len(sources) - len(failed)} compiled, {len(failed)} failed", *failed[:1], sep="\n        ")
sys.exit(len(failed) > 0)
