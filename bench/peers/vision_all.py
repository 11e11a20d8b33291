"""`from fastai.vision.all import *` with a CPU build of torch, whose torchvision lacks its compiled operators."""
import torch

try:
    import torchvision  # noqa: F401
except Exception:
    import sys

    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from fastai.vision.all import *  # noqa: E402,F401,F403
