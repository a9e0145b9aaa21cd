"""The example `mnist` in PyTorch, to time against: the same network, data, batches, optimizer and schedule.

    pip install torch numpy
    python benches/mnist_torch.py [EPOCHS [DEVICE]]
"""

import gzip, math, pathlib, sys, time
import numpy
import torch
from torch import nn

DATA = pathlib.Path(__file__).parent.parent / "examples/data/mnist"


def read(name, header):
    return numpy.frombuffer(gzip.open(DATA / f"{name}.gz").read(), numpy.uint8, offset=header)


def digits(split):
    images = read(f"{split}-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)
    return torch.from_numpy(images / numpy.float32(255)), torch.from_numpy(read(f"{split}-labels-idx1-ubyte", 8).copy()).long()


torch.manual_seed(42)
epochs, batch, rate = int(sys.argv[1]) if len(sys.argv) > 1 else 8, 64, 8e-3
device = torch.device(sys.argv[2] if len(sys.argv) > 2 else "cpu")
(images, labels), (test_images, test_labels) = [[part.to(device) for part in digits(name)] for name in ("train", "t10k")]
network = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(1568, 10),
).to(device)
optimizer, loss = torch.optim.Adam(network.parameters(), rate), nn.CrossEntropyLoss()
steps = epochs * math.ceil(len(labels) / batch)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * step / steps)))
start = time.time()
for _ in range(epochs):
    network.train()
    for chosen in torch.randperm(len(labels)).to(device).split(batch):
        optimizer.zero_grad()
        loss(network(images[chosen]), labels[chosen]).backward()
        optimizer.step()
        schedule.step()
    network.eval()
    with torch.no_grad():
        accuracy = (network(test_images).argmax(1) == test_labels).float().mean().item()
print(f"{time.time() - start:.1f} s on {device}, {torch.get_num_threads()} threads, test accuracy: {100 * accuracy:.2f}%")
