"""Schedules and learning rate suggestions of fastai, for test/callback/schedules.test.ts and lr-find.test.ts.

Run: python test/parity/schedule.py   (writes test/fixtures/schedule.json)
"""
import json
import math
import pathlib
import warnings

import torch

lib = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    lib.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai  # noqa: E402
from fastai.basics import *  # noqa: E402,F403
from fastai.callback.all import *  # noqa: E402,F403

warnings.simplefilter("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
torch.set_num_threads(1)


def learner(batches, groups=1):
    """Batches of two items of y = x, and a model of `groups` linear layers, each a layer group."""
    x = torch.linspace(-1, 1, 2 * batches)[:, None]
    dl = DataLoader(list(zip(x, x)), bs=2)
    model = nn.Sequential(*[nn.Linear(1, 1) for _ in range(groups)])
    splitter = (lambda m: [params(layer) for layer in m]) if groups > 1 else trainable_params
    return Learner(DataLoaders(dl, dl, device="cpu"), model, loss_func=MSELossFlat(), splitter=splitter, lr=1e-2)


class AllGroups(Callback):
    """Every group's lr and mom after each training batch."""
    order = 90

    def __init__(self): self.lrs, self.moms = [], []

    def after_batch(self):
        if not self.training: return
        self.lrs.append([h["lr"] for h in self.opt.hypers])
        self.moms.append(self.opt.hypers[-1]["mom"])


def trace(batches, groups, fit):
    learn = learner(batches, groups)
    seen = AllGroups()
    learn.add_cb(seen)
    with learn.no_bar(), learn.no_logging(): fit(learn)
    return {"lrs": [[float(v) for v in row] for row in seen.lrs], "moms": [float(m) for m in seen.moms]}


def sampled(sched):
    points = [0, .05, .15, .25, .3, .4, .5, .7, .75, .9, 1]
    return [[p, float(sched(p))] for p in points]


def suggestions(losses, lrs):
    lrs, losses = torch.tensor(lrs), torch.tensor(losses)
    return {f.__name__: f(lrs, losses, 100)[0] for f in (valley, slide, minimum, steep)}


def curves():
    lrs = [1e-7 * 1e8 ** (i / 100) for i in range(100)]
    x = [math.log10(lr) for lr in lrs]
    smooth = [2 - 1.2 / (1 + math.exp(-2 * (v + 3.5))) + 3 * math.exp(4 * v) for v in x]
    bumpy = [v + .05 * math.sin(3 * i) for i, v in enumerate(smooth)]
    falling = [2 - .01 * i - .0001 * i * i for i in range(100)]
    for name, losses in {"smooth": smooth, "bumpy": bumpy, "falling": falling}.items():
        lr, loss = lrs[10:-5], losses[10:-5]
        yield {"name": name, "lrs": lr, "losses": loss, "suggests": suggestions(loss, lr)}


out = {
    "versions": {"fastai": fastai.__version__, "torch": torch.__version__},
    "shapes": {
        "lin": sampled(SchedLin(0, 2)), "cos": sampled(SchedCos(0, 2)), "no": sampled(SchedNo(0.5, 2)),
        "exp": sampled(SchedExp(1, 2)), "poly": sampled(SchedPoly(0, 2, 2)),
        "pieces": sampled(combine_scheds([.3, .2, .5], [SchedCos(0, 1), SchedNo(1, 1), SchedCos(1, 0)])),
        "combinedCos": sampled(combined_cos(.25, .5, 1, 0)),
    },
    "fits": {
        "oneCycle": trace(10, 1, lambda learn: learn.fit_one_cycle(1)),
        "oneCycle3Epochs": trace(7, 1, lambda learn: learn.fit_one_cycle(3, 1e-3, pct_start=.4, div=10., div_final=100, moms=(.9, .8, .95))),
        "oneCycleGroups": trace(6, 4, lambda learn: learn.fit_one_cycle(2, slice(1e-5, 1e-2))),
        "oneCycleResumed": trace(5, 1, lambda learn: learn.fit_one_cycle(3, 1e-3, start_epoch=1)),
        "flatCos": trace(10, 1, lambda learn: learn.fit_flat_cos(1)),
        "sgdr": trace(4, 1, lambda learn: learn.fit_sgdr(3, 1, 1e-2)),
        "fineTune": trace(10, 2, lambda learn: learn.fine_tune(2)),
        "sched": trace(5, 1, lambda learn: learn.fit(2, cbs=ParamScheduler({"lr": combine_scheds([.3, .7], [SchedCos(.3, .6), SchedCos(.6, .2)])}))),
    },
    "curves": list(curves()),
}
(FIXTURES / "schedule.json").write_text(json.dumps(out))
