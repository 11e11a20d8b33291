"""Trajectories of fastai's optimizers, for test/optimizer.

Run: python test/parity/optimizer.py   (writes test/fixtures/optimizer.json)
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
import fastai.optimizer as fo  # noqa: E402

warnings.simplefilter("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
VERSIONS = {"fastai": fastai.__version__, "torch": torch.__version__}

SHAPES = [[3, 4], [4], [2, 3, 2], [5]]
GROUPS = [[0, 1], [2, 3]]
NO_DECAY = [1]
SKIPPED = {"param": 3, "from": 4, "to": 9}


def start(k, shape):
    n = math.prod(shape)
    return torch.tensor([round(math.sin(1.7 * i + k) * 1.5, 4) for i in range(n)]).view(shape)


def noise(k, shape, step):
    n = math.prod(shape)
    return torch.tensor([round(math.cos(0.9 * i + 2.1 * k + 1.3 * step), 4) for i in range(n)]).view(shape)


def fresh_params():
    return [torch.nn.Parameter(start(k, s)) for k, s in enumerate(SHAPES)]


def set_grads(params, step):
    for k, p in enumerate(params):
        skipped = k == SKIPPED["param"] and SKIPPED["from"] <= step < SKIPPED["to"]
        p.grad = None if skipped else p.detach() * 0.1 + noise(k, SHAPES[k], step) * 0.5


def values(params):
    return [p.detach().flatten().tolist() for p in params]


def plain(o):
    if isinstance(o, torch.Tensor):
        return o.tolist()
    if isinstance(o, dict):
        return {str(k): plain(v) for k, v in o.items()}
    if isinstance(o, (list, tuple)) or type(o).__name__ == "L":
        return [plain(v) for v in o]
    return o


def vector(make, steps):
    """One tensor [1, 2, 3], gradients that cycle through three fixed vectors."""
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))
    grads = [[0.1, 0.2, 0.3], [-0.2, 0.1, 0.4], [0.3, -0.3, 0.1]]
    opt, seen = make([p]), []
    for i in range(steps):
        p.grad = torch.tensor(grads[i % 3])
        opt.step()
        seen.append(p.tolist())
    return seen


VECTORS = {
    "SGD": (lambda p: fo.SGD(p, lr=0.1), 6),
    "SGD mom": (lambda p: fo.SGD(p, lr=0.1, mom=0.9), 6),
    "SGD mom wd": (lambda p: fo.SGD(p, lr=0.1, mom=0.9, wd=0.1), 6),
    "SGD mom l2": (lambda p: fo.SGD(p, lr=0.1, mom=0.9, wd=0.1, decouple_wd=False), 6),
    "RMSProp": (lambda p: fo.RMSProp(p, lr=0.01), 8),
    "RMSProp mom": (lambda p: fo.RMSProp(p, lr=0.01, mom=0.9), 8),
    "Adam": (lambda p: fo.Adam(p, lr=0.1), 6),
    "Adam l2": (lambda p: fo.Adam(p, lr=0.1, wd=0.1, decouple_wd=False), 6),
    "RAdam": (lambda p: fo.RAdam(p, lr=0.1), 8),
    "RAdam beta": (lambda p: fo.RAdam(p, lr=0.1, beta=5.0), 8),
    "QHAdam": (lambda p: fo.QHAdam(p, lr=0.1), 6),
    "Larc": (lambda p: fo.Larc(p, lr=0.1), 6),
    "Lars": (lambda p: fo.Larc(p, lr=0.1, clip=False, wd=0.1), 6),
    "Lamb": (lambda p: fo.Lamb(p, lr=0.1), 6),
    "ranger": (lambda p: fo.ranger(p, lr=0.1), 8),
}

TRAJECTORIES = {
    "SGD": lambda p, lr: fo.SGD(p, lr=lr, mom=0.9, wd=0.05),
    "Adam": lambda p, lr: fo.Adam(p, lr=lr, wd=0.1),
    "Adam l2": lambda p, lr: fo.Adam(p, lr=lr, wd=0.1, decouple_wd=False),
    "RMSProp": lambda p, lr: fo.RMSProp(p, lr=lr, mom=0.9, wd=0.05),
    "RAdam": lambda p, lr: fo.RAdam(p, lr=lr, wd=0.05),
    "QHAdam": lambda p, lr: fo.QHAdam(p, lr=lr, wd=0.05),
    "Larc": lambda p, lr: fo.Larc(p, lr=lr, wd=0.05),
    "Lamb": lambda p, lr: fo.Lamb(p, lr=lr, wd=0.05),
    "ranger": lambda p, lr: fo.ranger(p, lr=lr),
}
RECORDED = [1, 5, 6, 10, 50, 100]


def trajectory(make):
    """Two groups with discriminative rates, one parameter without decay, one without gradient for a while; rate halves."""
    params = fresh_params()
    opt = make([[params[i] for i in g] for g in GROUPS], slice(1e-3, 1e-2))
    for i in NO_DECAY:
        opt.state[params[i]]["do_wd"] = False
    seen = {}
    for step in range(1, 101):
        if step == 60:
            opt.set_hyper("lr", 5e-3)
        set_grads(params, step)
        opt.step()
        if step in RECORDED:
            seen[step] = values(params)
    return {"params": seen, "state": plain(opt.state_dict())}


class Wrapped:
    """OptimWrapper's hypers, by name."""

    @staticmethod
    def hypers(cls, **kw):
        p = torch.nn.Parameter(torch.tensor([1.0]))
        return plain(fo.OptimWrapper([p], opt=cls, **kw).hypers)


def hyper_values(v):
    opt = fo.SGD([[torch.nn.Parameter(torch.zeros(1))] for _ in range(4)], lr=v)
    return [h["lr"] for h in opt.hypers]


def rounded(o):
    if isinstance(o, float):
        return float(f"{o:.8g}")
    if isinstance(o, dict):
        return {k: rounded(v) for k, v in o.items()}
    if isinstance(o, list):
        return [rounded(v) for v in o]
    return o


def write(name, data):
    (FIXTURES / name).write_text(json.dumps({"versions": VERSIONS, **rounded(data)}) + "\n")


setting = {"shapes": SHAPES, "groups": GROUPS, "noDecay": NO_DECAY, "skipped": SKIPPED}
setting["start"] = values(fresh_params())
write("optimizer.json", {
    "setting": setting,
    "vectors": {k: vector(*v) for k, v in VECTORS.items()},
    "trajectories": {k: trajectory(v) for k, v in TRAJECTORIES.items()},
    "slices": {"stop": hyper_values(slice(1e-2)), "range": hyper_values(slice(1e-5, 1e-2)),
               "fastai": hyper_values(slice(1e-3 / 2.6**4, 1e-3))},
    "wrapper": {"SGD": Wrapped.hypers(torch.optim.SGD, lr=0.1, momentum=0.9, weight_decay=0.01),
                "AdamW": Wrapped.hypers(torch.optim.AdamW, lr=0.1),
                "RMSprop": Wrapped.hypers(torch.optim.RMSprop, lr=0.1)},
})
