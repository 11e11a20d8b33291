"""Writes small TorchScript files and what they compute. Usage: python jit.py"""

import json
from pathlib import Path

import torch
from torch import nn

out = Path(__file__).parent.parent / "fixtures"


class Net(nn.Module):
    """Control flow, a buffer, dropout, a second method, several and nested results."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        self.register_buffer("scale", torch.tensor([2.0]))

    def forward(self, x: torch.Tensor, times: int = 1):
        for _ in range(times):
            x = torch.cat([x, x])
        y = self.body(x) * self.scale
        return y if bool(y.sum() > 1e9) else y.abs()

    @torch.jit.export
    def parts(self, x: torch.Tensor, names: list[str], factor: float = 0.5):
        return [x * factor, x + 1], (len(names), names[0]), {"twice": x * 2}


class Writer(nn.Module):
    """Reaches for a file."""

    def forward(self, x: torch.Tensor):
        torch.save(x, "stolen.pt")
        return x


torch.manual_seed(0)
net = Net().eval()
x = torch.randn(2, 3)
torch.jit.script(net).save(str(out / "script.jit.pt"))
traced = torch.jit.trace(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()).eval(), torch.zeros(1, 1, 5, 5))
traced.save(str(out / "traced.jit.pt"))
image = torch.randn(2, 1, 6, 6)
facts = dict(
    torch=torch.__version__,
    x=x.tolist(),
    once=net(x).tolist(),
    twice=net(x, 2).tolist(),
    keys=list(net.state_dict()),
    image=image.tolist(),
    traced=traced(image).tolist(),
)
try:
    torch.jit.script(Writer()).save(str(out / "writer.jit.pt"))
except Exception as error:
    print("no writer:", error)
(out / "jit.json").write_text(json.dumps(facts) + "\n")
