"""The networks of tests/suite/composition.rs, as they would be written in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn import AvgPool2d, BatchNorm1d, BatchNorm2d, Conv2d, ConvTranspose2d, Linear, Sequential, Sigmoid, Tanh


class Net(nn.Module):
    """Children by their names, and what is done with them."""

    def __init__(self, run, **children):
        super().__init__()
        for name, child in children.items():
            self.add_module(name, child)
        self.run = run

    def forward(self, x):
        return self.run(self, x)


class BasicBlock(nn.Module):
    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.conv1 = Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = BatchNorm2d(channels)
        self.conv2 = Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = BatchNorm2d(channels)
        self.downsample = None
        if stride > 1 or inputs != channels:
            self.downsample = Sequential(Conv2d(inputs, channels, 1, stride, bias=False), BatchNorm2d(channels))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut)


class ConvBlock(nn.Module):
    def __init__(self, inputs, channels, kernel=3, stride=1, normalize=True, slope=0.1):
        super().__init__()
        self.conv = Conv2d(inputs, channels, kernel, stride, kernel // 2, bias=not normalize)
        self.bn = BatchNorm2d(channels) if normalize else nn.Identity()
        self.activation = nn.LeakyReLU(slope) if slope > 0 else nn.Tanh()

    def forward(self, x):
        return self.activation(self.bn(self.conv(x)))


class Bottleneck(nn.Module):
    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.reduce = ConvBlock(inputs, channels, 1)
        self.spread = ConvBlock(channels, channels, stride=stride, normalize=False)
        self.expand = ConvBlock(channels, channels * 4, 1, slope=0)
        self.pool = AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.project = Conv2d(inputs, channels * 4, 1) if stride > 1 or inputs != channels * 4 else nn.Identity()

    def forward(self, x):
        return F.relu(self.expand(self.spread(self.reduce(x))) + self.project(self.pool(x)))


class Stage(nn.Module):
    def __init__(self, inputs, features, count):
        super().__init__()
        self.first = Linear(inputs, features)
        self.rest = Sequential(*[Sequential(Tanh(), Linear(features, features)) for _ in range(count)])

    def forward(self, x):
        return self.rest(self.first(x))


def resnet():
    return Net(
        lambda net, x: net.fc(net.layer2(net.layer1(F.relu(net.bn1(net.conv1(x))))).mean((2, 3))),
        conv1=Conv2d(2, 4, 3, 1, 1, bias=False),
        bn1=BatchNorm2d(4),
        layer1=Sequential(BasicBlock(4, 4), BasicBlock(4, 4)),
        layer2=Sequential(BasicBlock(4, 6, 2), BasicBlock(6, 6)),
        fc=Linear(6, 3),
    )


def bottlenecks():
    return Net(
        lambda net, x: net.last(net.stage(net.stem(x))),
        stem=Bottleneck(3, 2),
        stage=Sequential(Bottleneck(8, 2), Bottleneck(8, 2)),
        last=Bottleneck(8, 1, 2),
    )


def inception():
    def run(net, x):
        three = net.branch3(x)
        three = torch.cat([net.branch3a(three), net.branch3b(three)], 1)
        x = torch.cat([net.branch1(x), net.branch2(x), three, F.max_pool2d(x, 3, 1, 1)], 1)
        return net.last(torch.tanh(x))

    return Net(
        run,
        branch1=Conv2d(2, 2, 1),
        branch2=Sequential(Conv2d(2, 3, 1), nn.SiLU(), Conv2d(3, 2, (1, 3), padding=(0, 1))),
        branch3=Conv2d(2, 2, 1),
        branch3a=Conv2d(2, 1, (3, 1), padding=(1, 0)),
        branch3b=Conv2d(2, 2, (1, 3), padding=(0, 1)),
        last=Conv2d(9, 2, 1),
    )


def joined():
    def run(net, x):
        x = torch.cat([net.low(x), net.high(x)], 2)
        x = torch.cat([torch.sigmoid(x), net.wide(x)], -1).flatten(1)
        return torch.cat([net.one(x), torch.tanh(net.two(x)), x], 1)

    return Net(run, low=Conv2d(2, 2, 1), high=Conv2d(2, 2, (2, 1)), wide=Conv2d(2, 2, (1, 3)), one=Linear(60, 3), two=Linear(60, 2))


def added():
    return Net(
        lambda net, x: net.bn(net.one(x) + net.two(x) + net.three(torch.tanh(x))) + x,
        one=Linear(4, 4),
        two=Sequential(Linear(4, 3), BatchNorm1d(3), Tanh(), Linear(3, 4, bias=False)),
        three=Linear(4, 4),
        bn=BatchNorm1d(4),
    )


def unet():
    def run(net, x):
        y = F.silu(net.down1(F.max_pool2d(x, 2)))
        z = net.up2(torch.tanh(net.down2(F.max_pool2d(y, 2))))
        y = F.interpolate(torch.tanh(net.mid(torch.cat([y, z], 1))), scale_factor=2, mode="bilinear")
        return net.out(torch.cat([x, y], 1))

    return Net(
        run,
        down1=Conv2d(2, 4, 3, padding=1),
        down2=Conv2d(4, 6, 3, padding=1),
        up2=ConvTranspose2d(6, 3, 2, 2),
        mid=Conv2d(7, 4, 3, padding=1),
        out=Conv2d(6, 3, 1),
    )


def two_heads():
    def run(net, x):
        x = torch.tanh(net.bn(net.trunk(x)))
        return net.label(x.mean((2, 3))).softmax(1), net.mask(x)

    return Net(run, trunk=Conv2d(1, 3, 3), bn=BatchNorm2d(3), label=Linear(3, 4), mask=Conv2d(3, 1, 1))


def three_heads():
    def run(net, x):
        x = torch.tanh(net.trunk(x))
        return net.value(x.flatten(1)), net.rows(x), x.flatten(1)

    return Net(run, trunk=Linear(3, 4), value=Linear(8, 1), rows=Sequential(Linear(4, 2), BatchNorm1d(2), Tanh()))


def lists():
    repeated = lambda make, count: Sequential(*[make() for _ in range(count)])
    children = {
        "0": Sequential(Linear(4, 4), Sequential(Tanh(), Linear(4, 4))),
        "body": repeated(lambda: Sequential(Linear(4, 4), Tanh()), 3),
        "once": repeated(lambda: Net(lambda net, x: torch.sigmoid(net.fc(x)), fc=Linear(4, 5)), 1),
        "same": repeated(lambda: Linear(5, 5), 2),
        "never": repeated(lambda: Linear(5, 5), 0),
        "stage": Stage(5, 6, 2),
        "short": Stage(6, 3, 0),
        "head": Net(lambda net, x: net.out(net.norm(x)), norm=BatchNorm1d(3), out=Linear(3, 2)),
    }

    def run(net, x):
        for child in net.children():
            x = child(x)
        return x

    return Net(run, **children)


NETWORKS = {
    "resnet": (resnet, (2, 6, 6)),
    "bottlenecks": (bottlenecks, (3, 6, 4)),
    "inception": (inception, (2, 5, 4)),
    "joined": (joined, (2, 3, 4)),
    "added": (added, (4,)),
    "unet": (unet, (2, 8, 4)),
    "two_heads": (two_heads, (1, 6, 5)),
    "three_heads": (three_heads, (2, 3)),
    "lists": (lists, (4,)),
}
