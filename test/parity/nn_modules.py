"""Records what PyTorch's modules compute: for the samples of PyTorch's own module test database and for those below, the
constructor arguments, state, inputs, outputs, gradients and the state afterwards, in training and in evaluation.

Run from the repository root (needs `expecttest` beside torch):
  python test/parity/nn_modules.py                 a small part, the fixture test/fixtures/nn-modules.safetensors.gz
  python test/parity/nn_modules.py FILE            everything, into FILE (.gz); then
  NN_MODULES=FILE npx vitest run test/torch/nn/module-db.test.ts
"""
import dataclasses
import gzip
import hashlib
import inspect
import json
import math
import sys

import torch
from safetensors.torch import save
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence
from torch.testing._internal.common_modules import FunctionInput, ModuleInput, module_db

FIXTURE = "test/fixtures/nn-modules.safetensors.gz"
BUDGET = 290_000  # before compression
ENTRY_BYTES = 14  # what a tensor costs in the compressed header of a file


def floats(*shape):
    return torch.randn(shape).requires_grad_()


def whole(high, *shape):
    return torch.randint(high, shape)


def call(*args, **kwargs):
    return FunctionInput(*args, **kwargs)


def pooled(pool, x):
    values, indices = pool(x)
    return call(values.detach().requires_grad_(), indices)


def sequences():
    return pack_sequence([torch.randn(5, 4), torch.randn(3, 4), torch.randn(4, 4)], enforce_sorted=False)


class Euclid(nn.Module):
    def forward(self, a, b):
        return (a - b).pow(2).sum(-1).sqrt()


def upsampled():
    for mode, shape in [("nearest", (2, 3, 4)), ("linear", (2, 3, 4)), ("nearest", (2, 3, 4, 5)), ("area", (2, 3, 4, 5)),
                        ("bilinear", (2, 3, 4, 5)), ("bicubic", (2, 3, 4, 5)), ("nearest", (2, 2, 3, 4, 3)),
                        ("nearest-exact", (2, 3, 4, 5)), ("trilinear", (2, 2, 3, 4, 3))]:
        yield call(scale_factor=1.7, mode=mode), call(floats(*shape))
        yield call(size=7, mode=mode), call(floats(*shape))
    for mode, shape in [("linear", (2, 3, 4)), ("bilinear", (2, 3, 4, 5)), ("bicubic", (2, 3, 4, 5)),
                        ("trilinear", (2, 2, 3, 4, 3))]:
        yield call(scale_factor=2, mode=mode, align_corners=True), call(floats(*shape))
    yield call(scale_factor=(1.5, 2.5), mode="bilinear", recompute_scale_factor=True), call(floats(2, 3, 4, 5))


def bags():
    flat, offsets = whole(7, 9), torch.tensor([0, 2, 2, 6])
    for mode in ("sum", "mean", "max"):
        yield call(7, 3, mode=mode), call(whole(7, 4, 3))
        yield call(7, 3, mode=mode), call(flat, offsets)
        yield call(7, 3, mode=mode, padding_idx=2), call(flat, offsets)
        yield call(7, 3, mode=mode, include_last_offset=True), call(flat, torch.tensor([0, 2, 6, 9]))
        yield call(7, 3, mode=mode, max_norm=1.0), call(whole(7, 4, 3))
    yield call(7, 3, mode="sum"), call(flat, offsets, floats(9))
    yield call(7, 3, mode="sum"), call(whole(7, 4, 3), None, floats(4, 3))
    yield call(7, 3, mode="mean", scale_grad_by_freq=True), call(flat, offsets)
    yield call(7, 3, mode="mean", sparse=True), call(flat, offsets)


