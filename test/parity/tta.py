"""fastai's test-time augmentation and MixUp, for test/callback.

Run: python test/parity/tta.py   (writes test/fixtures/tta.json)
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


def wave(n, *shape):
    """Numbers in -1..1 by a formula that the other side has too."""
    i = torch.arange(n * math.prod(shape), dtype=torch.float64)
    return torch.sin(i * 12.9898 + i * i * 0.0078).reshape(n, *shape).float()


class Counted(Transform):
    """Adds the square of the number of the pass, counted from 1, to a training item."""
    split_idx = 0

    def __init__(self): self.calls = 0

    def encodes(self, x: Tensor):
        self.calls += 1
        return x + math.ceil(self.calls / 2) ** 2


def tta(**kwargs):
    def as_tensor(i): return tensor([float(i), 3. - i])
    # one test-time pass goes through two items
    counted = Counted()
    dsets = Datasets([0, 1, 0, 1], [[as_tensor, counted], [as_tensor]], splits=[[0, 1], [2, 3]])
    dls = dsets.dataloaders(bs=2, num_workers=0, device="cpu")
    counted.calls = 0
    model = nn.Linear(2, 2, bias=False)  # the identity; fastai wants a parameter
    with torch.no_grad(): model.weight.copy_(torch.eye(2))
    learn = Learner(dls, model, loss_func=MSELossFlat())
    with learn.no_bar(), learn.no_logging(): preds, targs = learn.tta(**kwargs)
    return {"preds": [p.tolist() for p in preds] if isinstance(preds, tuple) else preds.tolist(), "targs": targs.tolist()}


def mlp():
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 3))
    with torch.no_grad():
        for k, (name, p) in enumerate(model.named_parameters()):
            if p.ndim > 1: p.copy_(wave(p.shape[0], *p.shape[1:]) * .4 + .01 * k)
            elif name.endswith("bias"): p.zero_()
    return model


def mix_up(loss_func, targets):
    x = wave(50, 6)
    y = targets(x)
    train, valid = list(zip(x[:36], y[:36])), list(zip(x[36:], y[36:]))
    dls = DataLoaders(DataLoader(train, bs=8), DataLoader(valid, bs=8), device="cpu")
    learn = Learner(dls, mlp(), loss_func=loss_func)
    losses = []

    class Raw(Callback):
        order = 49

        def after_batch(self):
            if self.training: losses.append(float(self.loss))

        def before_train(self): torch.manual_seed(100 + self.epoch)
    with learn.no_bar(), learn.no_logging(): learn.fit(2, 1e-2, cbs=[Raw(), MixUp(.4)])
    return {"losses": losses, "values": [list(v) for v in learn.recorder.values]}


out = {"versions": {"fastai": fastai.__version__, "torch": torch.__version__},
       "tta": {"default": tta(), "six": tta(n=6, beta=.5), "max": tta(use_max=True), "parts": tta(n=3, beta=None)},
       "mixUp": {"classes": mix_up(CrossEntropyLossFlat(), lambda x: (x[:, :3] + .3 * x[:, 3:]).argmax(1)),
                 "numbers": mix_up(MSELossFlat(), lambda x: x[:, :3] + .3 * x[:, 3:])}}
(FIXTURES / "tta.json").write_text(json.dumps(out))
