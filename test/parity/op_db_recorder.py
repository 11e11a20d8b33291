"""Writing down operator calls: each call once per kind of its arguments, as one line of JSON.

A call is {op, storages, args, kwargs, result, after}. A tensor is {dtype, shape, stride, offset, storage: index}, so that
arguments that share memory share it again; numbers are plain integers, {"f": float}, {"i": "integer beyond 2^53"},
{"c": [re, im]}; dtypes, devices, layouts and memory formats are their names.
"""
import base64
import collections
import json

import torch
from torch.utils._python_dispatch import TorchDispatchMode

LARGEST_BYTES = 1 << 17


class Unrecordable(Exception):
    """A call that cannot be written down; the message is the reason."""


def name_of(value):
    return str(value).replace("torch.", "")


def real(value):
    return value if value == value and abs(value) != float("inf") and (value or str(value)[0] != "-") else str(value)


def bytes_of(storage):
    if storage.nbytes() > LARGEST_BYTES:
        raise Unrecordable("more than 128 KB")
    raw = torch.empty(0, dtype=torch.uint8).set_(storage)
    return base64.b64encode(raw.numpy().tobytes()).decode()


class Encoder:
    """The values of one call; storages are written once each."""

    def __init__(self):
        self.storages = []
        self.known = {}
        self.alive = []  # a freed storage's address may come again

    def storage(self, tensor):
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self.known:
            self.known[key] = len(self.storages)
            self.alive.append(storage)
            self.storages.append(bytes_of(storage))
        return self.known[key]

    def value(self, value):
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, int):
            return value if abs(value) <= 1 << 53 else {"i": str(value)}
        if isinstance(value, float):
            return {"f": real(value)}
        if isinstance(value, complex):
            return {"c": [real(value.real), real(value.imag)]}
        if isinstance(value, (torch.dtype, torch.device, torch.layout, torch.memory_format)):
            return name_of(value)
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        raise Unrecordable(f"an argument that is a Python {type(value).__name__}")

    def tensor(self, t):
        if type(t) not in (torch.Tensor, torch.nn.Parameter):
            raise Unrecordable(f"a tensor that is a Python {type(t).__name__}")
        if t.device.type != "cpu":
            return {"meta": True, "dtype": name_of(t.dtype), "shape": list(t.shape)}
        about = {"dtype": name_of(t.dtype), "shape": list(t.shape)}
        if t.is_quantized:
            return about | self.quantized(t)
        if t.layout == torch.sparse_coo:
            parts = {"indices": t._indices(), "values": t._values()}
            return about | {"layout": "sparse_coo", "coalesced": t.is_coalesced()} | self.parts(parts)
        if t.layout != torch.strided:
            rows = t.layout in (torch.sparse_csr, torch.sparse_bsr)
            parts = {"compressed": t.crow_indices(), "plain": t.col_indices()} if rows else \
                {"compressed": t.ccol_indices(), "plain": t.row_indices()}
            return about | {"layout": name_of(t.layout)} | self.parts(parts | {"values": t.values()})
        if t._is_zerotensor():
            raise Unrecordable("a zero tensor without memory")
        bits = {bit: True for bit, set_ in (("conj", t.is_conj()), ("neg", t.is_neg())) if set_}
        return about | bits | {"stride": list(t.stride()), "offset": t.storage_offset(), "storage": self.storage(t)}

    def parts(self, tensors):
        return {name: self.tensor(part) for name, part in tensors.items()}

    def quantized(self, t):
        if t.qscheme() == torch.per_tensor_affine:
            return {"q": [{"f": t.q_scale()}, t.q_zero_point()]} | self.parts({"values": t.int_repr()})
        scales = {"scales": t.q_per_channel_scales(), "zeroPoints": t.q_per_channel_zero_points()}
        return {"axis": t.q_per_channel_axis()} | self.parts(scales | {"values": t.int_repr()})


class Results(Encoder):
    """Results: of views only what they show."""

    def tensor(self, t):
        if t.layout == torch.strided and not t.is_quantized:
            t = t.detach().resolve_conj().resolve_neg().contiguous()
            if t.untyped_storage().nbytes() > t.numel() * t.element_size():
                t = t.clone()
        return super().tensor(t)