def recurrent(name):
    x = {"input_size": 4, "hidden_size": 3}
    yield call(**x), call(sequences())
    yield call(**x, num_layers=2, bidirectional=True), call(sequences())
    yield call(**x, num_layers=2, dropout=0.5), call(floats(5, 2, 4))
    yield call(**x, num_layers=3, dropout=0.3, bidirectional=True, batch_first=True), call(floats(2, 5, 4))
    state = floats(2, 2, 3)
    if name == "LSTM":
        yield call(**x, num_layers=2), call(floats(5, 2, 4), (state, floats(2, 2, 3)))
        yield call(**x, num_layers=2, proj_size=2, bidirectional=True), call(floats(5, 2, 4))
        yield call(**x, proj_size=2), call(sequences())
    else:
        yield call(**x, num_layers=2), call(floats(5, 2, 4), state)
        yield call(**x, bidirectional=True), call(floats(5, 4), floats(2, 3))


def extra():
    """Samples of the modules that the database leaves out, and of options it does not try."""
    images, wide = floats(2, 4, 6, 6), floats(2, 4, 8)
    for p in (0.0, 0.3, 1.0):
        for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"):
            yield name, call(p), call(floats(2, 4, 3, 2, 2) if name == "Dropout3d" else
                                      wide if name == "Dropout1d" else images)
    yield "Dropout1d", call(0.5), call(floats(4, 8))
    for args in (call(), call(0.2), call(3), call(0.1, 0.4)):
        if len(args.args) != 1:
            yield "RReLU", args, call(floats(3, 5))
    yield "Hardsigmoid", call(), call(floats(4, 5))
    yield "Identity", call(54, unused=True), call(floats(4, 5))
    yield "Flatten", call(), call(images)
    yield "Flatten", call(2, 3), call(images)
    yield "Unflatten", call(1, (2, 2)), call(images)
    yield "ChannelShuffle", call(2), call(images)
    yield "PixelShuffle", call(2), call(images)
    yield "PixelUnshuffle", call(2), call(images)
    for options in (dict(kernel_size=2), dict(kernel_size=(2, 3), dilation=2, padding=1, stride=(1, 2))):
        yield "Unfold", call(**options), call(images)
        columns = nn.Unfold(**options)(images.detach()).requires_grad_()
        yield "Fold", call(output_size=(6, 6), **options), call(columns)
    yield "CrossMapLRN2d", call(3, 1e-3, 0.6, 2), call(images)
    yield "CrossMapLRN2d", call(3, 1e-3, 0.6, 2), call(floats(2, 2, 3, 3))
    for args in upsampled():
        yield "Upsample", *args
    yield "UpsamplingNearest2d", call(scale_factor=2), call(images)
    yield "UpsamplingNearest2d", call(size=(5, 7)), call(images)
    yield "UpsamplingBilinear2d", call(scale_factor=2), call(images)
    yield "UpsamplingBilinear2d", call(size=9), call(images)
    for dims, x in ((1, wide), (2, images), (3, floats(1, 2, 4, 4, 4))):
        pool = getattr(nn, f"MaxPool{dims}d")
        yield f"MaxUnpool{dims}d", call(2), pooled(pool(2, return_indices=True), x)
        given = pooled(pool(3, 2, 1, return_indices=True), floats(*x.shape[:2], *[7] * dims))
        yield f"MaxUnpool{dims}d", call(3, stride=2, padding=1), given
        given = pooled(pool(2, return_indices=True), floats(*x.shape[:2], *[7] * dims))
        yield f"MaxUnpool{dims}d", call(2), call(*given.args, output_size=[7] * dims)
        yield f"MaxPool{dims}d", call(3, 1, 1, 2, ceil_mode=True), call(x)
        yield f"AdaptiveMaxPool{dims}d", call(3, return_indices=True), call(x)
        for mode in ("reflect", "replicate", "circular", "zeros"):
            sizes = dict(kernel_size=3, padding=2, stride=2, padding_mode=mode)
            yield f"Conv{dims}d", call(x.shape[1], 4, **sizes), call(x)
        yield f"Conv{dims}d", call(x.shape[1], 4, 2, padding="same", dilation=3), call(x)
        yield f"Conv{dims}d", call(x.shape[1], 4, 2, padding="same", padding_mode="circular"), call(x)
        yield f"ConvTranspose{dims}d", call(x.shape[1], 4, 3, 2, 1, 1, 2, False, 2), call(x)
        yield f"ConvTranspose{dims}d", call(x.shape[1], 4, 3, stride=2), call(x, [2 * n + 2 for n in x.shape[2:]])
        for kind in ("Batch", "Instance"):
            for options in ({}, dict(affine=False), dict(affine=True, track_running_stats=True), dict(momentum=None)):
                if not (kind == "Instance" and "momentum" in options):
                    yield f"{kind}Norm{dims}d", call(x.shape[1], **options), call(x)
                    yield f"Lazy{kind}Norm{dims}d", call(**options), call(x)
        yield f"LazyConv{dims}d", call(3, 3, padding=1, padding_mode="circular", bias=False), call(x)
    yield "LazyLinear", call(3), call(floats(4, 5))
    yield "LazyLinear", call(3, bias=False), call(floats(2, 4, 5))
    yield "LocalResponseNorm", call(3, alpha=1e-2, beta=0.5, k=2.0), call(images)
    for options in (dict(padding_idx=1), dict(max_norm=1.0), dict(max_norm=0.5, norm_type=1.0), dict(sparse=True),
                    dict(scale_grad_by_freq=True), dict(padding_idx=-1)):
        yield "Embedding", call(7, 3, **options), call(whole(7, 4, 3))
    for args in bags():
        yield "EmbeddingBag", *args
    left, right = floats(4, 5), floats(4, 5)
    yield "CosineSimilarity", call(), call(left, right)
    yield "CosineSimilarity", call(dim=0, eps=1e-3), call(left, right)
    yield "PairwiseDistance", call(), call(left, right)
    yield "PairwiseDistance", call(p=1, eps=1e-3, keepdim=True), call(left, right)
    third = floats(4, 5)
    for options in ({}, dict(margin=0.5, p=1), dict(swap=True, reduction="sum"), dict(reduction="none")):
        yield "TripletMarginLoss", call(**options), call(left, right, third)
    for options in ({}, dict(margin=0.5, swap=True), dict(reduction="none"), dict(distance_function=Euclid())):
        yield "TripletMarginWithDistanceLoss", call(**options), call(left, right, third)
    yield "BCEWithLogitsLoss", call(pos_weight=torch.rand(5)), call(left, torch.rand(4, 5))
    yield "SmoothL1Loss", call(beta=0.3), call(left, right)
    yield "HuberLoss", call(delta=0.3), call(left, right)
    yield "GaussianNLLLoss", call(full=True, eps=1e-3), call(left, right, torch.rand(4, 5))
    yield "CTCLoss", call(zero_infinity=True), call(
        floats(6, 2, 5).log_softmax(2).detach().requires_grad_(), torch.tensor([[1, 1, 2], [3, 4, 1]]),
        torch.tensor([3, 6]), torch.tensor([3, 3]))
    for options in (dict(cutoffs=[2, 5]), dict(cutoffs=[3], div_value=2.0, head_bias=True)):
        yield "AdaptiveLogSoftmaxWithLoss", call(8, 9, **options), call(floats(6, 8), torch.tensor([0, 1, 4, 5, 8, 3]))
    for name in ("RNN", "GRU", "LSTM"):
        for args in recurrent(name):
            yield name, *args
    for options in (dict(dropout=0.4), dict(kdim=3, vdim=5), dict(kdim=3, vdim=5, bias=False, batch_first=True)):
        kv = (options.get("kdim", 4), options.get("vdim", 4))
        yield "MultiheadAttention", call(4, 2, **options), call(floats(3, 3, 4), floats(3, 3, kv[0]), floats(3, 3, kv[1]))
    yield "MultiheadAttention", call(4, 2), call(floats(3, 2, 4), floats(5, 2, 4), floats(5, 2, 4), need_weights=False)
    yield "MultiheadAttention", call(4, 2), call(floats(3, 2, 4), floats(5, 2, 4), floats(5, 2, 4),
                                                average_attn_weights=False)
    layer = dict(d_model=4, nhead=2, dim_feedforward=6)
    causal = nn.Transformer.generate_square_subsequent_mask(3)
    for activation in ("gelu", "relu"):
        yield "TransformerEncoderLayer", call(**layer, dropout=0.3, activation=activation), call(floats(3, 2, 4))
        yield "TransformerDecoderLayer", call(**layer, dropout=0.3, activation=activation, norm_first=True), call(
            floats(3, 2, 4), floats(5, 2, 4))
    yield "TransformerEncoder", call(nn.TransformerEncoderLayer(**layer), 2, norm=nn.LayerNorm(4)), call(
        floats(3, 2, 4), causal, is_causal=True)
    decoder = nn.TransformerDecoderLayer(**layer, dropout=0.0, batch_first=True)
    yield "TransformerDecoder", call(decoder, 2, nn.LayerNorm(4)), call(floats(2, 3, 4), floats(2, 5, 4), causal)
    yield "TransformerDecoder", call(decoder, 1), call(floats(2, 3, 4), floats(2, 5, 4), tgt_mask=causal,
                                                       tgt_is_causal=True, memory_mask=torch.zeros(3, 5))
    yield "Transformer", call(4, 2, 1, 1, 6, 0.2), call(floats(3, 2, 4), floats(3, 2, 4), tgt_mask=causal)


