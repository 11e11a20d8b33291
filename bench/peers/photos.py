import os
import tempfile

import numpy as np
import torch
from PIL import Image

PHOTOS = 800


def folder():
    root = tempfile.mkdtemp(prefix="fastai-ts-bench-")
    k = np.arange(224 * 224 * 3)
    for i in range(PHOTOS):
        directory = os.path.join(root, f"class{i % 10}")
        os.makedirs(directory, exist_ok=True)
        data = 128 + 90 * np.sin(k / (50 + i)) + (k * 7919 + i) % 31
        Image.fromarray(data.astype(np.uint8).reshape(224, 224, 3)).save(os.path.join(directory, f"{i}.jpg"), quality=90)
    return root


def loader():
    from vision_all import ImageDataLoaders, Normalize, Resize, aug_transforms, imagenet_stats
    dls = ImageDataLoaders.from_folder(
        folder(), valid_pct=0.01, item_tfms=Resize(160), bs=64, num_workers=0,
        batch_tfms=[*aug_transforms(size=128), Normalize.from_stats(*imagenet_stats)])

    def iterate(n):
        done = 0
        while done < n:
            for x, _ in dls.train:
                done += len(x)
        return done
    return iterate


def batch():
    from vision_all import IntToFloatTensor, Normalize, Pipeline, TensorImage, aug_transforms, imagenet_stats
    steps = Pipeline([IntToFloatTensor(), *aug_transforms(size=128), Normalize.from_stats(*imagenet_stats, cuda=False)])
    steps.split_idx = 0
    x = TensorImage(torch.randint(0, 256, (64, 3, 160, 160), dtype=torch.uint8))

    def iterate(n):
        with torch.no_grad():
            for _ in range(n):
                steps(x)
        return n
    return iterate


CASES = {"loader.photos": loader, "augment.batch": batch}
