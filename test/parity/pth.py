"""Writes test/fixtures/pth/*.pth, which the reader of PyTorch's files is tried on, and what is in them as JSON.

Run: python test/parity/pth.py
"""
import json
from collections import OrderedDict
from pathlib import Path

import torch

folder = Path(__file__).parent.parent / "fixtures" / "pth"
folder.mkdir(parents=True, exist_ok=True)

base = torch.arange(12.0).view(3, 4)
tensors = {
    "float32": base,
    "transposed": base.t(),
    "row": base[1],
    "float64": torch.tensor([1.5, -2.25], dtype=torch.float64),
    "float16": torch.tensor([0.5, -3.0], dtype=torch.float16),
    "bfloat16": torch.tensor([1.0, 2.0], dtype=torch.bfloat16),
    "int64": torch.tensor([1, -2, 3]),
    "int32": torch.tensor([7], dtype=torch.int32),
    "int8": torch.tensor([-1, 1], dtype=torch.int8),
    "uint8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(3.5),
    "empty": torch.empty(0, 3),
    "parameter": torch.nn.Parameter(torch.tensor([1.0, 2.0])),
}
torch.save(tensors, folder / "tensors.pth")
expected = {k: {"shape": list(v.shape), "dtype": str(v.dtype)[6:], "values": v.tolist()} for k, v in tensors.items()}

model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
with torch.no_grad():
    for i, p in enumerate(model.parameters()):
        p.copy_(torch.arange(p.numel()).view(p.shape) + i)
torch.save(model.state_dict(), folder / "state.pth")

nested = {"model": model.state_dict(), "epoch": 3, "lr": 1e-3, "big": 2**70, "negative": -5, "names": ["a", "b"],
          "flags": (True, None), "size": torch.Size([2, 3]), "ordered": OrderedDict(a=1), "text": "grün"}
torch.save(nested, folder / "nested.pth")


class Evil:
    def __reduce__(self):
        return (print, ("this must never run",))


torch.save({"weight": torch.ones(1), "evil": Evil()}, folder / "evil.pth")
(folder / "tensors.json").write_text(json.dumps({"versions": {"torch": torch.__version__}, "tensors": expected}))
print({p.name: p.stat().st_size for p in folder.iterdir()})
