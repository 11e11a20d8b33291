import os
import tempfile

import numpy as np
from PIL import Image


def jpeg(width, height):
    y, x = np.mgrid[0:height, 0:width].astype(float)
    waves = [128 + 120 * np.sin(x / 9 + y / 31), 128 + 120 * np.sin(x / 5 - y / 7), (x * y) % 256]
    file = os.path.join(tempfile.mkdtemp(prefix="fastai-ts-bench-"), "image.jpg")
    Image.fromarray(np.stack(waves, -1).astype(np.uint8)).save(file, quality=90)
    return file


def decode():
    file = jpeg(224, 224)

    def iterate(n):
        for _ in range(n):
            with Image.open(file) as image:
                np.asarray(image.convert("RGB"))
        return n
    return iterate


def decode_resize():
    file = jpeg(1200, 800)
    from vision_all import PILImage, Resize
    resize = Resize(128)

    def iterate(n):
        for _ in range(n):
            np.asarray(resize(PILImage.create(file)))
        return n
    return iterate


CASES = {"image.decode": decode, "image.decode.resize": decode_resize}
