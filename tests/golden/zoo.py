"""Makes what tests/zoo compares with: the tensors of well-known networks by name, their outputs and a few gradients.

    pip install torch torchvision safetensors numpy efficientnet-lite-pytorch
    python tests/golden/zoo.py

tests/golden/zoo/NETWORK.txt has a line for each tensor of the state dict: its name, its sizes, and whether it trains.
tests/golden/zoo.safetensors has, of those networks that run,

    network/output                     every tenth number of the output for a batch of images
    network/gradient/layer.weight …    the beginning of some gradients of the sum of the outputs, each with its own weight

Parameters, statistics and images follow from one formula of their name and the position in them: see `numbers`. It is
written a second time in tests/zoo/formula.rs. They are numbers that f32 holds; here all is computed in f64.
"""

import math
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from architectures import unet

BATCH = 2
EVERY = 10
SLICE = 64


def fnv(name):
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return state


def uniform(name, length):
    """Numbers from −1 to 1, of 24 bits, that look random."""
    with np.errstate(over="ignore"):
        state = np.uint64(fnv(name)) + np.arange(1, length + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (state >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def numbers(name, sizes):
    """What the tensor of that name holds."""
    values = uniform(name, math.prod(sizes))
    if len(sizes) > 1:
        # So that numbers keep their size on their way through many layers.
        values *= math.sqrt(6 / math.prod(sizes[1:]))
    elif name.endswith("running_var"):
        values = 1 + values / 2
    elif name.endswith("weight"):
        values = 1 + values / 4
    else:
        values /= 8
    return torch.from_numpy(values.astype(np.float32).astype(np.float64)).reshape(sizes)


class LeNet5(nn.Sequential):
    def __init__(self):
        super().__init__()
        layers = {
            "conv1": nn.Conv2d(1, 6, 5, padding=2), "relu1": nn.ReLU(), "pool1": nn.MaxPool2d(2),
            "conv2": nn.Conv2d(6, 16, 5), "relu2": nn.ReLU(), "pool2": nn.MaxPool2d(2), "flatten": nn.Flatten(),
            "fc1": nn.Linear(400, 120), "relu3": nn.ReLU(), "fc2": nn.Linear(120, 84), "relu4": nn.ReLU(),
            "fc3": nn.Linear(84, 10),
        }
        for name, layer in layers.items():
            self.add_module(name, layer)


def efficientnet_lite0():
    return EfficientNet.from_name("efficientnet-lite0", image_size=65)


class BothHeads(nn.Module):
    """Inception v3, which makes both outputs in training only."""

    def __init__(self):
        super().__init__()
        self.network = models.inception_v3(init_weights=False)

    def forward(self, x):
        kept = []
        handle = self.network.Mixed_6e.register_forward_hook(lambda layer, inputs, output: kept.append(output))
        output = self.network(x)
        handle.remove()
        return torch.cat([output, self.network.AuxLogits(kept[0])], 1)


def inception_v3(**more):
    return models.inception_v3(aux_logits=False, init_weights=False, **more)


def googlenet(**more):
    return models.googlenet(aux_logits=False, init_weights=False, **more)


# Name: what makes it, the sizes of the images, which parameters' gradients are compared. Without sizes, names alone are.
NETWORKS = {
    "lenet5": (LeNet5, (1, 28, 28), ["conv1.weight", "conv2.bias", "fc3.weight"]),
    "alexnet": (models.alexnet, (3, 64, 65), []),
    "vgg11": (models.vgg11, None, []),
    "vgg13": (models.vgg13, None, []),
    "vgg16": (models.vgg16, None, []),
    "vgg19": (models.vgg19, None, []),
    "vgg11_bn": (models.vgg11_bn, (3, 32, 33), []),
    "vgg13_bn": (models.vgg13_bn, None, []),
    "vgg16_bn": (models.vgg16_bn, None, []),
    "vgg19_bn": (models.vgg19_bn, None, []),
    "vgg11_features": (lambda: models.vgg11().features, (3, 33, 32), []),
    "vgg13_features": (lambda: models.vgg13().features, (3, 32, 32), []),
    "vgg16_features": (lambda: models.vgg16().features, (3, 32, 32), ["0.weight", "12.bias", "28.weight"]),
    "vgg19_features": (lambda: models.vgg19().features, (3, 32, 32), []),
    "vgg13_bn_features": (lambda: models.vgg13_bn().features, (3, 32, 32), []),
    "vgg16_bn_features": (lambda: models.vgg16_bn().features, (3, 32, 32), []),
    "vgg19_bn_features": (lambda: models.vgg19_bn().features, (3, 32, 32), []),
    "resnet18": (models.resnet18, (3, 64, 65), ["conv1.weight", "layer2.0.downsample.1.bias", "layer4.1.bn2.weight"]),
    "resnet34": (models.resnet34, (3, 64, 64), []),
    "resnet50": (models.resnet50, (3, 64, 64), ["conv1.weight", "layer3.0.downsample.1.bias", "layer4.2.bn3.weight"]),
    "resnet101": (models.resnet101, (3, 64, 64), []),
    "googlenet": (googlenet, (3, 71, 64), ["conv1.conv.weight", "inception4c.branch3.1.bn.bias", "fc.bias"]),
    "googlenet_transform_input": (lambda: googlenet(transform_input=True), (3, 33, 32), []),
    "inception_v3": (inception_v3, (3, 75, 80), ["Conv2d_1a_3x3.conv.weight", "Mixed_6c.branch7x7_2.bn.bias"]),
    "inception_v3_aux": (BothHeads, (3, 299, 299), []),
    "squeezenet1_0": (models.squeezenet1_0, (3, 64, 67), []),
    "squeezenet1_1": (models.squeezenet1_1, (3, 64, 67), ["features.0.weight", "features.11.expand3x3.bias"]),
    "mobilenet_v2": (models.mobilenet_v2, (3, 64, 65), ["features.0.0.weight", "features.9.conv.1.1.weight"]),
    "efficientnet_lite0": (efficientnet_lite0, (3, 65, 65), ["conv_stem.weight", "blocks.8.bn1.bias", "fc.bias"]),
    "densenet121": (models.densenet121, (3, 64, 65), ["features.conv0.weight", "features.denseblock3.denselayer20.norm1.bias"]),
    "unet": (unet, (3, 32, 48), ["down1.conv1.weight", "enlarge3.bias", "up2.bn1.weight", "out.weight"]),
}


def plain(name):
    """The name as shapewright has it."""
    name = name.removeprefix("network.")
    return ".".join(segment.removeprefix("_") for segment in name.split("."))


def lines(network):
    trained = {name for name, _ in network.named_parameters()}
    for name, tensor in sorted(network.state_dict().items(), key=lambda item: plain(item[0])):
        yield f"{plain(name)} {list(tensor.shape)} {'trains' if name in trained else 'rests'}\n"


def fill(network):
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                tensor.copy_(numbers(plain(name), tuple(tensor.shape)))


def run(name, network, sizes, gradients):
    fill(network)
    images = 4 * numbers("images", (BATCH * math.prod(sizes),)).reshape(BATCH, *sizes)
    with torch.set_grad_enabled(bool(gradients)):
        output = network(images)
    flat = output.flatten()
    yield f"{name}/output", flat[::EVERY]
    if gradients:
        flat.dot(torch.from_numpy(uniform("cotangent", len(flat)))).backward()
        parameters = {plain(path): parameter for path, parameter in network.named_parameters()}
        for path in gradients:
            yield f"{name}/gradient/{path}", parameters[path].grad.flatten()[:SLICE]


if __name__ == "__main__":
    torch.set_num_threads(2)
    folder = Path(__file__).with_name("zoo")
    folder.mkdir(exist_ok=True)
    tensors = {}
    for name, (make, sizes, gradients) in NETWORKS.items():
        with torch.device("meta" if sizes is None else "cpu"):
            network = make().double().eval()
        if "features" not in name and "transform" not in name:
            (folder / f"{name}.txt").write_text("".join(lines(network)))
        if sizes is not None:
            tensors |= dict(run(name, network, sizes, gradients))
            size = tensors[f"{name}/output"].abs()
            print(f"{name:20} {size.mean():.2e} {size.max():.2e}", flush=True)
        del network
    tensors = {name: tensor.detach().float().contiguous() for name, tensor in tensors.items()}
    save_file(tensors, folder.with_suffix(".safetensors"))
