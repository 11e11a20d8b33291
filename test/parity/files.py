"""Files of PyTorch and numpy with what is in them, for test/torch/serialization.

Run: python test/parity/files.py   (writes test/fixtures/files.json; the files in it are base64)
"""
import base64
import io
import json
import pathlib
import warnings
from collections import Counter, OrderedDict, defaultdict

import numpy as np
import torch

warnings.simplefilter("ignore")
lib = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    lib.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai.optimizer as fastai_optimizer  # noqa: E402

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"


def number(x):
    if isinstance(x, complex):
        return [x.real, x.imag]
    return x


def listed(values):
    return [listed(v) for v in values] if isinstance(values, list) else number(values)


def described(t):
    """A tensor's shape, dtype and values; complex ones as pairs, quantised ones dequantised, sparse ones dense."""
    plain = t.dequantize() if t.is_quantized else t.to_dense() if t.layout != torch.strided else t
    plain = plain.float() if str(t.dtype).startswith("torch.float8") else plain
    return {"shape": list(t.shape), "dtype": str(t.dtype)[6:], "layout": str(t.layout)[6:],
            "values": listed(plain.detach().tolist())}


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return base64.b64encode(file.getvalue()).decode()


base = torch.arange(12.0).view(3, 4)
TENSORS = {
    "float32": base, "row": base[1], "transposed": base.t(), "scalar": torch.tensor(3.5), "empty": torch.empty(0, 3),
    "float64": torch.tensor([1.5, -2.25], dtype=torch.float64), "float16": torch.tensor([0.5, -3.0], dtype=torch.float16),
    "bfloat16": torch.tensor([1.0, 2.0], dtype=torch.bfloat16), "int64": torch.tensor([1, -2, 2**53 + 1]),
    "int32": torch.tensor([7, -7], dtype=torch.int32), "int16": torch.tensor([300, -1], dtype=torch.int16),
    "int8": torch.tensor([-1, 1], dtype=torch.int8), "uint8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]), "complex64": torch.tensor([1 + 2j, -3.5j]),
    "complex128": torch.tensor([0.25 - 1j], dtype=torch.complex128),
}
NEWER = {
    "uint16": torch.tensor([65535], dtype=torch.uint16), "uint32": torch.tensor([2**32 - 1], dtype=torch.uint32),
    "float8_e4m3fn": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn),
}
x = torch.linspace(-1, 1, 6).view(2, 3)
QUANTIZED = {
    "quint8": torch.quantize_per_tensor(x, 0.05, 20, torch.quint8),
    "qint8": torch.quantize_per_tensor(x, 0.1, -3, torch.qint8),
    "qint32": torch.quantize_per_tensor(x, 0.5, 0, torch.qint32),
    "channels": torch.quantize_per_channel(x, torch.tensor([0.1, 0.2], dtype=torch.float64), torch.tensor([0, 1]), 0, torch.qint8),
    "transposed": torch.quantize_per_tensor(x, 0.05, 20, torch.quint8).t(),
}
sparse = torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]])
SPARSE = {
    "coo": sparse.to_sparse(), "csr": sparse.to_sparse_csr(), "csc": sparse.to_sparse_csc(),
    "uncoalesced": torch.sparse_coo_tensor(torch.tensor([[0, 0], [1, 1]]), torch.tensor([1.0, 2.0]), (2, 3)),
}
model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
parameter = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
with torch.no_grad():
    for i, p in enumerate(model.parameters()):
        p.copy_(torch.arange(p.numel()).view(p.shape) + i)
opt = fastai_optimizer.Adam([[parameter], [torch.nn.Parameter(torch.ones(3))]], lr=slice(1e-3, 1e-2))
parameter.grad = torch.ones(2)
opt.step()
counts = defaultdict(list)
counts["a"].append(1)
PLAIN = {
    "set": {1, 2}, "frozen": frozenset(["a"]), "complex": 1 + 2j, "device": torch.device("cuda:1"), "dtype": torch.float16,
    "size": torch.Size([2, 3]), "bytes": b"\x00\xff", "bytearray": bytearray(b"ab"), "counter": Counter("aab"),
    "default": counts, "ordered": OrderedDict(b=1, a=2), "big": 2**70, "negative": -(2**40), "text": "grün",
    "list": list(range(2000)), "tuple": (1, (2, 3)),
}
NUMPY = {
    "float": np.float64(3.5), "int": np.int64(4), "wide": np.int64(2**60), "bool": np.bool_(True), "float32": np.float32(0.5),
    "matrix": np.arange(6.0).reshape(2, 3), "fortran": np.asfortranarray(np.arange(6, dtype="i4").reshape(2, 3)),
    "big": np.arange(3, dtype=">i2"),
}


