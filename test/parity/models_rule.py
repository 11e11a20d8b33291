"""The rule by which both languages fill models, and what is written down about a run. For the scripts of this folder.

Importing it makes torchvision usable with a torch that it was not built for.
"""
import hashlib
import json
import math
import warnings
from pathlib import Path

import torch

warnings.filterwarnings("ignore")
library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai
import torchvision
from torch import nn

torch.set_num_threads(1)


def pattern(n, i):
    """n numbers in [-0.5, 0.5) that depend on their index and on i, exact in both languages."""
    k = torch.arange(n, dtype=torch.int64)
    return ((k * k * 31 + k * 7919 + i * 104729) % 10007).double().div(10007).sub(0.5).float()


def fill(model):
    """Weights uniform with a variance that keeps the signal, vectors near 1 (weights) or 0 (the rest)."""
    with torch.no_grad():
        for i, (name, p) in enumerate(model.named_parameters()):
            values = pattern(p.numel(), i).view(p.shape)
            if p.ndim > 1:
                fan_in = p[0].numel()
                p.copy_(values * math.sqrt(24 / fan_in))
            elif name.endswith("weight"):
                p.copy_(values * 0.2 + 1)
            else:
                p.copy_(values * 0.2)


def image(*shape):
    n = math.prod(shape)
    return (pattern(n, 1) * 4).view(shape)


def key_hash(model):
    return hashlib.sha256("\n".join(model.state_dict()).encode()).hexdigest()


def count(model):
    return sum(p.numel() for p in model.parameters())


def grads(model):
    """Norm, and sum weighted by the pattern, of every parameter's gradient."""
    out = []
    for p in model.parameters():
        g = torch.zeros_like(p) if p.grad is None else p.grad
        out.append([g.double().norm().item(), (g.flatten() * pattern(p.numel(), 3)).double().sum().item()])
    return out


def run(model, x, train=True, dtype=torch.float32):
    """Output and gradients of sum(output * pattern), with dropout off; computed in `dtype` from weights in float32."""
    fill(model)
    model.to(dtype)
    model.train(train)
    for m in model.modules():
        if isinstance(m, nn.Dropout):
            m.eval()
    x = x.to(dtype, copy=True).requires_grad_()
    y = model(x)
    (y.flatten() * pattern(y.numel(), 2)).sum().backward()
    flat = y.detach().flatten()
    stride = max(1, flat.numel() // 64)
    return {
        "shape": list(y.shape),
        "output": flat[::stride][:64].tolist(),
        "inputGrad": [x.grad.double().norm().item(), (x.grad.flatten() * pattern(x.numel(), 3)).double().sum().item()],
        "grads": grads(model),
        "keys": list(model.state_dict()) if len(model.state_dict()) < 40 else None,
        "keyHash": key_hash(model),
        "parameters": count(model),
    }


def initial(make, seed=42):
    """Sum and first value of every entry of a fresh model, and the next random number: the generator was used alike."""
    torch.manual_seed(seed)
    model = make()
    after = torch.rand(1).item()
    return {
        "after": after,
        "state": [[v.double().sum().item(), v.double().abs().sum().item(), v.flatten()[0].item()] for v in model.state_dict().values()],
    }


def seeded(make):
    """Spectral norm starts from random vectors, which the rule does not fill."""
    torch.manual_seed(3)
    return make()


def rounded(o):
    if isinstance(o, float):
        return float(f"{o:.7g}")
    if isinstance(o, dict):
        return {k: rounded(v) for k, v in o.items()}
    return [rounded(v) for v in o] if isinstance(o, (list, tuple)) else o


def write(name, out):
    """Writes a fixture, with the versions of what it was made with."""
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, "fastai": fastai.__version__}
    target = Path(__file__).parent.parent / "fixtures" / name
    target.write_text(json.dumps(rounded({"versions": versions, **out}), separators=(",", ":")))
    print(target.stat().st_size, "bytes")