def kind(value):
    """What distinguishes calls of one operator."""
    if isinstance(value, torch.Tensor):
        plain = value.layout == torch.strided
        size = "empty" if value.numel() == 0 else "one" if value.numel() == 1 else "many"
        order = plain and (value.is_contiguous(), value.is_conj(), value.is_neg())
        return (str(value.dtype), value.dim(), size, str(value.layout), order)
    if isinstance(value, (list, tuple)):
        return tuple(kind(item) for item in value[:4]) + (min(len(value), 4),)
    if isinstance(value, dict):
        return tuple((key, kind(item)) for key, item in value.items())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (type(value).__name__, (value > 0) - (value < 0), min(abs(value), 3) if isinstance(value, int) else 0)
    return str(value)


SEED = 7
# Their results are whatever the memory held.
UNINITIALISED = {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "resize_", "resize_as_",
                 "empty_permuted", "resize", "resize_as", "_empty_affine_quantized", "_resize_output_", "_resize_output"}


class Copier:
    """Copies of arguments that share memory as the arguments do."""

    def __init__(self):
        self.storages = {}

    def value(self, value):
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        return {name: self.value(item) for name, item in value.items()} if isinstance(value, dict) else value

    def tensor(self, t):
        if type(t) not in (torch.Tensor, torch.nn.Parameter):
            raise Unrecordable(f"a tensor that is a Python {type(t).__name__}")
        if t.layout != torch.strided or t.is_quantized or t.device.type != "cpu" or t._is_zerotensor():
            return t.clone()
        storage = t.untyped_storage()
        if storage._cdata not in self.storages:
            copy = torch.empty(storage.nbytes(), dtype=torch.uint8).untyped_storage()  # can be resized, unlike a clone
            self.storages[storage._cdata] = copy.copy_(storage)
        copy = torch.empty(0, dtype=t.dtype)
        copy.set_(self.storages[storage._cdata], t.storage_offset(), t.size(), t.stride())
        copy = torch._conj(copy) if t.is_conj() else copy
        return torch._neg_view(copy) if t.is_neg() else copy


class Recorder(TorchDispatchMode):
    """
    Collects calls, and counts those left out by reason. The calls are run again, outside of this mode, for their results:
    inside of it operators that conjugate lazily give other numbers.
    """

    def __init__(self):
        super().__init__()
        self.calls = []
        self.seen = set()
        self.waiting = []
        self.skipped = collections.Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func.namespace != "aten":
            self.skipped["an operator that is written in Python"] += 1
            return func(*args, **kwargs)
        key = (str(func), kind(args), kind(kwargs))
        if key in self.seen:
            return func(*args, **kwargs)
        self.seen.add(key)
        return self.record(func, args, kwargs)

    def record(self, func, args, kwargs):
        copier = Copier()
        try:
            self.waiting.append((func, copier.value(args), copier.value(kwargs)))
        except Unrecordable as reason:
            self.skipped[str(reason)] += 1
        return func(*args, **kwargs)

    def __exit__(self, *error):
        super().__exit__(*error)
        with torch.inference_mode():
            for func, args, kwargs in self.waiting:
                try:
                    self.run(func, args, kwargs)
                except Unrecordable as reason:
                    self.skipped[str(reason)] += 1
                except RuntimeError:
                    self.skipped["the call itself fails"] += 1
        self.waiting.clear()

    def run(self, func, args, kwargs):
        call = {"op": func._schema.name + (f".{func._overloadname}" if func._overloadname != "default" else "")}
        encoder = Encoder()
        call |= {"storages": encoder.storages, "args": encoder.value(args)}
        call["kwargs"] = {name: encoder.value(value) for name, value in kwargs.items()}
        if torch.Tag.nondeterministic_seeded in func.tags:
            call["seed"] = SEED
            torch.manual_seed(SEED)
        self.add(call, func, args, kwargs, func(*args, **kwargs))

    def add(self, call, func, args, kwargs, result):
        encoder = Results()
        written = [a for a in func._schema.arguments if a.alias_info is not None and a.alias_info.is_write]
        if func._schema.name.split("::")[1] in UNINITIALISED:
            call["uninitialised"] = True
        returns = func._schema.returns
        if not (written and all(r.alias_info is not None for r in returns)):
            call["result"] = encoder.value(result)
        if written:
            names = [a.name for a in func._schema.arguments]
            given = dict(zip(names, args)) | kwargs
            call["after"] = {a.name: encoder.value(given.get(a.name)) for a in written}
        call["results"] = encoder.storages
        self.calls.append(json.dumps(call, separators=(",", ":")))