class Recording:
    """Tensors, each content once, and what refers to them."""

    def __init__(self):
        self.tensors = {}
        self.known = {}

    def add(self, tensor):
        plain = tensor.detach().to_dense().contiguous().clone()
        raw = plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
        key = hashlib.sha1(raw + str((plain.dtype, tuple(plain.shape))).encode()).digest()
        if key not in self.known:
            self.known[key] = str(len(self.tensors))
            self.tensors[self.known[key]] = plain
        return self.known[key]

    def encode(self, value):
        if isinstance(value, PackedSequence):
            return {"packed": [self.encode(part) for part in value]}
        if isinstance(value, torch.Tensor):
            return {"tensor": self.add(value), **({"grad": True} if value.requires_grad else {})}
        if isinstance(value, (list, tuple)):
            return {"list": [self.encode(item) for item in value]}
        if isinstance(value, torch.dtype):
            return {"dtype": str(value).removeprefix("torch.")}
        if isinstance(value, torch.device):
            return str(value)
        if isinstance(value, float) and not math.isfinite(value):
            return {"float": str(value)}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if dataclasses.is_dataclass(value):
            return {"record": {k: self.encode(v) for k, v in dataclasses.asdict(value).items()}}
        if isinstance(value, nn.Module) and hasattr(value, "recorded"):
            return {"module": type(value).__name__, **value.recorded}
        if callable(value):
            return {"function": getattr(value, "__name__", type(value).__name__)}
        raise TypeError(f"{type(value)} in a sample")

    def arguments(self, function, given):
        """Arguments by name, with the names of those Python requires."""
        bound = inspect.signature(function).bind(*given.args, **given.kwargs)
        named, required = {}, []
        for name, value in bound.arguments.items():
            parameter = bound.signature.parameters[name]
            if parameter.kind == parameter.VAR_POSITIONAL:
                named.update({f"{name}{i}": self.encode(item) for i, item in enumerate(value)})
            elif parameter.kind == parameter.VAR_KEYWORD:
                named.update({key: self.encode(item) for key, item in value.items()})
            else:
                named[name] = self.encode(value)
                if parameter.default is parameter.empty:
                    required.append(name)
        return {"args": named, "required": required}


