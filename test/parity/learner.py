"""fastai's training loop: event traces, recorded values, and the losses of 100 steps; for test/learner and test/callback.

Run: python test/parity/learner.py   (writes test/fixtures/learner.json and learner-net.safetensors)
"""
import json
import pathlib
import warnings

import torch

lib = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    lib.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai  # noqa: E402
from fastai.basics import *  # noqa: E402,F403
from fastai.callback.all import *  # noqa: E402,F403
from safetensors.torch import save_file  # noqa: E402

warnings.simplefilter("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
torch.set_num_threads(1)

EVENTS = [e for e in dir(event) if not e.startswith("_")]


def wave(n, *shape):
    """Numbers in -1..1 by a formula that the other side has too."""
    i = torch.arange(n * math.prod(shape), dtype=torch.float64)
    return torch.sin(i * 12.9898 + i * i * 0.0078).reshape(n, *shape).float()


class Tracer(Callback):
    order = -100

    def __init__(self):
        self.seen = []
        for name in EVENTS: setattr(self, name, lambda name=name: self.seen.append(name))


class Throw(Callback):
    """Raises at an event, in training or validation, from the nth time on that it happens (1 = first), once."""
    order = 100

    def __init__(self, at, exc, nth=1, when=None):
        self.left = nth

        def act():
            if when is not None and self.training != (when == "train"): return
            self.left -= 1
            if self.left == 0: raise exc()
        setattr(self, at, act)


def regression(n_train, n_valid, bs):
    x = wave(n_train + n_valid, 2)
    y = x.sum(1, keepdim=True)
    train, valid = list(zip(x[:n_train], y[:n_train])), list(zip(x[n_train:], y[n_train:]))
    return DataLoaders(DataLoader(train, bs=bs), DataLoader(valid, bs=bs), device="cpu")


def traced(*cbs, n_epoch=1, n_train=8, n_valid=4, bs=4):
    learn = Learner(regression(n_train, n_valid, bs), nn.Linear(2, 1), loss_func=MSELossFlat(), lr=1e-3)
    tracer = Tracer()
    with learn.no_bar(), learn.no_logging(): learn.fit(n_epoch, cbs=[tracer, *cbs])
    return tracer.seen


def traces():
    t = {"plain": traced(), "twoEpochs": traced(n_epoch=2)}
    for at, exc, nth, when in [
        ("before_batch", CancelBatchException, 1, "train"), ("after_pred", CancelBatchException, 2, "train"),
        ("after_loss", CancelBatchException, 1, "valid"), ("before_backward", CancelBackwardException, 1, "train"),
        ("after_backward", CancelBatchException, 1, "train"), ("before_step", CancelStepException, 1, "train"),
        ("before_step", CancelBatchException, 1, "train"), ("after_batch", CancelTrainException, 1, "train"),
        ("after_pred", CancelTrainException, 2, "train"), ("before_train", CancelTrainException, 1, None),
        ("after_batch", CancelValidException, 1, "valid"), ("before_validate", CancelValidException, 1, None),
        ("after_loss", CancelEpochException, 1, "train"), ("before_epoch", CancelEpochException, 1, None),
        ("after_step", CancelFitException, 1, "train"), ("before_fit", CancelFitException, 1, None),
        ("after_epoch", CancelFitException, 1, None), ("after_train", CancelFitException, 1, None),
    ]:
        name = f"{exc.__name__[:-9]} {nth} {at}" + (f" {when}" if when else "")
        t[name] = traced(Throw(at, exc, nth, when), n_epoch=2)
    t["skipToEpoch"] = traced(SkipToEpoch(1), n_epoch=2)
    t["gradientAccumulation"] = traced(GradientAccumulation(n_acc=8), n_train=16)
    return t


def mlp():
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 3))


def classification(n_train, n_valid, bs):
    x = wave(n_train + n_valid, 6)
    y = (x[:, :3] + .3 * x[:, 3:]).argmax(1)
    train, valid = list(zip(x[:n_train], y[:n_train])), list(zip(x[n_train:], y[n_train:]))
    return DataLoaders(DataLoader(train, bs=bs), DataLoader(valid, bs=bs), device="cpu")


def set_weights(model):
    """Weights by formula, so that the other side starts from the same."""
    with torch.no_grad():
        for k, (name, p) in enumerate(model.named_parameters()):
            if p.ndim > 1: p.copy_(wave(p.shape[0], *p.shape[1:]) * .4 + .01 * k)
            elif name.endswith("bias"): p.zero_()


