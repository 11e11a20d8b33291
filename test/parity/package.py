"""Compiles a model to a package and writes what it computes. Usage: python package.py FOLDER

The package is machine code for this processor, so it is no fixture: test/torch/jit/package.test.ts reads the folder that
the variable FASTAI_TS_PACKAGE names.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn


class Net(nn.Module):
    """Weights, positional and named arguments, a constant, nested results."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Conv2d(1, 4, 3, padding=1)
        self.out = nn.Linear(4, 2)

    def forward(self, x, scale, flag=True, *, bias):
        pooled = self.hidden(x).relu().mean((2, 3))
        return {"scores": self.out(pooled) * scale, "rest": [pooled + bias, (x.sum(), None, 3)]}


folder = Path(sys.argv[1])
torch.manual_seed(0)
net = Net().eval()
x, scale, bias = torch.randn(3, 1, 8, 8), torch.tensor(2.0), torch.randn(4)
batch = torch.export.Dim("batch", min=1, max=100)
exported = torch.export.export(
    net,
    (x, scale),
    {"flag": True, "bias": bias},
    dynamic_shapes={"x": {0: batch}, "scale": None, "flag": None, "bias": None},
)
torch._inductor.aoti_compile_and_package(
    exported,
    package_path=str(folder / "net.pt2"),
    inductor_configs={"aot_inductor.metadata": {"maker": "test"}},
)
more = torch.randn(5, 1, 8, 8)
facts = [dict(x=t, bias=bias, out=net(t, scale, flag=True, bias=bias)) for t in (x, more)]
(folder / "net.json").write_text(json.dumps(facts, default=lambda t: t.tolist()) + "\n")
