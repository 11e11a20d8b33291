"""The Python side of `npm run bench`: "prepare <case>" sets a case up and warms it, "round" answers nanoseconds."""
import importlib
import os
import sys
import time

import torch

MODULES = {
    "op": "operators", "nn": "operators", "autograd": "operators", "optim": "optimizers",
    "loop": "loops", "train": "xresnet", "infer": "xresnet", "image": "images",
    "loader": "photos", "augment": "photos",
    "csv": "frames", "tabular": "frames", "collab": "frames",
}
ROUND_S = float(os.environ["BENCH_ROUND_MS"]) / 1000
WARM_UP_S = 30 * ROUND_S


def seconds(iterate, n):
    started = time.perf_counter()
    done = iterate(n)
    return (time.perf_counter() - started) / done


def warm_up(iterate):
    started = time.perf_counter()
    n = 1
    while time.perf_counter() - started < WARM_UP_S:
        n = min(n * 2, max(1, round(ROUND_S / seconds(iterate, n))))
    return n


def answer(value):
    os.write(3, f"{value}\n".encode())


def main():
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    iterate, count = None, 1
    for line in sys.stdin:
        words = line.split()
        if words[0] == "prepare":
            module = importlib.import_module(MODULES[words[1].split(".")[0]])
            iterate = module.CASES[words[1]]()
            count = warm_up(iterate)
            answer(count)
        else:
            answer(seconds(iterate, count) * 1e9)


main()