def tensors_in(value):
    if isinstance(value, PackedSequence):
        return [value.data]
    if isinstance(value, torch.Tensor):
        return [value]
    return [t for item in value for t in tensors_in(item)] if isinstance(value, (list, tuple)) else []


def weighted(outputs):
    """One number of all outputs, each element with a weight of its own."""
    total = 0
    for out in outputs:
        if out.requires_grad:
            total = total + (out * torch.linspace(0.5, 1.5, out.numel()).reshape(out.shape)).sum()
    return total


def remember_arguments(recording):
    """Lets modules that are arguments of others say how they were made."""
    for cls in (nn.TransformerEncoderLayer, nn.TransformerDecoderLayer, nn.LayerNorm):
        def patched(self, *args, _original=cls.__init__, **kwargs):
            _original(self, *args, **kwargs)
            self.recorded = recording.arguments(_original.__get__(self), FunctionInput(*args, **kwargs))
        patched.__signature__ = inspect.signature(cls.__init__)
        cls.__init__ = patched


def record(recording, name, cls, given, training):
    built, called = given.constructor_input, given.forward_input
    if "_random_samples" in built.kwargs:
        built.kwargs["_random_samples"] = built.kwargs["_random_samples"].float()  # the database gives doubles
    arguments = recording.arguments(cls, built)
    module = cls(*built.args, **built.kwargs)
    module.train(training)
    leaves = [t for a in [*called.args, *called.kwargs.values()] for t in tensors_in(a) if t.requires_grad]
    if "Lazy" in name:
        with torch.no_grad():
            module(*called.args, **called.kwargs)
    state = {key: recording.add(value) for key, value in module.state_dict().items()}
    inputs = recording.arguments(cls.forward.__get__(module), called)
    torch.manual_seed(1)
    out = module(*called.args, **called.kwargs)
    sample = {"name": name, "training": training, "construct": arguments, "state": state, "call": inputs,
              "repr": str(module).replace("NonDynamicallyQuantizable", ""),
              "out": recording.encode(out)}
    outputs = tensors_in(out)
    for leaf in leaves:
        leaf.grad = None
    total = weighted(outputs)
    if isinstance(total, torch.Tensor):
        total.backward()
        sample["inputGrads"] = [None if leaf.grad is None else recording.add(leaf.grad) for leaf in leaves]
        sample["grads"] = {key: recording.add(p.grad) for key, p in module.named_parameters() if p.grad is not None}
    after = {key: recording.add(value) for key, value in module.state_dict().items()}
    sample["after"] = {key: value for key, value in after.items() if value != state[key]}
    return sample


