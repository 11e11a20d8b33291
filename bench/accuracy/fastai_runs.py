"""Trains the comparison runs with Python's fastai. Usage: python fastai_runs.py DATA OUT.json [run ...]; see ours.ts."""

import json
import sys
import time
from pathlib import Path

import torch

library = torch.library.Library("torchvision", "DEF")  # lets torchvision load beside a CPU build of torch
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai  # noqa: E402
from fastai.vision.all import *  # noqa: E402,F403

data, out, wanted = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]


def imagenette_mini(seed):
    tfms = dict(item_tfms=Resize(64), batch_tfms=aug_transforms(size=64))
    return ImageDataLoaders.from_folder(data / "imagenette_mini", train="train", valid="val", bs=32, num_workers=0, **tfms)


def mnist_tiny(seed):
    block = DataBlock(
        blocks=(ImageBlock(cls=PILImageBW), CategoryBlock),
        get_items=get_image_files,
        splitter=GrandparentSplitter(),
        get_y=parent_label,
        batch_tfms=Normalize,
    )
    return block.dataloaders(data / "mnist_tiny", num_workers=0)


def pets_mini(seed):
    files = get_image_files(data / "pets_mini" / "images")
    tfms = dict(item_tfms=RandomResizedCrop(128, min_scale=0.75), batch_tfms=aug_transforms(size=96, max_warp=0))
    return ImageDataLoaders.from_name_re(data, files, r"^(.*)_\d+.jpg$", bs=16, seed=seed, num_workers=0, **tfms)


runs = {"imagenette_mini": (imagenette_mini, 6, 5e-3, 3), "mnist_tiny": (mnist_tiny, 3, 5e-3, 1), "pets_mini": (pets_mini, 10, 3e-3, 3)}
results = []
for run, (make_dls, epochs, lr, c_in) in runs.items():
    if wanted and run not in wanted:
        continue
    for seed in (1, 2, 3):
        set_seed(seed)
        dls = make_dls(seed)
        learn = Learner(dls, xresnet18(c_in=c_in, n_out=dls.c), loss_func=CrossEntropyLossFlat(), metrics=accuracy)
        start = time.perf_counter()
        with learn.no_bar(), learn.no_logging():
            learn.fit_one_cycle(epochs, lr)
        seconds = time.perf_counter() - start
        _, valid_loss, acc = learn.recorder.values[-1]
        results.append(dict(run=run, seed=seed, epochs=epochs, accuracy=acc, validLoss=valid_loss, secondsPerEpoch=seconds / epochs))
        out.write_text(json.dumps(dict(peer=f"fastai {fastai.__version__}, torch {torch.__version__}", results=results), indent=1) + "\n")
