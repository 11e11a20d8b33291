"""Writes test/fixtures/models.json: what PyTorch, torchvision and fastai compute with the layers and models that src/ has too.

Weights are not stored: both sides fill every parameter by the rule of `fill` in models_rule.py.
Run: python test/parity/models.py
"""
import models_rule  # before anything that imports torchvision
from fastai.vision.all import *
from fastai.vision.models import xresnet as xrn
from models_rule import *  # after fastai, which has other functions of some of its names

small = lambda *s: image(*s)
layers = {
    "ConvLayer": (lambda: ConvLayer(3, 8), small(2, 3, 9, 9)),
    "ConvLayer stride 2, no norm": (lambda: ConvLayer(3, 8, ks=5, stride=2, norm_type=None), small(2, 3, 9, 9)),
    "ConvLayer bn_1st False": (lambda: ConvLayer(3, 8, bn_1st=False, act_cls=nn.SiLU), small(2, 3, 9, 9)),
    "ConvLayer instance": (lambda: ConvLayer(3, 8, norm_type=NormType.Instance), small(2, 3, 9, 9)),
    "ConvLayer weight": (lambda: ConvLayer(3, 8, norm_type=NormType.Weight), small(2, 3, 9, 9)),
    "ConvLayer spectral": (lambda: ConvLayer(4, 8, norm_type=NormType.Spectral), small(2, 4, 9, 9)),
    "ConvLayer transpose": (lambda: ConvLayer(3, 8, ks=2, stride=2, transpose=True), small(2, 3, 5, 5)),
    "ConvLayer 1d sigmoid": (lambda: ConvLayer(3, 8, ndim=1, norm_type=None, act_cls=nn.Sigmoid), small(2, 3, 9)),
    "ConvLayer 3d groups": (lambda: ConvLayer(4, 8, ndim=3, groups=2), small(2, 4, 5, 5, 5)),
    "LinBnDrop": (lambda: LinBnDrop(6, 4, p=0.5, act=nn.ReLU()), small(5, 6)),
    "LinBnDrop lin_first": (lambda: LinBnDrop(6, 4, p=0.5, act=nn.ReLU(), lin_first=True), small(5, 6)),
    "LinBnDrop no bn": (lambda: LinBnDrop(6, 4, bn=False), small(5, 6)),
    "AdaptiveConcatPool2d": (lambda: nn.Sequential(nn.Conv2d(3, 4, 1), AdaptiveConcatPool2d(2)), small(2, 3, 6, 6)),
    "AdaptiveConcatPool1d": (lambda: nn.Sequential(nn.Conv1d(3, 4, 1), AdaptiveConcatPool1d()), small(2, 3, 6)),
    "PoolFlatten Cat": (lambda: nn.Sequential(nn.Conv2d(3, 4, 1), PoolFlatten(PoolType.Cat)), small(2, 3, 6, 6)),
    "SigmoidRange": (lambda: nn.Sequential(nn.Linear(4, 3), SigmoidRange(-1, 5)), small(5, 4)),
    "BatchNorm1dFlat": (lambda: BatchNorm1dFlat(4), small(2, 3, 4)),
    "SEModule": (lambda: SEModule(64, 16), small(2, 64, 4, 4)),
    "SequentialEx dense": (lambda: SequentialEx(ConvLayer(4, 4), MergeLayer(dense=True)), small(2, 4, 5, 5)),
    "Cat": (lambda: Cat([ConvLayer(3, 4), ConvLayer(3, 2)]), small(2, 3, 5, 5)),
    "SimpleCNN": (lambda: SimpleCNN([3, 8, 4], kernel_szs=[3, 5]), small(2, 3, 12, 12)),
    "SelfAttention": (lambda: SelfAttention(16), small(2, 16, 4, 4)),
    "PooledSelfAttention2d": (lambda: PooledSelfAttention2d(16), small(2, 16, 4, 4)),
    "SimpleSelfAttention": (lambda: SimpleSelfAttention(8), small(2, 8, 4, 4)),
    "PixelShuffle_ICNR": (lambda: PixelShuffle_ICNR(8, 4), small(2, 8, 4, 4)),
    "PixelShuffle_ICNR blur batch": (lambda: PixelShuffle_ICNR(8, 4, blur=True, norm_type=NormType.Batch), small(2, 8, 4, 4)),
    "TimeDistributed": (lambda: TimeDistributed(ConvLayer(3, 4, norm_type=None)), small(2, 3, 3, 5, 5)),
    "TimeDistributed tdim 2": (lambda: TimeDistributed(ConvLayer(3, 4, norm_type=None), tdim=2), small(2, 3, 3, 5, 5)),
    "ResBlock": (lambda: ResBlock(1, 4, 4), small(2, 4, 8, 8)),
    "ResBlock stride 2": (lambda: ResBlock(1, 4, 8, stride=2), small(2, 4, 9, 9)),
    "ResBlock expansion 4": (lambda: ResBlock(4, 2, 4, stride=2, act_cls=nn.Mish), small(2, 8, 8, 8)),
    "ResBlock pool_first False, depthwise": (lambda: ResBlock(1, 4, 8, stride=2, dw=True, pool_first=False), small(2, 4, 8, 8)),
    "ResBlock reduction, sa, g2": (lambda: ResBlock(1, 8, 8, reduction=2, sa=True, g2=2), small(2, 8, 4, 4)),
    "ResBlock instance 1d": (lambda: ResBlock(1, 4, 4, norm_type=NormType.Instance, ndim=1), small(2, 4, 8)),
    "SEBlock": (lambda: SEBlock(4, 4, 8), small(2, 16, 4, 4)),
    "SEResNeXtBlock": (lambda: SEResNeXtBlock(4, 16, 16, stride=2), small(2, 64, 4, 4)),
    "SeparableBlock": (lambda: SeparableBlock(1, 4, 16), small(2, 4, 4, 4)),
}

