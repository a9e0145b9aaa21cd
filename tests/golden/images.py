"""What torchvision makes of pictures, and files of each kind, for `src/images`: writes images.safetensors and images/.

    pip install torch torchvision safetensors pillow==13.0.0
    python tests/golden/images.py

Pillow 13.0 changed the order in which it resizes tall pictures.
"""

import io
import struct
import zlib
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
    # Portraits: up to twice as high as wide the width is resized first, beyond that the height.
    "portrait_4_to_3": (60, 45, 17, 17, 16, InterpolationMode.BILINEAR),
    "portrait_2_to_1": (60, 30, 20, 18, 17, InterpolationMode.BILINEAR),
    "tall": (97, 31, 15, 32, 15, InterpolationMode.BILINEAR),
    "portrait_bicubic": (47, 33, 14, 16, 13, InterpolationMode.BICUBIC),
    "tall_bicubic": (88, 29, 16, 40, 14, InterpolationMode.BICUBIC),
    "portrait_larger": (12, 9, 20, 21, 19, InterpolationMode.BILINEAR),
    "tall_larger": (20, 6, 14, 30, 13, InterpolationMode.BICUBIC),
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

# Files of each kind, all of one picture of 24 × 40 pixels. Only some are exact: the others are near.
out = Path(__file__).parent / "images"
out.mkdir(exist_ok=True)
rows, columns = numpy.mgrid[0:24, 0:40]
picture = numpy.stack([columns * 6, rows * 10, (rows + columns) * 4], 2).astype(numpy.uint8)
image = Image.fromarray(picture)


def save(name, of=image, **options):
    of.save(out / name, **options)
    return out / name


save("plain.png")
save("palette.png", image.quantize(256))
save("transparent.png", Image.merge("RGBA", [*image.split(), Image.new("L", image.size, 128)]))
save("grey.png", image.getchannel("R"))
save("baseline.jpg", quality=95)
save("progressive.jpg", quality=95, progressive=True)
save("restarts.jpg", quality=95, restart_marker_blocks=1)
save("grey.jpg", image.getchannel("R"), quality=95)
save("cmyk.jpg", image.convert("CMYK"), quality=95)

# A camera's: an orientation, and a preview that is a JPEG file itself.
preview = io.BytesIO()
image.resize((10, 6)).save(preview, "JPEG")
entries = [(0x0112, 3, 1, 6 << 16)]  # turn it by 90 degrees
first = struct.pack(">H", 1) + struct.pack(">HHII", *entries[0]) + struct.pack(">I", 8 + 18)
second = [(0x0201, 4, 1, 8 + 18 + 30), (0x0202, 4, 1, len(preview.getvalue()))]
second = struct.pack(">H", 2) + b"".join(struct.pack(">HHII", *entry) for entry in second) + struct.pack(">I", 0)
exif = b"Exif\0\0MM\0*\0\0\0\x08" + first + second + preview.getvalue()
save("camera.jpg", quality=95, exif=exif)
assert Image.open(out / "camera.jpg").size == image.size and Image.open(out / "camera.jpg").getexif()[0x0112] == 6


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


# Interlaced, in two pieces: Pillow reads it but doesn't write it.
passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
lines = [picture[top::down, left::right] for top, left, down, right in passes]
content = zlib.compress(b"".join(b"\0" + line.tobytes() for part in lines for line in part))
(out / "interlaced.png").write_bytes(
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 24, 8, 2, 0, 0, 1))
    + chunk(b"IDAT", content[:50]) + chunk(b"IDAT", content[50:]) + chunk(b"IEND", b"")
)
assert (numpy.asarray(Image.open(out / "interlaced.png")) == picture).all()
