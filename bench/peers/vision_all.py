"""`from fastai.vision.all import *`, also with a CPU build of torch, for which torchvision lacks its compiled operators."""
import torch

if torch.version.cuda is None:
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision  # noqa: E402,F401
from fastai.vision.all import *  # noqa: E402,F401,F403
