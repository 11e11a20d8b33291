"""Captum's attributions of a small conv net, for test/learner/explain.test.ts.

Run: python test/parity/attribution.py   (needs captum; writes test/fixtures/attribution.json)
"""
import json
import math
import pathlib

import captum
import torch
from captum.attr import IntegratedGradients, Occlusion
from torch import nn

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"


def wave(n, *shape):
    i = torch.arange(n * math.prod(shape), dtype=torch.float64)
    return torch.sin(i * 12.9898 + i * i * 0.0078).reshape(n, *shape).float()


model = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1),
                      nn.Flatten(), nn.Dropout(0.5), nn.Linear(4, 3))
with torch.no_grad():
    for k, (name, p) in enumerate(model.named_parameters()):
        if p.ndim > 1: p.copy_(wave(p.shape[0], *p.shape[1:]) * .4 + .01 * k)
        elif name.endswith("bias"): p.zero_()
model.eval()
x = wave(1, 2, 6, 8)
ig = IntegratedGradients(model).attribute(x, target=1, n_steps=50, method="riemann_middle")
shifted = IntegratedGradients(model).attribute(x, baselines=x * 0 + .3, target=2, n_steps=20, method="riemann_middle")
occlusion = Occlusion(model).attribute(x, sliding_window_shapes=(2, 3, 3), strides=(2, 2, 2), target=0)
uneven = Occlusion(model).attribute(x, sliding_window_shapes=(1, 4, 5), strides=(1, 3, 4), target=1, baselines=.5)
data = {"versions": {"captum": captum.__version__, "torch": torch.__version__}, "ig": ig.tolist(), "shifted": shifted.tolist(),
        "occlusion": occlusion.tolist(), "uneven": uneven.tolist()}


def rounded(o):
    return float(f"{o:.8g}") if isinstance(o, float) else [rounded(v) for v in o] if isinstance(o, list) else o


(FIXTURES / "attribution.json").write_text(json.dumps({k: rounded(v) for k, v in data.items()}) + "\n")
