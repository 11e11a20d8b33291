"""Pixels of Pillow and of fastai's item transforms, for test/vision/image/*.test.ts.

Run: python test/parity/image.py   (writes test/fixtures/image.json)
"""
import base64
import io
import json
import pathlib
import warnings

import numpy as np
import torch

lib = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    lib.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai  # noqa: E402
import PIL  # noqa: E402
from fastai.vision.all import *  # noqa: E402,F403
from PIL import Image  # noqa: E402

warnings.simplefilter("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"


def b64(data):
    return base64.b64encode(bytes(data)).decode()


def pixels(height, width, channels):
    """Bytes by a formula that the other side has too."""
    i = np.arange(height * width * channels, dtype=np.int64)
    return ((i * i * 31 + i * 7919) % 10007 % 256).astype(np.uint8).reshape(height, width, channels)


def image(height, width, channels=3):
    a = pixels(height, width, channels)
    return Image.fromarray(a[..., 0] if channels == 1 else a)


def packed(x):
    a = np.asarray(x)
    return {"shape": list(a.shape), "data": b64(a.astype(np.uint8).tobytes())}


RESIZES = [  # source height, width, channels; output width, height; filter; box
    (37, 50, 3, 22, 22, "bilinear", None),
    (37, 50, 1, 22, 9, "bilinear", None),
    (9, 7, 3, 20, 17, "bilinear", None),
    (90, 20, 3, 15, 20, "bilinear", None),  # Pillow begins with the columns
    (37, 50, 3, 50, 20, "bilinear", None),
    (37, 50, 3, 20, 37, "bilinear", None),
    (37, 50, 4, 20, 11, "bilinear", None),
    (37, 50, 3, 12, 13, "nearest", None),
    (9, 7, 1, 20, 17, "nearest", None),
    (1, 1, 3, 4, 3, "bilinear", None),
]


def resize_cases():
    filters = {"bilinear": Image.BILINEAR, "nearest": Image.NEAREST}
    for h, w, c, ow, oh, f, _ in RESIZES:
        im = image(h, w, c) if c != 4 else Image.frombytes("RGBX", (w, h), pixels(h, w, 4).tobytes())
        yield {"source": [h, w, c], "to": [ow, oh], "filter": f, "result": packed(im.resize((ow, oh), filters[f]))}


def item_cases():
    im, mask = PILImage(image(37, 50)), PILMask(image(37, 50, 1))
    tall = PILImage(image(50, 20))
    points = TensorPoint(torch.tensor([[-0.5, 0.25], [0.75, -1.0]]), img_size=(50, 37))
    boxes = TensorBBox(torch.tensor([[-0.5, -0.25, 0.75, 0.5]]), img_size=(50, 37))

    def case(name, tfm, pcts=None, split_idx=1, items=(im, mask)):
        if pcts is not None:
            tfm.pcts = pcts
            tfm.before_call = lambda b, split_idx: None
        out = tfm(tuple(items), split_idx=split_idx)
        return {
            "name": name,
            "pcts": pcts,
            "items": [type(i).__name__ for i in items],
            "results": [packed(o) if isinstance(o, Image.Image) else {"values": o.flatten().tolist()} for o in out],
        }

    yield case("crop", Resize(16), items=(im, mask, points, boxes))
    yield case("crop wide", Resize((10, 24)), items=(im, mask, points, boxes))
    yield case("crop drawn", Resize(16), pcts=(0.3, 0.8), split_idx=0, items=(im, mask, points, boxes))
    yield case("pad", Resize(16, method="pad"), items=(im, mask, points, boxes))
    yield case("pad zeros", Resize(16, method="pad", pad_mode="zeros"))
    yield case("pad border", Resize(16, method="pad", pad_mode="border"))
    yield case("squish", Resize((10, 24), method="squish"), items=(im, mask, points, boxes))
    yield case("pad tall", Resize(16, method="pad"), items=(tall,))
    yield case("random resized crop", RandomResizedCrop(16), items=(im, mask))
    yield case("crop pad", CropPad((20, 60)), items=(im, mask, points, boxes))
    yield case("crop pad reflection", CropPad((40, 60), pad_mode="reflection"))
    yield case("random crop", RandomCrop(24), items=(im, mask, points, boxes))
    for k in range(8):
        yield {"name": f"dihedral {k}", "results": [packed(PILImage(image(5, 4)).dihedral(k))]}


def encode(im, fmt, **options):
    out = io.BytesIO()
    im.save(out, format=fmt, **options)
    return out.getvalue()


def file_cases():
    """Small files of many kinds: what Pillow reads, as RGB and as grey, and the numbers stored (for masks)."""
    rgb = image(6, 8)
    smooth = image(3, 4).resize((32, 24), Image.BICUBIC)
    palette = Image.new("P", (8, 6))
    palette.putpalette([v for i in range(4) for v in (i * 60, 255 - i * 60, 40)])
    palette.putdata([i % 4 for i in range(48)])
    index = [[i % 4 for i in range(r * 8, r * 8 + 8)] for r in range(6)]
    grey16 = Image.fromarray(np.array([[0, 3, 300, 40000], [255, 256, 65535, 128]], dtype=np.uint16))
    rgba = Image.fromarray(pixels(6, 8, 4), mode="RGBA")
    grey_alpha = Image.fromarray(pixels(6, 8, 2), mode="LA")
    large = image(70, 80)
    exif = Image.Exif()
    exif[274] = 6
    files = {
        "rgb.png": (encode(rgb, "PNG"), None),
        "large.png": (encode(large, "PNG"), None),
        "grey.png": (encode(rgb.convert("L"), "PNG"), None),
        "large-grey.png": (encode(large.convert("L"), "PNG"), None),
        "rgba.png": (encode(rgba, "PNG"), None),
        "grey-alpha.png": (encode(grey_alpha, "PNG"), None),
        "palette.png": (encode(palette, "PNG"), index),
        "palette-2-bits.png": (encode(palette, "PNG", bits=2), index),
        "one-bit.png": (encode(rgb.convert("1"), "PNG"), (np.asarray(rgb.convert("1")) * 1).tolist()),
        "grey-16.png": (encode(grey16, "PNG"), None),
        "photo.jpg": (encode(smooth, "JPEG", quality=90), None),
        "grey.jpg": (encode(smooth.convert("L"), "JPEG", quality=90), None),
        "turned.jpg": (encode(smooth, "JPEG", quality=90, exif=exif), None),
        "lossless.webp": (encode(rgb, "WEBP", lossless=True), None),
        "first-frame.gif": (encode(palette, "GIF"), None),
        "strip.tif": (encode(rgb, "TIFF"), None),
        "photo.bmp": (encode(rgb, "BMP"), None),
    }
    for name, (data, stored) in files.items():
        im = Image.open(io.BytesIO(data))
        if name == "turned.jpg":  # fastai leaves it lying; here it is put upright
            im = PIL.ImageOps.exif_transpose(im)
        yield {
            "name": name,
            "bytes": b64(data),
            "rgb": packed(im.convert("RGB")),
            "grey": packed(im.convert("L")),
            "stored": stored,
        }


import PIL.ImageOps  # noqa: E402

out = {
    "versions": {"fastai": fastai.__version__, "pillow": PIL.__version__, "torch": torch.__version__},
    "resize": list(resize_cases()),
    "items": list(item_cases()),
    "files": list(file_cases()),
}
(FIXTURES / "image.json").write_text(json.dumps(out) + "\n")
print((FIXTURES / "image.json").stat().st_size)
