"""Makes test/fixtures/nn.json and the safetensors beside it: what PyTorch's layers say, start with and compute.

Run from the repository root: python test/parity/nn.py
"""
import hashlib
import json
import struct

import torch
from safetensors.torch import save, save_file
from torch import nn
import torch.nn.functional as F

SEED = 42


def digest(tensor):
    """First bytes of the sha256 of a tensor's memory: equal means equal bit for bit."""
    flat = tensor.detach().contiguous().reshape(-1)
    raw = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
    return hashlib.sha256(raw).hexdigest()[:16]


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().double().reshape(-1).tolist()]


def image():
    return torch.randn(2, 4, 6, 6)


LAYERS = {
    "Linear": (lambda: nn.Linear(4, 3), lambda: torch.randn(5, 4)),
    "Linear no bias": (lambda: nn.Linear(4, 3, bias=False), lambda: torch.randn(5, 4)),
    "Bilinear": (lambda: nn.Bilinear(3, 3, 2), lambda: (torch.randn(4, 3), torch.randn(4, 3))),
    "Identity": (lambda: nn.Identity(3), lambda: torch.randn(2, 3)),
    "Conv1d": (lambda: nn.Conv1d(4, 6, 3, stride=2, padding=1), lambda: torch.randn(2, 4, 7)),
    "Conv2d": (lambda: nn.Conv2d(4, 6, 3, padding=1), image),
    "Conv2d grouped": (lambda: nn.Conv2d(4, 8, (3, 1), stride=2, dilation=(1, 2), groups=2, bias=False), image),
    "Conv2d same": (lambda: nn.Conv2d(4, 2, 4, padding="same"), image),
    "Conv2d reflect": (lambda: nn.Conv2d(4, 2, 3, padding=1, padding_mode="reflect"), image),
    "Conv3d": (lambda: nn.Conv3d(2, 3, 2), lambda: torch.randn(1, 2, 3, 4, 4)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(4, 2, 3, stride=2), lambda: torch.randn(2, 4, 5)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), image),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(4), lambda: torch.randn(6, 4)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4, eps=1e-3, momentum=0.2), image),
    "BatchNorm2d cumulative": (lambda: nn.BatchNorm2d(4, momentum=None), image),
    "BatchNorm2d untracked": (lambda: nn.BatchNorm2d(4, affine=False, track_running_stats=False), image),
    "BatchNorm2d no bias": (lambda: nn.BatchNorm2d(4, bias=False), image),
    "BatchNorm3d": (lambda: nn.BatchNorm3d(2), lambda: torch.randn(2, 2, 2, 3, 3)),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True), image),
    "InstanceNorm1d": (lambda: nn.InstanceNorm1d(4), lambda: torch.randn(4, 5)),
    "LayerNorm": (lambda: nn.LayerNorm((6, 6)), image),
    "LayerNorm no bias": (lambda: nn.LayerNorm(6, bias=False), image),
    "RMSNorm": (lambda: nn.RMSNorm(6), image),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), image),
    "Embedding": (lambda: nn.Embedding(7, 3, padding_idx=-1), lambda: torch.tensor([[0, 6], [3, 3]])),
    "Embedding max norm": (lambda: nn.Embedding(7, 3, max_norm=1.0), lambda: torch.tensor([0, 6, 3])),
    "Dropout": (lambda: nn.Dropout(0.3), image),
    "Dropout1d": (lambda: nn.Dropout1d(0.5), lambda: torch.randn(4, 5)),
    "Dropout2d": (lambda: nn.Dropout2d(), image),
    "AlphaDropout": (lambda: nn.AlphaDropout(0.2), image),
    "ReLU": (lambda: nn.ReLU(), image),
    "ReLU inplace": (lambda: nn.ReLU(inplace=True), image),
    "ReLU6": (lambda: nn.ReLU6(), image),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.2), image),
    "ELU": (lambda: nn.ELU(), image),
    "CELU": (lambda: nn.CELU(0.5), image),
    "SELU": (lambda: nn.SELU(), image),
    "GELU": (lambda: nn.GELU(), image),
    "GELU tanh": (lambda: nn.GELU("tanh"), image),
    "SiLU": (lambda: nn.SiLU(), image),
    "Mish": (lambda: nn.Mish(), image),
    "Sigmoid": (lambda: nn.Sigmoid(), image),
    "Tanh": (lambda: nn.Tanh(), image),
    "LogSigmoid": (lambda: nn.LogSigmoid(), image),
    "Softsign": (lambda: nn.Softsign(), image),
    "Tanhshrink": (lambda: nn.Tanhshrink(), image),
    "Softplus": (lambda: nn.Softplus(), image),
    "Hardtanh": (lambda: nn.Hardtanh(), image),
    "Hardswish": (lambda: nn.Hardswish(), image),
    "Hardsigmoid": (lambda: nn.Hardsigmoid(), image),
    "Hardshrink": (lambda: nn.Hardshrink(), image),
    "Softshrink": (lambda: nn.Softshrink(), image),
    "Threshold": (lambda: nn.Threshold(0.1, 20), image),
    "RReLU": (lambda: nn.RReLU(), image),
    "PReLU": (lambda: nn.PReLU(4), image),
    "Softmax": (lambda: nn.Softmax(1), image),
    "LogSoftmax": (lambda: nn.LogSoftmax(-1), image),
    "Softmin": (lambda: nn.Softmin(1), image),
    "Softmax2d": (lambda: nn.Softmax2d(), image),
    "GLU": (lambda: nn.GLU(), image),
    "MaxPool1d": (lambda: nn.MaxPool1d(2), lambda: torch.randn(2, 3, 7)),
    "MaxPool2d": (lambda: nn.MaxPool2d(3, 2, 1), image),
    "MaxPool2d ceil": (lambda: nn.MaxPool2d((2, 4), ceil_mode=True), image),
    "MaxPool3d": (lambda: nn.MaxPool3d(2), lambda: torch.randn(1, 2, 4, 4, 4)),
    "AvgPool1d": (lambda: nn.AvgPool1d(2), lambda: torch.randn(2, 3, 7)),
    "AvgPool2d": (lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False), image),
    "AvgPool3d": (lambda: nn.AvgPool3d(2), lambda: torch.randn(1, 2, 4, 4, 4)),
    "AdaptiveAvgPool1d": (lambda: nn.AdaptiveAvgPool1d(3), lambda: torch.randn(2, 3, 7)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d(1), image),
    "AdaptiveAvgPool2d part": (lambda: nn.AdaptiveAvgPool2d((2, None)), image),
    "AdaptiveAvgPool3d": (lambda: nn.AdaptiveAvgPool3d(2), lambda: torch.randn(1, 2, 4, 4, 4)),
    "AdaptiveMaxPool1d": (lambda: nn.AdaptiveMaxPool1d(3), lambda: torch.randn(2, 3, 7)),
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d((2, 3)), image),
    "AdaptiveMaxPool3d": (lambda: nn.AdaptiveMaxPool3d(2), lambda: torch.randn(1, 2, 4, 4, 4)),
    "Flatten": (lambda: nn.Flatten(), image),
    "Unflatten": (lambda: nn.Unflatten(1, (2, 2)), image),
    "PixelShuffle": (lambda: nn.PixelShuffle(2), image),
    "PixelUnshuffle": (lambda: nn.PixelUnshuffle(2), image),
    "ChannelShuffle": (lambda: nn.ChannelShuffle(2), image),
    "Upsample": (lambda: nn.Upsample(scale_factor=2), image),
    "Upsample bilinear": (lambda: nn.Upsample(size=(4, 9), mode="bilinear", align_corners=True), image),
    "Upsample bicubic": (lambda: nn.Upsample(scale_factor=1.5, mode="bicubic"), image),
    "Upsample linear": (lambda: nn.Upsample(size=9, mode="linear"), lambda: torch.randn(2, 3, 7)),
    "UpsamplingNearest2d": (lambda: nn.UpsamplingNearest2d(scale_factor=2), image),
    "UpsamplingBilinear2d": (lambda: nn.UpsamplingBilinear2d(size=(3, 4)), image),
    "ReplicationPad2d": (lambda: nn.ReplicationPad2d(1), image),
    "ReflectionPad2d": (lambda: nn.ReflectionPad2d((1, 2, 3, 1)), image),
    "ZeroPad2d": (lambda: nn.ZeroPad2d((1, 2, 3, 4)), image),
    "ConstantPad1d": (lambda: nn.ConstantPad1d(1, 3.5), lambda: torch.randn(2, 3, 4)),
    "CircularPad2d": (lambda: nn.CircularPad2d(1), image),
    "Sequential": (lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), lambda: torch.randn(5, 4)),
    "weight norm": (lambda: torch.nn.utils.weight_norm(nn.Linear(4, 3)), lambda: torch.randn(5, 4)),
    "spectral norm": (lambda: torch.nn.utils.spectral_norm(nn.Conv2d(4, 2, 3)), image),
}


