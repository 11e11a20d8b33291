"""Batches augmented by fastai with fixed draws, for test/vision/augment/*.test.ts.

Run: python test/parity/augment.py   (writes test/fixtures/augment.json)
"""
import base64
import json
import pathlib
import warnings

import torch

lib = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    lib.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai  # noqa: E402
from fastai.vision.all import *  # noqa: E402,F403

warnings.simplefilter("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
torch.set_num_threads(1)


def images(n, c, h, w):
    """Smooth pictures in 0..1 by a formula that the other side has too."""
    i, k, y, x = torch.meshgrid(*(torch.arange(s, dtype=torch.float64) for s in (n, c, h, w)), indexing="ij")
    return TensorImage((0.5 + 0.45 * torch.sin(0.7 * x + 0.3 * y + 1.3 * k + 2.1 * i)).float())


def masks(n, h, w):
    i, y, x = torch.meshgrid(*(torch.arange(s) for s in (n, h, w)), indexing="ij")
    return TensorMask((x // 2 + y // 3 + i) % 5)


POINTS = torch.tensor([[[-0.5, 0.25], [0.75, -1.0], [0.0, 0.0]], [[0.2, 0.3], [-0.9, 0.9], [0.5, -0.5]]])
BOXES = torch.tensor([[[-0.5, -0.25, 0.75, 0.5], [0.1, 0.2, 0.3, 0.4]], [[-1.0, -1.0, 0.0, 0.0], [0.5, -0.5, 1.0, 0.5]]])


def packed(t):
    t = t.detach().float().contiguous()
    return {"shape": list(t.shape), "data": base64.b64encode(t.numpy().tobytes()).decode()}


def run(name, make, shape=(2, 3, 8, 6), split_idx=0, all_types=False, spec=None):
    torch.manual_seed(0)
    tfm = make()
    h, w = shape[-2:]
    batch = [images(*shape)]
    if all_types:
        batch += [masks(shape[0], h, w), TensorPoint(POINTS.clone(), img_size=(h, w)), TensorBBox(BOXES.clone(), img_size=(h, w))]
    out = tfm(tuple(batch), split_idx=split_idx)
    return {"name": name, "shape": shape, "splitIdx": split_idx, "allTypes": all_types, "results": [packed(o) for o in out]}


def composed(size=None):
    tkw = dict(size=size, p=1.0)
    tfms = [
        Flip(draw=[1, 0], **tkw),
        Warp(draw_x=[0.1, -0.15], draw_y=[0.2, 0.05], **tkw),
        Rotate(draw=[10.0, -25.0], **tkw),
        Zoom(draw=[1.2, 0.9], draw_x=[0.3, 0.8], draw_y=[0.6, 0.1], **tkw),
        Brightness(draw=[0.6, 0.45], p=1.0),
        Contrast(draw=[1.2, 0.8], p=1.0),
    ]
    return setup_aug_tfms(tfms)


def crop_gpu(size, top, left, height, width):
    """RandomResizedCropGPU with a given window."""
    tfm = RandomResizedCropGPU(size)

    def before_call(b, split_idx):
        tfm.do, tfm.tl, tfm.cp_size = True, (top, left), (height, width)

    tfm.before_call = before_call
    return tfm


class Images(Transform):
    """Images and masks alone: fastai's crop slices the numbers of points."""

    def __init__(self, tfm):
        self.tfm = tfm

    def __call__(self, b, split_idx=None, **kwargs):
        return self.tfm(b[:2], split_idx=split_idx)


class Chain:
    def __init__(self, tfms):
        self.tfms = tfms

    def __call__(self, b, split_idx):
        for t in self.tfms:
            b = t(b, split_idx=split_idx)
        return b


CASES = [
    run("flip", lambda: Flip(draw=[1, 0], p=1.0), all_types=True),
    run("dihedral", lambda: Dihedral(draw=[3, 6], p=1.0), shape=(2, 3, 6, 6), all_types=True),
    run("dihedral of a wide image", lambda: Dihedral(draw=[5, 7], p=1.0)),
    run("rotate", lambda: Rotate(draw=[30.0, -12.0], p=1.0), all_types=True),
    run("rotate with zeros", lambda: Rotate(draw=[30.0, -12.0], p=1.0, pad_mode="zeros")),
    run("rotate with border", lambda: Rotate(draw=[30.0, -12.0], p=1.0, pad_mode="border")),
    run("rotate by nearest", lambda: Rotate(draw=[31.0, -13.0], p=1.0, mode="nearest")),
    run("rotate by outer edges", lambda: Rotate(draw=[30.0, -12.0], p=1.0, align_corners=False)),
    run("zoom", lambda: Zoom(draw=[1.5, 0.8], draw_x=[0.25, 0.6], draw_y=[0.75, 0.1], p=1.0), all_types=True),
    run("warp", lambda: Warp(draw_x=[0.2, -0.1], draw_y=[0.1, 0.25], p=1.0), all_types=True),
    run("rotate to another size", lambda: Rotate(draw=[30.0, -12.0], p=1.0, size=(5, 9)), all_types=True),
    run("rotate shrinking", lambda: Rotate(draw=[30.0, -12.0], p=1.0, size=(5, 5)), shape=(2, 3, 23, 23)),
    run("zoom shrinking", lambda: Zoom(draw=[4.0, 4.0], draw_x=0.5, draw_y=0.5, p=1.0, size=(5, 5)), shape=(2, 3, 23, 23)),
    run("validation", lambda: Rotate(draw=[30.0, -12.0], p=1.0, size=(5, 9)), split_idx=1, all_types=True),
    run("composed", lambda: Chain(composed()), all_types=True),
    run("composed to another size", lambda: Chain(composed(size=(7, 7))), all_types=True),
    run("brightness", lambda: Brightness(draw=[0.7, 0.4], p=1.0)),
    run("contrast", lambda: Contrast(draw=[1.5, 0.6], p=1.0)),
    run("saturation", lambda: Saturation(draw=[1.5, 0.0], p=1.0)),
    run("crop of a batch", lambda: Images(crop_gpu((5, 7), 2, 1, 9, 6)), shape=(2, 3, 12, 8), all_types=True),
    run("crop of a batch, shrinking", lambda: Images(crop_gpu(5, 1, 2, 20, 20)), shape=(2, 3, 23, 23), all_types=True),
    run("crop of a batch in validation", lambda: Images(RandomResizedCropGPU((5, 7), ratio=(1, 1), valid_scale=0.7)),
        shape=(2, 3, 12, 16), split_idx=1, all_types=True),
    run("hue", lambda: Hue(draw=[1.05, 0.93], p=1.0)),
]

RGB = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(3))
RGB[0, :, 0, 0], RGB[0, :, 0, 1], RGB[0, :, 0, 2] = 0.4, 0.0, torch.tensor([1.0, 0.0, 0.0])

# Section 28: a 1 x 1 x 4 x 4 image with pixel k / 16.
small = lambda: TensorImage((torch.arange(16).float() / 16).view(1, 1, 4, 4))
rgb = lambda: TensorImage(torch.tensor([0.2, 0.5, 0.8]).view(1, 3, 1, 1))
VECTORS = {
    "rotate": packed(small().rotate(draw=90.0, p=1.0)),
    "zoom": packed(small().zoom(draw=2.0, draw_x=0.5, draw_y=0.5, p=1.0)),
    "brightness": packed(small().brightness(draw=0.7, p=1.0)),
    "contrast": packed(small().contrast(draw=1.5, p=1.0)),
    "warp": packed(small().warp(draw_x=0.2, draw_y=0.1, p=1.0)),
    "colours": packed(RGB),
    "hsv": packed(rgb2hsv(TensorImage(RGB.clone()))),
    "grey": packed(grayscale(TensorImage(RGB.clone()))),
    "saturation": packed(rgb().saturation(draw=1.5, p=1.0)),
}

out = {"versions": {"fastai": fastai.__version__, "torch": torch.__version__}, "cases": CASES, "vectors": VECTORS}
(FIXTURES / "augment.json").write_text(json.dumps(out) + "\n")
print((FIXTURES / "augment.json").stat().st_size)