vision = torchvision.models
arches = {n: getattr(vision, n) for n in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")}
arches |= {n: getattr(xrn, n) for n in xrn.__all__ if n.startswith("x") and n not in ("xsenet154",)}
# Batch norms of two images magnify rounding: in float32, this one's gradients of Python are off by half a per cent themselves.
magnifying = ["xresnet50"]
full = ["xresnet18", "resnet18", "resnet34", "xresnet50", "resnet50", "xse_resnext18", "xresnext18"]

heads = {
    "default": {},
    "lin_ftrs": dict(lin_ftrs=[32, 16], ps=[0.1, 0.2, 0.3]),
    "no concat": dict(concat_pool=False, first_bn=False, bn_final=True),
    "lin_first": dict(lin_first=True),
    "y_range": dict(y_range=(0, 5), lin_ftrs=[]),
}


def head_case(kwargs):
    torch.manual_seed(1)
    head = create_head(16, 3, **kwargs)
    return {"repr": [type(m).__name__ for m in head], "p": [m.p for m in head if isinstance(m, nn.Dropout)], **run(head, small(4, 16, 3, 3))}


def vision_model(arch, n_out=37, **kwargs):
    meta = fastai.vision.learner.model_meta[arch]
    torch.manual_seed(7)
    model = create_vision_model(arch, n_out, pretrained=False, **kwargs)
    after = torch.rand(1).item()
    groups = [sum(p.numel() for p in g) for g in meta["split"](model)]
    linear = [m for m in model[1] if isinstance(m, nn.Linear)]
    return {
        "after": after,
        "parameters": count(model),
        "groups": groups,
        "keyHash": key_hash(model),
        "head": [[m.weight.double().std().item(), m.weight.double().sum().item()] for m in linear],
    }


out = {
    "layers": {name: {**run(seeded(make), x), "initial": initial(make)} for name, (make, x) in layers.items()},
    "architectures": {},
    "models": {},
    "heads": {name: head_case(kwargs) for name, kwargs in heads.items()},
    "visionModels": {
        "resnet18": vision_model(vision.resnet18),
        "resnet34": vision_model(vision.resnet34),
        "resnet50": vision_model(vision.resnet50),
        "xresnet50": vision_model(xrn.xresnet50),
        "resnet18 n_in 1": vision_model(vision.resnet18, n_in=1),
        "resnet18 n_in 5": vision_model(vision.resnet18, n_in=5),
    },
}
for name, arch in arches.items():
    model = arch()
    out["architectures"][name] = {"parameters": count(model), "keyHash": key_hash(model)}
out["architectures"]["xresnet50 sa"] = {"parameters": count(xrn.xresnet50(sa=True)), "keyHash": key_hash(xrn.xresnet50(sa=True))}
for name in full:
    n_out = dict(num_classes=10) if name.startswith("resnet") else dict(n_out=10)
    make = lambda: arches[name](**n_out)
    dtype = torch.float64 if name in magnifying else torch.float32
    case = {"dtype": str(dtype).removeprefix("torch."), **run(make(), image(2, 3, 64, 64), dtype=dtype)}
    case["eval"] = run(make(), image(2, 3, 64, 64), train=False)["output"]
    case["initial"] = {**initial(make), "state": initial(make)["state"][:12]}
    out["models"][name] = case

write("models.json", out)
