"""What torchvision makes of pictures, for `src/images`: writes images.safetensors.

    pip install torch torchvision safetensors
    python tests/golden/images.py
"""

from pathlib import Path

import numpy
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision import transforms
from torchvision.transforms import InterpolationMode

# name: (height, width, resize, crop height, crop width, interpolation)
CASES = {
    "landscape": (37, 53, 16, 14, 14, InterpolationMode.BILINEAR),
    "portrait": (61, 30, 20, 17, 14, InterpolationMode.BILINEAR),
    "larger": (9, 12, 21, 20, 16, InterpolationMode.BILINEAR),
    "bicubic": (40, 40, 13, 12, 13, InterpolationMode.BICUBIC),
    "bicubic_larger": (7, 10, 15, 15, 14, InterpolationMode.BICUBIC),
    "as_it_is": (16, 23, 16, 11, 11, InterpolationMode.BILINEAR),
}

tensors = {}
for seed, (name, (height, width, resize, rows, columns, interpolation)) in enumerate(CASES.items()):
    # Noise on a slope: edges in all directions.
    noise = numpy.random.default_rng(seed).integers(0, 120, (height, width, 3))
    slope = numpy.linspace(0, 135, width)[None, :, None]
    picture = (noise + slope).astype(numpy.uint8)
    transform = transforms.Compose([
        transforms.Resize(resize, interpolation),
        transforms.CenterCrop((rows, columns)),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])
    tensors[f"{name}.picture"] = torch.from_numpy(picture)
    tensors[f"{name}.tensor"] = transform(Image.fromarray(picture)).contiguous()

save_file(tensors, Path(__file__).parent / "images.safetensors")