class Evil:
    def __reduce__(self):
        return (print, ("this must never run",))


class Script(torch.nn.Module):
    def forward(self, x):
        return x * 2


script = io.BytesIO()
torch.jit.save(torch.jit.script(Script()), script)
LEGACY = dict(_use_new_zipfile_serialization=False)
grads = {"parameter": parameter, "leaf": torch.ones(2, requires_grad=True)}
pth = {
    "tensors": saved(TENSORS | NEWER), "legacy tensors": saved(TENSORS, **LEGACY), "quantized": saved(QUANTIZED),
    "legacy quantized": saved(QUANTIZED, **LEGACY), "sparse": saved(SPARSE), "legacy sparse": saved(SPARSE, **LEGACY),
    "plain": saved(PLAIN), "legacy plain": saved(PLAIN, **LEGACY), "protocol 4": saved(PLAIN, pickle_protocol=4),
    "protocol 5": saved(PLAIN, pickle_protocol=5), "numpy": saved(NUMPY), "legacy numpy": saved(NUMPY, **LEGACY),
    "numpy protocol 4": saved(NUMPY, pickle_protocol=4),
    "state": saved(model.state_dict()), "legacy state": saved(model.state_dict(), **LEGACY),
    "grads": saved(grads), "legacy grads": saved(grads, **LEGACY),
    "fastai": saved({"model": model.state_dict(), "opt": opt.state_dict()}),
    "evil": saved({"weight": torch.ones(1), "evil": Evil()}), "legacy evil": saved([torch.ones(1), Evil()], **LEGACY),
    "evil name": saved({"fn": print}), "script": base64.b64encode(script.getvalue()).decode(),
}


def npy(array, version=None, pickled=False):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version, allow_pickle=pickled)
    return base64.b64encode(file.getvalue()).decode()


def npz(**arrays):
    result = {}
    for label, save in ("plain", np.savez), ("compressed", np.savez_compressed):
        file = io.BytesIO()
        save(file, **arrays)
        result[label] = base64.b64encode(file.getvalue()).decode()
    return result


def array_values(a):
    if a.dtype.kind == "c":
        return np.stack([a.real, a.imag], -1).tolist()
    return a.tolist()


grid = np.arange(24).reshape(2, 3, 4)
ARRAYS = {f"{order}{code}": (grid % 7).astype(f"{order}{code}") for order in "<>" for code in
          ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")}
ARRAYS |= {f"{order}{code}": (grid - 1j * grid).astype(f"{order}{code}") for order in "<>" for code in ("c8", "c16")}
ARRAYS |= {"fortran": np.asfortranarray(grid.astype("f4")), "big fortran": np.asfortranarray(grid.astype(">i4")),
           "scalar": np.array(2.5), "empty": np.zeros((0, 3), "f4"), "vector": np.array([1, 2**53 + 1]),
           "one": np.array([[[7]]], "i2")}
VERSIONS = {f"version {v}": npy((grid % 7).astype("f4"), (v, 0)) for v in (1, 2, 3)}
REFUSED = {
    "objects": npy(np.array([{"a": 1}], dtype=object), pickled=True), "text": npy(np.array(["ab"])),
    "bytes": npy(np.array([b"ab"])), "dates": npy(np.array(["2020-01-01"], "M8[D]")),
    "records": npy(np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")])), "long": npy(np.zeros(2, np.longdouble)),
}

(FIXTURES / "files.json").write_text(json.dumps({
    "versions": {"torch": torch.__version__, "numpy": np.__version__},
    "pth": pth,
    "tensors": {k: described(v) for k, v in (TENSORS | NEWER | QUANTIZED).items()},
    "quantized": {k: described(v) for k, v in QUANTIZED.items()},
    "sparse": {k: described(v) for k, v in SPARSE.items()},
    "npy": {k: {"file": npy(a), "shape": list(a.shape), "values": array_values(a)} for k, a in ARRAYS.items()},
    "versions_of_npy": VERSIONS,
    "refused": REFUSED,
    "npz": npz(a=np.arange(4.0), b=np.asfortranarray(np.ones((2, 3), "i4")), zeros=np.zeros((50, 50), "f4")),
}, separators=(",", ":")) + "\n")