def of_layer(make, make_input):
    torch.manual_seed(SEED)
    layer = make()
    start = {k: [list(v.shape), str(v.dtype).split(".")[1], digest(v)] for k, v in layer.state_dict().items()}
    given = make_input()
    given = given if isinstance(given, tuple) else (given,)
    for x in given:
        if x.is_floating_point():
            x.requires_grad_()
    # Layers that change their input get one that is no leaf.
    out = layer(*[x * 1 if x.is_floating_point() else x for x in given])
    result = {"repr": repr(layer), "start": start, "shape": list(out.shape), "out": sample(out)}
    if out.requires_grad:
        (out * torch.linspace(-1, 1, out.numel()).reshape(out.shape)).sum().backward()
        result["grads"] = {k: sample(p.grad) for k, p in layer.named_parameters()}
        result["inputGrads"] = [sample(x.grad) for x in given if x.is_floating_point()]
    result["buffers"] = {k: numbers(b) for k, b in layer.named_buffers()}
    layer.eval()
    with torch.no_grad():
        result["eval"] = sample(layer(*[x * 1 if x.is_floating_point() else x for x in given]))
    return result


def sample(tensor):
    """At most 24 elements spread over a tensor, and its sum."""
    flat = tensor.detach().double().reshape(-1)
    step = max(1, flat.numel() // 24)
    return {"values": numbers(flat[::step][:24]), "sum": float(f"{flat.sum().item():.9g}")}


def losses():
    torch.manual_seed(SEED)
    logits, classes = torch.randn(6, 5), torch.randint(0, 5, (6,))
    target, weight = torch.randn(6, 5), torch.rand(5)
    probs, binary = torch.rand(6, 5), (torch.rand(6, 5) > 0.5).float()
    cases = {
        "cross entropy": F.cross_entropy(logits, classes),
        "cross entropy smoothed": F.cross_entropy(logits, classes, weight=weight, label_smoothing=0.1, ignore_index=2),
        "cross entropy none": F.cross_entropy(logits, classes, reduction="none"),
        "nll": F.nll_loss(F.log_softmax(logits, 1), classes, weight=weight, reduction="sum"),
        "mse": F.mse_loss(logits, target),
        "l1": F.l1_loss(logits, target, reduction="sum"),
        "smooth l1": F.smooth_l1_loss(logits, target, beta=0.5),
        "huber": F.huber_loss(logits, target, delta=0.5),
        "bce": F.binary_cross_entropy(probs, binary),
        "bce logits": F.binary_cross_entropy_with_logits(logits, binary, pos_weight=weight),
        "kl": F.kl_div(F.log_softmax(logits, 1), F.softmax(target, 1), reduction="batchmean"),
    }
    return {k: numbers(v) for k, v in cases.items()}


def inits():
    made = {}

    def case(name, fill, shape=(6, 4, 3, 3)):
        torch.manual_seed(SEED)
        made[name] = digest(fill(torch.empty(*shape)))

    case("xavier uniform", lambda w: nn.init.xavier_uniform_(w, gain=2.0))
    case("xavier normal", nn.init.xavier_normal_)
    case("kaiming uniform", lambda w: nn.init.kaiming_uniform_(w, a=0.1))
    case("kaiming normal", lambda w: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"))
    case("trunc normal", lambda w: nn.init.trunc_normal_(w, std=0.5, a=-0.5, b=0.5))
    case("trunc normal tail", lambda w: nn.init.trunc_normal_(w, a=1.0, b=2.0))
    case("dirac", nn.init.dirac_)
    case("eye", nn.init.eye_, (4, 6))
    torch.manual_seed(SEED)
    made["orthogonal"] = numbers(nn.init.orthogonal_(torch.empty(4, 6), gain=0.5))
    return made


def functions():
    torch.manual_seed(SEED)
    x, grid, theta = torch.randn(1, 2, 4, 4), torch.rand(1, 3, 3, 2) * 2.4 - 1.2, torch.randn(1, 2, 3)
    return {
        "grid sample": numbers(F.grid_sample(x, grid, align_corners=False)),
        "grid sample reflect": numbers(F.grid_sample(x, grid, mode="nearest", padding_mode="reflection", align_corners=True)),
        "affine grid": numbers(F.affine_grid(theta, [1, 2, 2, 3], align_corners=False)),
        "antialias": numbers(F.interpolate(x, size=(2, 3), mode="bilinear", antialias=True)),
        "area": numbers(F.interpolate(x, scale_factor=0.5, mode="area")),
        "normalize": numbers(F.normalize(x, dim=1)),
        "pad": numbers(F.pad(x, (1, 0, 0, 2), value=1.5).sum(-1)),
    }


def clipping():
    torch.manual_seed(SEED)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    net(torch.randn(16, 4)).pow(2).sum().backward()
    norm = nn.utils.clip_grad_norm_(net.parameters(), 1.5)
    clipped = [numbers(p.grad.sum()) for p in net.parameters()]
    nn.utils.clip_grad_value_(net.parameters(), 0.05)
    return {"norm": norm.item(), "clipped": clipped, "byValue": [numbers(p.grad.sum()) for p in net.parameters()]}


def tensors():
    """One tensor of each dtype that the format and this project share."""
    torch.manual_seed(SEED)
    made = {k: torch.randint(0, 100, (3,)).to(getattr(torch, k)) for k in
            "uint8 int8 int16 uint16 int32 uint32 int64 uint64 bfloat16 float16 float32 float64".split()}
    for name in "float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz".split():
        made[name] = torch.tensor([1, 2, 3], dtype=torch.uint8).view(getattr(torch, name))
    made["bool"] = torch.tensor([True, False, True])
    made["complex64"] = torch.randn(2, dtype=torch.complex64)
    made["scalar"] = torch.tensor(1.5)
    made["empty"] = torch.zeros(0, 3)
    made["ü \"quoted\"\n"] = torch.ones(2, 2)
    return made


if __name__ == "__main__":
    fixture = {
        "versions": {"torch": torch.__version__},
        "layers": {name: of_layer(*case) for name, case in LAYERS.items()},
        "losses": losses(),
        "inits": inits(),
        "functions": functions(),
        "clipping": clipping(),
    }
    with open("test/fixtures/nn.json", "w") as f:
        json.dump(fixture, f, separators=(",", ":"))
    save_file(tensors(), "test/fixtures/nn-dtypes.safetensors", metadata={"format": "pt"})