def samples(training):
    for info in module_db:
        torch.manual_seed(0)
        for given in info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=True,
                                             training=training):
            yield info.name.removeprefix("nn."), info.module_cls, given
    torch.manual_seed(0)
    for name, built, called in extra():
        yield name, getattr(nn, name), ModuleInput(constructor_input=built, forward_input=called)


def keys_in(value):
    """The tensors a sample refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("tensor"), str):
            yield value["tensor"]
        for part in value.values():
            yield from keys_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys_in(part)


def keys_of(sample):
    yield from keys_in(sample["call"])
    yield from keys_in(sample["construct"])
    yield from keys_in(sample["out"])
    for part in ("state", "grads", "after"):
        yield from sample.get(part, {}).values()
    yield from (key for key in sample.get("inputGrads", []) if key)


def small_part(all_samples, tensors):
    """The smallest samples of every module in turn, as many as the budget holds, a module's training ones first."""
    queues = {}
    for sample in all_samples:
        size = sum(tensors[key].nbytes + ENTRY_BYTES for key in set(keys_of(sample)))
        queues.setdefault(sample["name"], []).append((not sample["training"], size, len(queues), id(sample), sample))
    for queue in queues.values():
        queue.sort()
    chosen, kept, used = [], set(), 0
    while any(queues.values()):
        for queue in queues.values():
            if not queue:
                continue
            sample = queue.pop(0)[-1]
            new = set(keys_of(sample)) - kept
            size = sum(tensors[key].nbytes + ENTRY_BYTES for key in new) + len(json.dumps(sample)) / 20
            if used + size <= BUDGET:
                chosen.append(sample)
                kept |= new
                used += size
    return chosen, {key: tensors[key] for key in kept}


def main():
    recording = Recording()
    remember_arguments(recording)
    recorded = []
    for training in (True, False):
        for name, cls, given in samples(training):
            if given.forward_input is not None:
                recorded.append(record(recording, name, cls, given, training))
    tensors, path = recording.tensors, FIXTURE
    if len(sys.argv) > 1:
        path = sys.argv[1]
    else:
        recorded, tensors = small_part(recorded, tensors)
    text = json.dumps(recorded, separators=(",", ":"))
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write(save(tensors, metadata={"torch": torch.__version__, "samples": text}))
    print(f"{len(recorded)} samples of {len({s['name'] for s in recorded})} modules, torch {torch.__version__}, in {path}")


main()
