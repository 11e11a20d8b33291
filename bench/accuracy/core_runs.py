"""Trains the runs of core-runs.ts with Python's fastai. Usage: python core_runs.py DATA OUT.json [run ...]"""

import gzip
import json
import sys
import time
from pathlib import Path

import torch

library = torch.library.Library("torchvision", "DEF")  # lets torchvision load beside a CPU build of torch
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai  # noqa: E402
from fastai.callback.all import *  # noqa: E402,F403
from fastai.basics import *  # noqa: E402,F403
from torch import nn  # noqa: E402

SEEDS, EPOCHS, BS = (1, 2, 3), 5, 128
MEAN, STD = 0.286, 0.353
data, out, wanted = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]


def idx(name, head):
    with gzip.open(data / f"{name}-ubyte.gz") as file:
        return torch.frombuffer(bytearray(file.read()[head:]), dtype=torch.uint8)


def pictures(part):
    y = idx(f"{part}-labels-idx1", 8).long()
    x = idx(f"{part}-images-idx3", 16).view(len(y), 1, 28, 28).float().div(255).sub(MEAN).div(STD)
    return torch.utils.data.TensorDataset(x, y)


def conv_net():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Dropout(0.4), nn.Linear(128, 10),
    )


def res_net():
    def halve(ni, nf):
        return ConvLayer(ni, nf, stride=2, bn_1st=False)

    def block(nf):
        return SequentialEx(ConvLayer(nf, nf, bn_1st=False), ConvLayer(nf, nf, bn_1st=False), MergeLayer())

    return nn.Sequential(
        halve(1, 8), block(8), halve(8, 16), block(16), halve(16, 32), block(32), halve(32, 16), block(16),
        halve(16, 10), nn.Flatten(),
    )


RUNS = {
    "conv net": (conv_net, 2e-3, CrossEntropyLossFlat, None),
    "lesson-7 resnet": (res_net, 1e-2, CrossEntropyLossFlat, None),
    "resnet, label smoothing": (res_net, 1e-2, LabelSmoothingCrossEntropy, None),
    "resnet, MixUp": (res_net, 1e-2, CrossEntropyLossFlat, MixUp),
    "resnet, CutMix": (res_net, 1e-2, CrossEntropyLossFlat, CutMix),
}

torch.set_num_threads(1)
train, valid = pictures("train"), pictures("t10k")
results = []
for run, (make, lr, loss_func, cb) in RUNS.items():
    if wanted and run not in wanted:
        continue
    for seed in SEEDS:
        set_seed(seed)
        model = make()
        weights = sum(p.detach().double().abs().sum().item() for p in model.parameters())
        dls = DataLoaders(
            DataLoader(train, bs=BS, shuffle=True, num_workers=0), DataLoader(valid, bs=BS, num_workers=0)
        )
        learn = Learner(dls, model, loss_func=loss_func(), metrics=accuracy)
        start = time.perf_counter()
        with learn.no_bar(), learn.no_logging():
            learn.fit_one_cycle(EPOCHS, lr, cbs=cb() if cb else None)
        seconds = time.perf_counter() - start
        epochs = [list(values) for values in learn.recorder.values]
        results.append(dict(run=run, seed=seed, weights=weights, epochs=epochs, secondsPerEpoch=seconds / EPOCHS))
        out.write_text(json.dumps(dict(peer=f"fastai {fastai.__version__}, torch {torch.__version__}", results=results), indent=1) + "\n")
