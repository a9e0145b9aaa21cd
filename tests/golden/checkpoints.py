"""Makes the files of weights in `checkpoints/` that the tests of `weights` read.

Run with PyTorch 2.x, NumPy and safetensors: python tests/golden/checkpoints.py
The values are small fractions, exact in every type of numbers, so that the tests can name them.
"""

import collections
import os
import pathlib
import pickle
import zipfile

import numpy
import safetensors.torch
import torch

out = pathlib.Path(__file__).parent / "checkpoints"
out.mkdir(exist_ok=True)


def numbers(*shape, start=0):
    """start, start + 1/8, …: in this order."""
    count = numpy.prod(shape, dtype=int)
    return (torch.arange(start, start + int(count)) / 8).reshape(shape)


# A network of two layers, Linear(3, 4) and Linear(4, 2), as nn.Sequential names them.
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
state = {"0.weight": numbers(4, 3), "0.bias": numbers(4, start=100), "2.weight": numbers(2, 4, start=200), "2.bias": numbers(2, start=300)}
model.load_state_dict(state)
plain = model.state_dict()

torch.save(plain, out / "zip.pth")
torch.save(plain, out / "legacy.pth", _use_new_zipfile_serialization=False)
torch.save(plain, out / "protocol4.pth", pickle_protocol=4)
# As a training loop saves it: the state dict beside others, parameters and all, under `nn.DataParallel`.
optimizer = torch.optim.Adam(model.parameters())
model(torch.ones(1, 3)).sum().backward()
optimizer.step()
model.load_state_dict(state)
nested = {
    "epoch": 7,
    "arch": "mlp",
    "best": 0.5,
    "state_dict": collections.OrderedDict(("module." + name, torch.nn.Parameter(tensor)) for name, tensor in plain.items()),
    "optimizer": optimizer.state_dict(),
}
torch.save(nested, out / "nested.pth")

# Tensors beside the state dict, and other dictionaries.
torch.save({"model_state_dict": plain, "loss": torch.ones(()), "epoch": 3}, out / "beside.pth")
torch.save({"rng_state": torch.ones(5, dtype=torch.uint8), "model": plain}, out / "beside_legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"step": torch.ones(()), "nets": {"first": plain, "second": {"0.weight": numbers(1)}}}, out / "several.pth")
torch.save({"mlp": plain, "optimizer": optimizer.state_dict()}, out / "only_one.pth")

# Bits that change what the numbers mean: of a conjugate's imaginary part, and of integers.
negated = {name: torch.complex(torch.zeros_like(tensor), -tensor).conj().imag for name, tensor in plain.items()}
assert all(tensor.is_neg() and (tensor == plain[name]).all() for name, tensor in negated.items())
torch.save(negated, out / "negated.pth")
torch.save(negated, out / "negated_legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"a": torch.ones(2, dtype=torch.complex64).conj(), "b": torch._neg_view(torch.arange(3))}, out / "negated_integers.pth")

# All tensors are parts of one storage: transposed, strided, broadcast, each as the plain ones are.
storage = torch.zeros(64)
storage[:12] = state["0.weight"].t().reshape(-1)
storage[12:20:2] = state["0.bias"]
storage[20:36] = torch.stack([state["2.weight"].reshape(-1), torch.full((8,), -1.0)], 1).reshape(-1)
storage[36:38] = state["2.bias"]
shared = {
    "0.weight": storage[:12].view(3, 4).t(),
    "0.bias": storage[12:20:2],
    "2.weight": storage[20:36].view(2, 4, 2)[:, :, 0],
    "2.bias": storage[36:38],
}
assert all((shared[name] == plain[name]).all() for name in plain) and not shared["0.weight"].is_contiguous()
torch.save(shared, out / "shared.pth")
torch.save(shared, out / "shared_legacy.pth", _use_new_zipfile_serialization=False)

# One type of numbers for each tensor.
types = {"0.weight": torch.float16, "0.bias": torch.bfloat16, "2.weight": torch.float64, "2.bias": torch.int64}
whole = {name: (tensor * 8).to(types[name]) for name, tensor in plain.items()}
torch.save(whole, out / "types.pth")
safetensors.torch.save_file(whole, out / "types.safetensors", metadata={"format": "pt"})
# Types that came later are stored as bytes and a type.
torch.save({"a": torch.tensor([1, 65535], dtype=torch.uint16), "b": torch.ones(2, dtype=torch.complex64)}, out / "later.pth")

arrays = {name: tensor.numpy() for name, tensor in plain.items()}
numpy.savez(out / "plain.npz", **arrays)
# In Fortran's order, compressed.
numpy.savez_compressed(out / "fortran.npz", **{name: numpy.asfortranarray(array) for name, array in arrays.items()})
numpy.savez(out / "types.npz", f2=arrays["0.bias"].astype("<f2"), big=arrays["0.bias"].astype(">f4"), text=numpy.array(["a"]))


class Malicious:
    def __reduce__(self):
        return os.system, ("touch /tmp/weights-were-run",)


torch.save({"0.weight": torch.zeros(1), "0.bias": Malicious()}, out / "malicious.pth")
torch.save({"0.weight": torch.zeros(1), "0.bias": Malicious()}, out / "malicious_legacy.pth", _use_new_zipfile_serialization=False)
torch.save(torch.nn.ReLU(), out / "whole_model.pth")
torch.jit.save(torch.jit.script(torch.nn.ReLU()), str(out / "script.pt"))

# A machine whose numbers begin with the highest byte.
with zipfile.ZipFile(out / "zip.pth") as source, zipfile.ZipFile(out / "big_endian.pth", "w") as target:
    for entry in source.infolist():
        target.writestr(entry.filename, b"big" if entry.filename.endswith("byteorder") else source.read(entry))

(out / "pickle.pth").write_bytes(pickle.dumps({"0.weight": [1.0]}))
