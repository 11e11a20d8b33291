import os

import torch

library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from fastai.vision.all import *  # noqa: E402,F403

torch.ones(2) + imagenet_stats[0][0]  # noqa: F405
os.write(3, b"0\n")
