"""Values, gradients, activations and decodings of fastai's losses, for test/layers/losses.test.ts.

Run: python test/parity/losses.py   (writes test/fixtures/losses.json)
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
import fastai.losses as fl  # noqa: E402

warnings.simplefilter("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"


def wave(shape, k=0.0, scale=2.0):
    n = math.prod(shape)
    return torch.tensor([round(math.sin(1.1 * i + k) * scale, 4) for i in range(n)]).view(shape)


def classes(shape, c):
    n = math.prod(shape)
    return torch.tensor([(7 * i + 3) % c for i in range(n)]).view(shape)


flat, targ = wave([4, 3]), classes([4], 3)
image, mask = wave([2, 3, 2, 4]), classes([2, 2, 4], 3)
seq, seq_targ = wave([2, 5, 3]), classes([2, 5], 3)
multi = (wave([4, 3], 1.0) > 0).float()
weight = torch.tensor([0.2, 1.0, 3.0])
probs = torch.sigmoid(flat)

# name: (loss, prediction, target, keyword arguments in camelCase for the other side)
CASES = [
    ("CrossEntropyLossFlat", {}, flat, targ),
    ("CrossEntropyLossFlat", {"weight": weight, "reduction": "sum"}, flat, targ),
    ("CrossEntropyLossFlat", {"reduction": "none"}, flat, targ),
    ("CrossEntropyLossFlat", {"axis": 1}, image, mask),
    ("CrossEntropyLossFlat", {"axis": 1, "ignore_index": 2}, image, mask),
    ("CrossEntropyLossFlat", {}, seq, seq_targ),
    ("CrossEntropyLossFlat", {"label_smoothing": 0.2}, flat, targ),
    ("FocalLossFlat", {}, flat, targ),
    ("FocalLossFlat", {"gamma": 0.5, "weight": weight, "axis": 1}, image, mask),
    ("FocalLossFlat", {"reduction": "sum"}, flat, targ),
    ("FocalLoss", {"gamma": 3.0}, flat, targ),
    ("BCEWithLogitsLossFlat", {}, flat, multi),
    ("BCEWithLogitsLossFlat", {"pos_weight": weight}, flat, multi),
    ("BCEWithLogitsLossFlat", {"thresh": 0.3, "reduction": "none"}, flat, multi),
    ("BCELossFlat", {}, probs, multi),
    ("MSELossFlat", {}, flat, wave([4, 3], 2.0)),
    ("MSELossFlat", {"reduction": "sum"}, wave([4, 1]), targ),
    ("L1LossFlat", {}, flat, wave([4, 3], 2.0)),
    ("LabelSmoothingCrossEntropy", {}, flat, targ),
    ("LabelSmoothingCrossEntropy", {"eps": 0.3, "weight": weight, "reduction": "sum"}, flat, targ),
    ("LabelSmoothingCrossEntropyFlat", {}, seq, seq_targ),
    ("LabelSmoothingCrossEntropyFlat", {"axis": 1, "reduction": "none"}, image, mask),
    ("DiceLoss", {}, image, mask),
    ("DiceLoss", {"reduction": "mean", "square_in_union": True}, image, mask),
    ("DiceLoss", {"reduction": "none", "smooth": 1.0}, image, mask),
]


def plain(o):
    if isinstance(o, torch.Tensor):
        return {"shape": list(o.shape), "dtype": str(o.dtype).replace("torch.", ""), "data": o.flatten().tolist()}
    return o


def camel(s):
    head, *rest = s.split("_")
    return head + "".join(w.capitalize() for w in rest)


def run(name, options, pred, target):
    loss = getattr(fl, name)(**options)
    x = pred.clone().requires_grad_()
    value = loss(x, target)
    value.sum().backward()
    # activation and decodes of a bare BaseLoss are identities over all their arguments
    single = lambda o: o[0] if isinstance(o, tuple) else o  # noqa: E731
    out = {"name": name, "options": {camel(k): v.tolist() if isinstance(v, torch.Tensor) else v for k, v in options.items()},
           "pred": plain(pred), "targ": plain(target), "value": plain(value.detach()), "grad": plain(x.grad),
           "yInt": bool(getattr(loss, "y_int", False))}
    if hasattr(loss, "activation"):
        act = single(loss.activation(pred))
        out |= {"activation": plain(act), "decodes": plain(single(loss.decodes(act)))}
    return out


def rounded(o):
    if isinstance(o, float):
        return float(f"{o:.8g}")
    if isinstance(o, dict):
        return {k: rounded(v) for k, v in o.items()}
    if isinstance(o, list):
        return [rounded(v) for v in o]
    return o


data = {"versions": {"fastai": fastai.__version__, "torch": torch.__version__}, "cases": [rounded(run(*c)) for c in CASES]}
(FIXTURES / "losses.json").write_text(json.dumps(data) + "\n")