def recorded(fit, **kwargs):
    model = mlp()
    set_weights(model)
    learn = Learner(classification(36, 14, 8), model, loss_func=CrossEntropyLossFlat(),
                    metrics=[accuracy, error_rate, partial(top_k_accuracy, k=2)], **kwargs)
    losses = []

    class Raw(Callback):
        order = 49

        def after_batch(self):
            if self.training: losses.append(float(self.loss))
    with learn.no_bar(), learn.no_logging(): fit(learn, Raw())
    r = learn.recorder
    seen = {"names": list(r.metric_names), "losses": [float(v) for v in r.losses], "raw": losses, "lrs": [float(v) for v in r.lrs],
            "values": [list(v) for v in r.values], "iters": list(r.iters)}  # what follows empties the recorder
    preds, targs, decoded, item_losses = learn.get_preds(with_decoded=True, with_loss=True)
    return {**seen, "validate": list(learn.validate()), "preds": preds.tolist(), "targs": targs.tolist(), "decoded": decoded.tolist(), "itemLosses": item_losses.tolist(),
            "weight": list(model.parameters())[0].tolist(), "runningMean": model[2].running_mean.tolist()}


def with_train_metrics(learn, raw):
    learn.recorder.train_metrics = True
    learn.fit(2, 1e-2, cbs=raw)


def records():
    return {
        "fit": recorded(lambda learn, raw: learn.fit(3, 1e-2, cbs=raw)),
        "oneCycle": recorded(lambda learn, raw: learn.fit_one_cycle(2, 3e-2, cbs=raw)),
        "sgdWd": recorded(lambda learn, raw: learn.fit(2, cbs=raw), opt_func=partial(SGD, mom=.9), lr=.1, wd=.05),
        "wdBnBias": recorded(lambda learn, raw: learn.fit(2, 1e-2, cbs=raw), wd=.5, wd_bn_bias=True),
        "trainMetrics": recorded(with_train_metrics),
        "accumulation": recorded(lambda learn, raw: learn.fit(2, 1e-2, cbs=[raw, GradientAccumulation(n_acc=16)])),
        "clip": recorded(lambda learn, raw: learn.fit(2, 1e-2, cbs=[raw, GradientClip(.1)])),
    }


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        x = self.bn2(self.conv2(x)).relu()
        return self.fc(x.mean((2, 3)))


N_BATCH, N_EPOCH, BS = 20, 5, 16


def net_data():
    """Digits of a kind: each class a stripe pattern of its own, with noise; bytes, so that files stay small."""
    g = torch.Generator().manual_seed(7)
    y = torch.randint(0, 10, (N_BATCH * BS,), generator=g)
    i, j = torch.meshgrid(torch.arange(12.), torch.arange(12.), indexing="ij")
    stripes = torch.stack([torch.sin(i * math.cos(k) + j * math.sin(k) * .9 + k) for k in range(10)])
    noise = torch.randn(len(y), 12, 12, generator=g)
    return (127 + 60 * stripes[y] + 40 * noise).clamp(0, 255).byte()[:, None], y


def hundred_steps():
    torch.manual_seed(1)
    net = Net()
    images, labels = net_data()
    state = {k: v.clone() for k, v in net.state_dict().items()}
    save_file({**state, "images": images, "labels": labels}, str(FIXTURES / "learner-net.safetensors"))
    x = images.float() / 255
    dl = DataLoader(list(zip(x, labels)), bs=BS)
    learn = Learner(DataLoaders(dl, dl, device="cpu"), net, loss_func=CrossEntropyLossFlat(), metrics=accuracy)
    losses, moms = [], []

    class Raw(Callback):
        order = 90

        def after_batch(self):
            if not self.training: return
            losses.append(float(self.loss))
            moms.append(float(self.opt.hypers[-1]["mom"]))
    with learn.no_bar(), learn.no_logging(): learn.fit_one_cycle(N_EPOCH, 1e-2, cbs=Raw())
    r = learn.recorder
    torch_losses = by_hand(state, x, labels, [float(v) for v in r.lrs], moms)
    return {"losses": losses, "lrs": [float(v) for v in r.lrs], "moms": moms, "smooth": [float(v) for v in r.losses],
            "values": [list(v) for v in r.values], "torch": torch_losses}


def by_hand(state, x, labels, lrs, moms):
    """The same training as a plain PyTorch loop."""
    net = Net()
    net.load_state_dict(state)
    decay = [p for n, p in net.named_parameters() if not n.startswith("bn") and not n.endswith("bias")]
    rest = [p for n, p in net.named_parameters() if n.startswith("bn") or n.endswith("bias")]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": .01}, {"params": rest, "weight_decay": 0.}], eps=1e-5)
    losses = []
    for step in range(N_EPOCH * N_BATCH):
        at = (step % N_BATCH) * BS
        for g in opt.param_groups: g["lr"], g["betas"] = lrs[step], (moms[step], .99)
        loss = F.cross_entropy(net(x[at:at + BS]), labels[at:at + BS])
        loss.backward()
        opt.step()
        opt.zero_grad()
        losses.append(loss.item())
    return losses


out = {"versions": {"fastai": fastai.__version__, "torch": torch.__version__},
       "traces": traces(), "records": records(), "hundredSteps": hundred_steps()}
(FIXTURES / "learner.json").write_text(json.dumps(out))
