"""Blocks of well-known architectures for tests/suite/architectures.rs, and the names of all tensors of the whole ones."""

from functools import partial

import torch
from torch import nn
from torchvision import models
from torchvision.models.googlenet import Inception
from torchvision.models.resnet import BasicBlock, Bottleneck


class DoubleConv(nn.Module):
    def __init__(self, inputs, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()


class UNet(nn.Module):
    """As deep as there are widths; the last is the bottom's."""

    def __init__(self, inputs, widths, classes):
        super().__init__()
        self.depth = len(widths) - 1
        for level, (above, width) in enumerate(zip([inputs, *widths], widths), 1):
            self.add_module("bottom" if level > self.depth else f"down{level}", DoubleConv(above, width))
        for level, (width, below) in enumerate(zip(widths, widths[1:]), 1):
            self.add_module(f"enlarge{level}", nn.ConvTranspose2d(below, width, 2, 2))
            self.add_module(f"up{level}", DoubleConv(2 * width, width))
        self.out = nn.Conv2d(widths[0], classes, 1)

    def level(self, level, x):
        """The output of a level and all below it."""
        if level > self.depth:
            return self.bottom(x)
        skip = self.get_submodule(f"down{level}")(x)
        below = self.get_submodule(f"enlarge{level}")(self.level(level + 1, nn.functional.max_pool2d(skip, 2)))
        return self.get_submodule(f"up{level}")(torch.cat([skip, below], 1))

    def forward(self, x):
        return self.out(self.level(1, x))


def unet():
    return UNet(3, [64, 128, 256, 512, 1024], 2)


def downsample(inputs, channels, stride):
    return nn.Sequential(nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))


def sequential(**layers):
    network = nn.Sequential()
    for name, layer in layers.items():
        network.add_module(name, layer)
    return network


def basic_blocks():
    return sequential(same=BasicBlock(3, 3), smaller=BasicBlock(3, 4, 2, downsample(3, 4, 2)))


def bottlenecks():
    return sequential(
        wider=Bottleneck(3, 1, 1, downsample(3, 4, 1)),
        same=Bottleneck(4, 1),
        smaller=Bottleneck(4, 2, 2, downsample(4, 8, 2)),
    )


# Name: what makes it, the sizes of one example.
BLOCKS = {
    "basic_blocks": (basic_blocks, (3, 6, 5)),
    "bottlenecks": (bottlenecks, (3, 5, 6)),
    "inception": (lambda: sequential(inception=Inception(3, 2, 1, 3, 2, 1, 2)), (3, 4, 5)),
    "unet": (lambda: UNet(2, [2, 3, 4], 2), (2, 8, 4)),
}

WHOLE = {
    "resnet18": models.resnet18,
    "resnet50": models.resnet50,
    "googlenet": partial(models.googlenet, aux_logits=False, init_weights=False),
    "inception_v3": partial(models.inception_v3, aux_logits=False, init_weights=False),
    "unet": unet,
}


def names(network):
    """A line for each tensor of a network: its name, how many numbers it holds, and whether they train."""
    trained = {name for name, _ in network.named_parameters()}
    tensors = [(name, tensor) for name, tensor in network.state_dict().items() if "num_batches_tracked" not in name]
    return "".join(f"{name} {tensor.numel()} {'trains' if name in trained else 'rests'}\n" for name, tensor in tensors)
