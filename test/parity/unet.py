"""Writes test/fixtures/unet.json: what fastai's DynamicUnet computes over small bodies, and how it starts from a seed.

Weights are filled by the rule of models_rule.py.
Run: python test/parity/unet.py
"""
import models_rule  # before anything that imports torchvision
from fastai.vision.all import *
from fastai.vision.models.unet import DynamicUnet
from models_rule import *  # after fastai, which has other functions of some of its names


def body():
    """Three halvings, 3 to 32 channels: the smallest body with a third block from the end."""
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU()),
        nn.MaxPool2d(3, stride=2, padding=1),
        ConvLayer(8, 16),
        ConvLayer(16, 24, stride=2),
        ConvLayer(24, 32, stride=2),
    )


def flat_body():
    """Keeps the size in its first layer."""
    return nn.Sequential(ConvLayer(3, 8), ConvLayer(8, 16, stride=2), ConvLayer(16, 16, stride=2))


cases = {
    "plain": (body, (32, 48), 5, {}),
    "odd size": (body, (30, 46), 5, {}),
    "self-attention and blur": (body, (32, 32), 3, dict(self_attention=True, blur=True)),
    "blur but the last": (body, (32, 32), 3, dict(blur=True, blur_final=False)),
    "no last cross": (body, (32, 32), 3, dict(last_cross=False)),
    "range": (body, (32, 32), 3, dict(y_range=(-1, 2))),
    "batch norm, SiLU": (body, (32, 32), 3, dict(norm_type=NormType.Batch, act_cls=nn.SiLU)),
    "first layer keeps the size": (flat_body, (16, 16), 3, {}),
}


def case(make_body, size, n_out, kwargs):
    def make():
        torch.manual_seed(3)
        return DynamicUnet(make_body(), n_out, size, **kwargs)

    out = run(make(), image(2, 3, *size))
    out["eval"] = run(make(), image(2, 3, *size), train=False)["output"]
    return {**out, "keys": None, "initial": initial(lambda: DynamicUnet(make_body(), n_out, size, **kwargs))}


def parameters(size, n_out, **kwargs):
    resnet = torchvision.models.resnet34()
    return count(DynamicUnet(create_body(resnet, 3, False, -2), n_out, size, **kwargs))


out = {
    "cases": {name: case(*args) for name, args in cases.items()},
    "resnet34": {
        "32 outputs": parameters((64, 64), 32),
        "32 outputs, self-attention, blur": parameters((64, 64), 32, self_attention=True, blur=True),
    },
}
write("unet.json", out)
