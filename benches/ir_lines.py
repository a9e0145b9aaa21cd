"""Counts the lines of the functions in a file of LLVM IR by whose they are: see ir_lines.sh. It takes c++filt, of binutils."""

import re
import subprocess
import sys
from collections import Counter

program, functions, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]

# What the library has compiled once, or should have.
KERNELS = re.compile(r"\bshapewright::(ops|plan|optim|weights|images|data)\b")
VISITORS = re.compile(r"\bdfdx::nn::|TensorCollection|TensorVisitor|ModuleVisitor")
STANDARD = re.compile(r"<*\(?(dyn )?&*(core|alloc|std|hashbrown)::|<\[|<&|<str>")


def owner(function):
    """Whose a function is: of its own path, or, where that is the standard library's, of what it was made for."""
    if VISITORS.search(function):
        return "visitors"
    own = re.sub(r" as .*", "", function) if function.startswith("<") else function.split("::<")[0]
    if STANDARD.match(function):
        own = function
    if KERNELS.search(own):
        return "kernels"
    if "shapewright" in own or own.lstrip("<&").startswith("build_"):
        return "network"
    return "dfdx" if "dfdx" in own or "gemm" in own else "others"


lines, name = Counter(), None
for line in open(path):
    if line.startswith("define "):
        name = re.search(r'@"?([^"(\s]+)"?\(', line).group(1)
    if name is not None:
        lines[name] += 1
        if line.startswith("}"):
            name = None
mangled = list(lines)
demangled = subprocess.run(["c++filt", "-s", "rust"], input="\n".join(mangled), capture_output=True, text=True, check=True)
owners, groups = Counter(), Counter()
for name, function in zip(mangled, re.sub(r"\[[0-9a-f]{8,}\]", "", demangled.stdout).splitlines()):
    owners[owner(function)] += lines[name]
    groups[owner(function), re.sub(r"<.*?>|\{.*?\}|<|>", "", function.replace("<shapewright", "shapewright"))[:90]] += lines[name]
columns = "".join(f" {owners[name]:9}" for name in ("kernels", "visitors", "network", "dfdx", "others"))
print(f"{program:<12} {sum(lines.values()):9}{columns}", flush=True)
for (whose, group), count in groups.most_common(functions):
    print(f"    {count:7} {whose:8} {group}")
