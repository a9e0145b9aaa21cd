"""Makes the golden values that tests/suite compares with: every layer, every loss, the networks in composition.py and
the blocks in architectures.py.

    pip install torch torchvision safetensors numpy
    python tests/golden/make.py

Everything is computed in f64, from inputs and parameters that f32 holds exactly. A case has the tensors

    case/input, case/state/layer.weight …            what goes in; a layer is named `layer`
    case/output                                      what comes out
    case/cotangent                                   the gradient of the output
    case/gradient/input, case/gradient/layer.weight  the gradients that follow from it
    case/after/layer.running_mean …                  what training leaves in the statistics
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from architectures import BLOCKS, WHOLE, names
from composition import NETWORKS

BATCH = 3
files: dict[str, dict[str, torch.Tensor]] = {}


def exact(tensor):
    """The nearest numbers that f32 holds, as f64."""
    return tensor.float().double()


def state(layer, lead):
    """What a state dict of shapewright holds."""
    return {lead + name: tensor for name, tensor in layer.state_dict().items() if "num_batches_tracked" not in name}


def case(file, name, layer, sizes=None, *, x=None, train=False, forward=None, lead="layer."):
    """Adds a case: `layer` on a batch of examples of `sizes`, or on `x`. Several outputs become one."""
    layer = layer.double().train(train)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(exact(torch.randn_like(parameter) / 2))
        for norm in layer.modules():
            if getattr(norm, "running_var", None) is not None:
                norm.running_mean.copy_(exact(torch.randn_like(norm.running_mean)))
                norm.running_var.copy_(exact(torch.rand_like(norm.running_var) + 0.5))
    x = exact(torch.randn(BATCH, *sizes).double() if x is None else x.double()).requires_grad_()
    tensors = {"input": x} | {f"state/{name}": tensor.clone() for name, tensor in state(layer, lead).items()}
    output = forward(layer, x) if forward else layer(x)
    if isinstance(output, tuple):
        output = torch.cat([part.flatten(1) for part in output], 1)
    cotangent = exact(torch.randn_like(output))
    output.backward(cotangent)
    tensors |= {"output": output, "cotangent": cotangent, "gradient/input": x.grad}
    tensors |= {f"gradient/{lead}{name}": tensor.grad for name, tensor in layer.named_parameters()}
    if train:
        tensors |= {f"after/{name}": tensor for name, tensor in state(layer, lead).items() if "running" in name}
    add(file, name, tensors)


def add(file, name, tensors):
    tensors = {f"{name}/{key}": tensor.detach().clone().contiguous() for key, tensor in tensors.items()}
    files.setdefault(file, {}).update(tensors)


def same(kernel, stride=(1, 1), dilation=(1, 1), value=0.0):
    """TensorFlow's padding, which PyTorch lacks where the stride isn't 1: the larger half comes last."""

    def pad(x):
        sides = []
        for size, k, s, d in zip(x.shape[2:], kernel, stride, dilation):
            total = max((math.ceil(size / s) - 1) * s + d * (k - 1) + 1 - size, 0)
            sides.append((total // 2, total - total // 2))
        (top, bottom), (left, right) = sides
        return F.pad(x, (left, right, top, bottom), value=value)

    return pad


def linear():
    case("linear", "features", nn.Linear(5, 4), (5,))
    case("linear", "features_without_bias", nn.Linear(5, 4, bias=False), (5,))
    case("linear", "rows", nn.Linear(3, 4), (2, 3))
    case("linear", "rows_without_bias", nn.Linear(3, 4, bias=False), (2, 3))
    case("linear", "one_to_one", nn.Linear(1, 1), (1,))


def conv2d():
    def conv(name, layer, sizes, **more):
        case("conv2d", name, layer, sizes, **more)

    def padded(*arguments):
        pad = same(*arguments)
        return lambda layer, x: layer(pad(x))

    conv("plain", nn.Conv2d(2, 3, 3), (2, 6, 5))
    conv("without_bias", nn.Conv2d(2, 3, 3, bias=False), (2, 6, 5))
    conv("pointwise", nn.Conv2d(3, 4, 1), (3, 4, 3))
    conv("pointwise_stride", nn.Conv2d(3, 2, 1, stride=2), (3, 5, 4))
    conv("rectangular_kernel", nn.Conv2d(2, 3, (2, 3)), (2, 5, 6))
    conv("stride", nn.Conv2d(2, 3, 3, stride=2), (2, 8, 7))
    conv("stride_pair", nn.Conv2d(1, 2, 2, stride=(1, 3)), (1, 4, 9))
    conv("padding", nn.Conv2d(2, 3, 3, padding=1), (2, 5, 4))
    conv("padding_pair", nn.Conv2d(2, 3, 3, padding=(0, 2)), (2, 5, 4))
    conv("padding_wider_than_kernel", nn.Conv2d(1, 2, 2, padding=3), (1, 3, 2))
    conv("stride_and_padding", nn.Conv2d(2, 3, (3, 5), stride=(2, 1), padding=(1, 2)), (2, 7, 6))
    conv("dilation", nn.Conv2d(2, 3, 3, dilation=2), (2, 7, 6))
    conv("dilation_pair_and_padding", nn.Conv2d(2, 3, (3, 2), padding=2, dilation=(2, 3)), (2, 6, 5))
    conv("groups", nn.Conv2d(4, 6, 3, groups=2), (4, 5, 4))
    conv("groups_everything", nn.Conv2d(4, 2, 3, 2, 1, (1, 2), groups=2, bias=False), (4, 7, 8))
    conv("depthwise", nn.Conv2d(3, 3, 3, padding=1, groups=3), (3, 5, 4))
    conv("depthwise_multiplied", nn.Conv2d(2, 6, 3, stride=2, groups=2), (2, 7, 5))
    conv("same", nn.Conv2d(2, 3, 3, padding="same"), (2, 5, 4))
    conv("same_even_kernel", nn.Conv2d(2, 3, (2, 4)), (2, 5, 4), forward=padded((2, 4)))
    conv("same_odd_stride", nn.Conv2d(2, 3, 3, 2), (2, 6, 7), forward=padded((3, 3), (2, 2)))
    conv("same_pixels_left_out", nn.Conv2d(1, 2, 1, 3), (1, 5, 7), forward=padded((1, 1), (3, 3)))
    conv("same_dilation", nn.Conv2d(1, 2, 3, 2, dilation=2), (1, 6, 5), forward=padded((3, 3), (2, 2), (2, 2)))


def pooling():
    def pool(name, layer, sizes, **more):
        case("pooling", name, layer, sizes, **more)

    ties = torch.randint(0, 3, (BATCH, 2, 6, 6))
    pool("max", nn.MaxPool2d(2), (2, 4, 6))
    pool("max_leaves_pixels_out", nn.MaxPool2d(2), (2, 5, 7))
    pool("max_stride", nn.MaxPool2d(3, 1), (2, 5, 4))
    pool("max_rectangular", nn.MaxPool2d((2, 3), (3, 2)), (1, 6, 7))
    pool("max_padding", nn.MaxPool2d(3, 2, 1), (2, 6, 5))
    pool("max_padding_pair", nn.MaxPool2d((3, 2), padding=(1, 0)), (1, 6, 5))
    pool("max_dilation", nn.MaxPool2d(2, 1, dilation=(2, 3)), (2, 5, 6))
    pool("max_ties", nn.MaxPool2d(3, 2, 1), None, x=ties)
    pool("max_of_negative_with_padding", nn.MaxPool2d(2, 1, 1), None, x=-1 - torch.rand(BATCH, 1, 3, 3))
    pad = same((2, 2), (2, 2), value=-torch.inf)
    pool("max_of_nan", nn.MaxPool2d(2, 1), None, x=torch.tensor([[[[1, torch.nan, 3], [0, 2, 9], [5, 4, 7.0]]]]))
    pool("max_of_infinities", nn.MaxPool2d(2, 1, 1), None, x=torch.tensor([[[[-torch.inf, -torch.inf], [1, torch.inf]]]]))
    pool("max_same", nn.MaxPool2d(2), (1, 5, 4), forward=lambda layer, x: layer(pad(x)))

    pool("average", nn.AvgPool2d(2), (2, 4, 6))
    pool("average_stride", nn.AvgPool2d(3, 2), (2, 7, 6))
    pool("average_rectangular", nn.AvgPool2d((2, 3), (1, 2)), (1, 5, 7))
    pool("average_padding", nn.AvgPool2d(3, 2, 1), (2, 6, 5))
    pool("average_padding_left_out", nn.AvgPool2d(3, 2, 1, count_include_pad=False), (2, 6, 5))
    pool("average_padding_pair_left_out", nn.AvgPool2d((2, 4), 1, (1, 2), count_include_pad=False), (1, 4, 5))
    inside = same((3, 3), (2, 2))
    share = lambda layer, x: layer(inside(x)) / layer(inside(torch.ones_like(x)))
    pool("average_same", nn.AvgPool2d(3, 2), (1, 6, 4), forward=share)

    pool("adaptive_even", nn.AdaptiveAvgPool2d(2), (2, 4, 6))
    pool("adaptive_uneven", nn.AdaptiveAvgPool2d((3, 2)), (2, 7, 5))
    pool("adaptive_larger_than_image", nn.AdaptiveAvgPool2d((3, 5)), (1, 2, 3))
    flat = lambda layer, x: layer(x).flatten(1)
    pool("global_average", nn.AdaptiveAvgPool2d(1), (3, 4, 5), forward=flat)
    pool("flatten", nn.Flatten(), (2, 3, 4))
    pool("flatten_rows", nn.Flatten(), (2, 3))


def ceil_mode():
    case("pooling", "max_ceil", nn.MaxPool2d(3, 2, ceil_mode=True), (2, 6, 7))
    case("pooling", "max_ceil_padding", nn.MaxPool2d(2, 2, 1, ceil_mode=True), (1, 5, 4))
    case("pooling", "max_ceil_smaller_than_kernel", nn.MaxPool2d(3, 2, ceil_mode=True), (1, 2, 3))


def batch_norm():
    for train in (True, False):

        def norm(name, layer, sizes):
            case("batch_norm_training" if train else "batch_norm_evaluation", name, layer, sizes, train=train)

        norm("features", nn.BatchNorm1d(4), (4,))
        norm("sequences", nn.BatchNorm1d(3), (3, 5))
        norm("images", nn.BatchNorm2d(3), (3, 4, 2))
        norm("images_without_affine", nn.BatchNorm2d(2, affine=False), (2, 3, 3))
        norm("features_without_affine", nn.BatchNorm1d(4, affine=False), (4,))
        norm("momentum", nn.BatchNorm2d(2, momentum=0.75), (2, 3, 2))
        norm("momentum_one", nn.BatchNorm1d(3, momentum=1.0), (3,))
        norm("eps", nn.BatchNorm1d(3, eps=0.5), (3,))
        norm("all_keywords", nn.BatchNorm2d(2, eps=0.001, momentum=0.3, affine=False), (2, 2, 3))


def activation(name, layer, forward=None):
    edges = torch.tensor([0.0, -0.0, 1e-8, -1e-8, 0.5, -0.5, 3.0, -3.0, 8.0, -8.0, 25.0, -25.0, 80.0, -80.0])
    edges = torch.cat([edges, torch.tensor([300.0, -300.0])]).reshape(1, 16)
    case("activations", name, layer, (2, 3, 3), forward=forward)
    case("activations", f"{name}_at_edges", layer, x=edges, forward=forward)
    case("activations", f"{name}_beyond_numbers", layer, x=torch.tensor([[torch.inf, -torch.inf, torch.nan]]))


def activations():
    activation("relu", nn.ReLU())
    activation("leaky_relu", nn.LeakyReLU())
    activation("leaky_relu_slope", nn.LeakyReLU(0.25))
    activation("gelu", nn.GELU())
    activation("gelu_tanh", nn.GELU(approximate="tanh"))
    activation("silu", nn.SiLU())
    activation("sigmoid", nn.Sigmoid())
    activation("tanh", nn.Tanh())


def activations_of_lines():
    activation("relu6", nn.ReLU6())
    # PyTorch's own takes 1/6 as f32 holds it for the gradient, in f64 too.
    activation("hardsigmoid", nn.Hardsigmoid(), forward=lambda layer, x: F.relu6(x + 3) / 6)
    activation("hardswish", nn.Hardswish())


def local_response_norm():
    def norm(name, layer, sizes):
        case("local_response_norm", name, layer, sizes)

    norm("images", nn.LocalResponseNorm(3), (5, 2, 3))
    norm("sequences", nn.LocalResponseNorm(5, alpha=0.5), (4, 3))
    norm("even", nn.LocalResponseNorm(2, alpha=1.0), (4, 2, 2))
    norm("larger_than_image", nn.LocalResponseNorm(9, alpha=1.0), (3, 2, 2))
    norm("everything", nn.LocalResponseNorm(4, 0.5, 1.5, 2.0), (6, 2, 2))


def layer_norm():
    def norm(name, layer, sizes):
        case("layer_norm", name, layer, sizes)

    norm("features", nn.LayerNorm(5), (5,))
    norm("rows", nn.LayerNorm(4, eps=0.5), (3, 4))
    norm("two_dimensions", nn.LayerNorm((3, 4)), (2, 3, 4))
    norm("images", nn.LayerNorm((2, 3, 4)), (2, 3, 4))
    norm("without_bias", nn.LayerNorm(3, bias=False), (2, 3))
    norm("without_affine", nn.LayerNorm(3, elementwise_affine=False), (2, 3))


def softmax():
    far = torch.tensor([[1000.0, 0.0, -1000.0, 999.0], [-1000.0, -1001.0, -1002.0, -999.0], [0.0, 0.0, 0.0, 0.0]])
    masked = torch.tensor([[0.5, -torch.inf, 2.0, -torch.inf], [-torch.inf, -torch.inf, -torch.inf, 1.0]])
    for name, layer in {"softmax": nn.Softmax, "log_softmax": nn.LogSoftmax}.items():
        case("softmax", f"{name}_of_features", layer(1), (5,))
        case("softmax", f"{name}_of_channels", layer(1), (4, 2, 3))
        case("softmax", f"{name}_of_rows", layer(2), (3, 4))
        case("softmax", f"{name}_of_columns", layer(1), (3, 4))
        case("softmax", f"{name}_of_image_rows", layer(2), (2, 3, 4))
        case("softmax", f"{name}_of_image_columns", layer(3), (2, 3, 4))
        case("softmax", f"{name}_far_apart", layer(1), x=far)
        case("softmax", f"{name}_masked", layer(1), x=masked)


def upsample():
    def up(name, layer, sizes):
        case("upsample", name, layer, sizes)

    up("nearest", nn.Upsample(scale_factor=2), (2, 3, 4))
    up("nearest_factors", nn.Upsample(scale_factor=(3, 1)), (2, 3, 4))
    up("nearest_size", nn.Upsample(size=(5, 7)), (2, 3, 4))
    up("nearest_smaller", nn.Upsample(size=3), (1, 5, 7))
    up("bilinear", nn.Upsample(scale_factor=2, mode="bilinear"), (2, 3, 4))
    up("bilinear_factors", nn.Upsample(scale_factor=(1, 3), mode="bilinear"), (2, 3, 4))
    up("bilinear_size", nn.Upsample(size=(5, 2), mode="bilinear"), (1, 3, 4))
    up("bilinear_corners", nn.Upsample(scale_factor=3, mode="bilinear", align_corners=True), (2, 3, 2))
    up("bilinear_corners_size", nn.Upsample(size=(1, 7), mode="bilinear", align_corners=True), (2, 3, 4))
    up("bilinear_pixel", nn.Upsample(scale_factor=(2, 3), mode="bilinear"), (3, 1, 1))


def conv_transpose2d():
    def conv(name, layer, sizes):
        case("conv_transpose2d", name, layer, sizes)

    conv("plain", nn.ConvTranspose2d(2, 3, 3), (2, 4, 3))
    conv("without_bias", nn.ConvTranspose2d(2, 3, 2, 2, bias=False), (2, 3, 4))
    conv("pointwise", nn.ConvTranspose2d(3, 4, 1), (3, 3, 2))
    conv("pointwise_stride", nn.ConvTranspose2d(3, 2, 1, 2), (3, 3, 2))
    conv("rectangular_kernel", nn.ConvTranspose2d(2, 3, (2, 3)), (2, 3, 4))
    conv("stride_pair", nn.ConvTranspose2d(1, 2, 2, (1, 3)), (1, 3, 3))
    conv("padding", nn.ConvTranspose2d(2, 3, 4, 2, 1), (2, 3, 4))
    conv("padding_pair", nn.ConvTranspose2d(2, 3, 3, 2, (0, 2)), (2, 3, 4))
    conv("output_padding", nn.ConvTranspose2d(2, 3, 3, 2, 1, 1), (2, 4, 3))
    conv("output_padding_of_dilation", nn.ConvTranspose2d(1, 2, 2, 1, 0, (2, 0), dilation=(3, 1)), (1, 2, 3))
    conv("dilation", nn.ConvTranspose2d(2, 3, 3, dilation=2), (2, 3, 2))
    conv("groups", nn.ConvTranspose2d(4, 6, 3, groups=2), (4, 3, 2))
    conv("depthwise", nn.ConvTranspose2d(3, 3, 2, 2, groups=3), (3, 2, 3))
    conv("everything", nn.ConvTranspose2d(4, 2, (3, 2), (2, 3), (1, 0), (1, 2), 2, False, (1, 2)), (4, 3, 4))


def loss(name, function, x, target):
    x, target = exact(x.double()).requires_grad_(), target if target.dtype == torch.long else exact(target.double())
    output = function(x, target)
    cotangent = torch.tensor(-1.5, dtype=torch.double)
    output.backward(cotangent)
    tensors = {"input": x, "target": target, "output": output, "cotangent": cotangent, "gradient/input": x.grad}
    add("losses", name, tensors)


def losses():
    far = torch.tensor([[1000.0, -1000.0, 0.0], [-500.0, 500.0, 499.0], [0.0, 0.0, 0.0]])
    loss("cross_entropy", nn.CrossEntropyLoss(), torch.randn(4, 3), torch.tensor([2, 0, 1, 0]))
    loss("cross_entropy_far_apart", nn.CrossEntropyLoss(), far, torch.tensor([1, 2, 0]))
    masked = torch.tensor([[0.5, -torch.inf, 2.0], [-torch.inf, -torch.inf, 1.0], [3.0, 1.0, -torch.inf]])
    loss("cross_entropy_masked", nn.CrossEntropyLoss(), masked, torch.tensor([0, 2, 1]))
    loss("mse_features", nn.MSELoss(), torch.randn(4, 3), torch.randn(4, 3))
    loss("mse_images", nn.MSELoss(), torch.randn(2, 2, 3, 4), torch.randn(2, 2, 3, 4))


def composition():
    for name, (network, sizes) in NETWORKS.items():
        case("composition", f"{name}/training", network(), sizes, train=True, lead="")
        case("composition", f"{name}/evaluation", network(), sizes, lead="")


def architectures():
    for name, (network, sizes) in BLOCKS.items():
        case("architectures", name, network(), sizes, train=True, lead="")


if __name__ == "__main__":
    torch.manual_seed(20260)
    torch.set_num_threads(1)
    for make in (linear, conv2d, pooling, batch_norm, activations, softmax, losses, upsample, conv_transpose2d, composition, architectures):
        make()
    # New cases come last: so the numbers of those before them stay as they are.
    for make in (local_response_norm, activations_of_lines, ceil_mode):
        make()
    activation("mish", nn.Mish())
    layer_norm()
    some = torch.randn(4, 3)
    loss("l1", nn.L1Loss(), some, torch.where(torch.rand(4, 3) < 0.2, some, torch.randn(4, 3)))
    loss("l1_sum", nn.L1Loss(reduction="sum"), torch.randn(2, 2, 3, 4), torch.randn(2, 2, 3, 4))
    for file, tensors in files.items():
        save_file(tensors, Path(__file__).with_name(f"{file}.safetensors"))
    for name, network in WHOLE.items():
        Path(__file__).with_name(f"{name}.txt").write_text(names(network()))
