"""Trains the comparison runs with Python's fastai: python fastai_runs.py DATA OUT.json [--seeds 1,2,3] [run ...].

`runs.ts` says the same in TypeScript, `ours.ts` what OUT.json holds.
"""

import argparse
import json
import time
from pathlib import Path

import torch

library = torch.library.Library("torchvision", "DEF")  # lets torchvision load beside a CPU build of torch
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai  # noqa: E402
from fastai.vision.all import *  # noqa: E402,F403

parser = argparse.ArgumentParser()
parser.add_argument("data", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("--seeds", default="1,2,3")
parser.add_argument("wanted", nargs="*")
args = parser.parse_intermixed_args()
data, out = args.data, args.out


def classifier(dls, c_in=3):
    return Learner(dls, xresnet18(c_in=c_in, n_out=dls.c), loss_func=CrossEntropyLossFlat(), metrics=accuracy)


def every_fifth(files):
    return range(0, len(files), 5)


def imagenette_mini():
    tfms = dict(item_tfms=Resize(160), batch_tfms=aug_transforms(size=128))
    folders = dict(train="train", valid="val")
    return classifier(ImageDataLoaders.from_folder(data / "imagenette_mini", **folders, bs=32, num_workers=0, **tfms))


def mnist_tiny():
    block = DataBlock(
        blocks=(ImageBlock(cls=PILImageBW), CategoryBlock),
        get_items=get_image_files,
        splitter=GrandparentSplitter(),
        get_y=parent_label,
        batch_tfms=Normalize,
    )
    return classifier(block.dataloaders(data / "mnist_tiny", num_workers=0), 1)


def pets_mini():
    files = sorted(get_image_files(data / "pets_mini" / "images"))
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        splitter=IndexSplitter(every_fifth(files)),
        get_y=RegexLabeller(r"/([^/]*)_\d+.jpg$"),
        item_tfms=RandomResizedCrop(128, min_scale=0.75),
        batch_tfms=aug_transforms(size=96, max_warp=0),
    )
    return classifier(block.dataloaders(files, bs=16, num_workers=0))


def camvid_tiny():
    path = data / "camvid_tiny"
    codes = (path / "codes.txt").read_text().split()
    files = sorted(get_image_files(path / "images"))
    block = DataBlock(
        blocks=(ImageBlock, MaskBlock(codes)),
        splitter=IndexSplitter(every_fifth(files)),
        get_y=lambda file: path / "labels" / f"{file.stem}_P.png",
        batch_tfms=aug_transforms(size=(48, 64)),
    )
    nobody = codes.index("Void")  # pixels that nobody labelled
    score = partial(foreground_acc, bkg_idx=nobody)
    score.__name__ = "foreground_acc"
    loss = CrossEntropyLossFlat(axis=1, ignore_index=nobody)
    dls = block.dataloaders(files, bs=8, num_workers=0)
    return unet_learner(dls, xresnet18, pretrained=False, loss_func=loss, metrics=score)


def face_keypoints_mini():
    path = data / "face_keypoints_mini"
    rows = [row.split(",") for row in (path / "keypoints.csv").read_text().split()[1:]]
    points = {row[0]: [[float(x), float(y)] for x, y in zip(row[1::2], row[2::2])] for row in rows}
    files = sorted(get_image_files(path / "images"))
    block = DataBlock(
        blocks=(ImageBlock, PointBlock),
        splitter=IndexSplitter(every_fifth(files)),
        get_y=lambda file: points[file.name],
        item_tfms=Resize(80, method="squish"),
        batch_tfms=aug_transforms(size=64, do_flip=False, max_warp=0),
    )
    dls = block.dataloaders(files, bs=8, num_workers=0)
    return vision_learner(dls, xresnet18, pretrained=False, y_range=(-1, 1), metrics=mae)


runs = {
    "imagenette_mini": (imagenette_mini, 10, 5e-3),
    "mnist_tiny": (mnist_tiny, 3, 5e-3),
    "pets_mini": (pets_mini, 10, 3e-3),
    "camvid_tiny": (camvid_tiny, 12, 3e-3),
    "face_keypoints_mini": (face_keypoints_mini, 40, 5e-3),
}
results = json.loads(out.read_text())["results"] if out.exists() else []
for run, (make, epochs, lr) in runs.items():
    if args.wanted and run not in args.wanted:
        continue
    for seed in map(int, args.seeds.split(",")):
        set_seed(seed)
        learn = make()
        start = time.perf_counter()
        with learn.no_bar(), learn.no_logging():
            learn.fit_one_cycle(epochs, lr)
        seconds = (time.perf_counter() - start) / epochs
        results = [other for other in results if (other["run"], other["seed"]) != (run, seed)]
        metric = learn.recorder.metric_names[-2]  # the time is last
        epochs_of = [list(values) for values in learn.recorder.values]
        results.append(dict(run=run, seed=seed, metric=metric, epochs=epochs_of, secondsPerEpoch=seconds))
        peer = f"fastai {fastai.__version__}, torch {torch.__version__}"
        out.write_text(json.dumps(dict(peer=peer, results=results), indent=1) + "\n")
