"""What fastai's callbacks do to a small conv net, for test/callback.

Run: python test/parity/callbacks.py   (writes test/fixtures/callbacks.json)
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
from fastai.callback.hook import model_sizes, num_features_model  # noqa: E402

warnings.simplefilter("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
torch.set_num_threads(1)


def wave(n, *shape):
    i = torch.arange(n * math.prod(shape), dtype=torch.float64)
    return torch.sin(i * 12.9898 + i * i * 0.0078).reshape(n, *shape).float()


def net():
    model = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1),
                          nn.Flatten(), nn.Dropout(0.5), nn.Linear(4, 3))
    with torch.no_grad():
        for k, (name, p) in enumerate(model.named_parameters()):
            if p.ndim > 1: p.copy_(wave(p.shape[0], *p.shape[1:]) * .4 + .01 * k)
            elif name.endswith("bias"): p.zero_()
    return model


def photos(soft=False):
    x = wave(24, 2, 6, 8)
    y = x.mean((2, 3)).argmax(1) + (x[:, 0, 0, 0] > .5).long()
    if soft: y = torch.stack([x[:, 0].mean((1, 2)), x[:, 1].mean((1, 2)), x[:, 0, 0, 0]], 1)
    ds = list(zip(x, y))
    return DataLoaders(DataLoader(ds[:16], bs=4), DataLoader(ds[16:], bs=4), device="cpu")


class Seeded(Callback):
    order = -5

    def before_batch(self):
        torch.manual_seed(self.train_iter + 1)


def losses(cbs, loss=None, soft=False, model=None):
    seen = []

    class Raw(Callback):
        order = 49

        def after_batch(self):
            if self.training: seen.append(float(self.loss))
    model = model or net()
    learn = Learner(photos(soft), model, loss_func=loss or CrossEntropyLossFlat())
    with learn.no_bar(), learn.no_logging(): learn.fit(2, 1e-2, cbs=[Seeded(), Raw(), *cbs])
    return {"losses": seen, "valid": [v[1] for v in learn.recorder.values]}


def stats():
    learn = Learner(photos(), net(), loss_func=CrossEntropyLossFlat())
    cb = ActivationStats(with_hist=True)
    with learn.no_bar(), learn.no_logging(): learn.fit(1, 1e-2, cbs=[Seeded(), cb])
    return {"layers": [[list(map(float, s)) for s in cb.layer_stats(i)] for i in range(3)], "hist": cb.hist(0).t().tolist()}


def frozen():
    model = net()
    for p in model[2].parameters(): p.requires_grad_(False)
    out = losses([BnFreeze()], model=model)
    return {**out, "mean": model[2].running_mean.tolist()}


def bf16():
    """fastai's own is for CUDA; the same steps on the CPU."""
    model, out = net().train(), []
    opt = torch.optim.SGD(model.parameters(), 1e-2)
    dl = photos().train
    for i, (x, y) in enumerate(dl):
        torch.manual_seed(i + 1)
        with torch.autocast("cpu", dtype=torch.bfloat16): pred = model(x)
        loss = F.cross_entropy(pred.float(), y)
        loss.backward()
        opt.step()
        opt.zero_grad()
        out.append(loss.item())
    return out


data = {
    "versions": {"fastai": fastai.__version__, "torch": torch.__version__},
    "plain": losses([]),
    "cutMix": losses([CutMix(1.)]),
    "cutMixSmall": losses([CutMix(.3)]),
    "cutMixSoft": losses([CutMix(1.)], loss=MSELossFlat(), soft=True),
    "stats": stats(),
    "frozen": frozen(),
    "bf16": bf16(),
    "sizes": [list(s) for s in model_sizes(net(), (8, 8))],
    "features": num_features_model(net()[:3]),
}


def rounded(o):
    if isinstance(o, float): return float(f"{o:.8g}")
    if isinstance(o, dict): return {k: rounded(v) for k, v in o.items()}
    if isinstance(o, list): return [rounded(v) for v in o]
    return o


(FIXTURES / "callbacks.json").write_text(json.dumps(rounded(data)) + "\n")
