"""Writes test/fixtures/archs.json: torchvision's other architectures, their keys and sizes, and what some of them compute.

Weights are filled by the rule of models_rule.py. Networks with millions of weights are run as small ones of their family.
Run: python test/parity/archs.py
"""
import models_rule  # before anything that imports torchvision
from fastai.vision.all import *
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.resnet import Bottleneck, ResNet
from torchvision.models.vision_transformer import VisionTransformer
from models_rule import *  # after fastai, which has other functions of some of its names

vision = torchvision.models
names = [
    "alexnet", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn",
    "squeezenet1_0", "squeezenet1_1", "densenet121", "densenet161", "densenet169", "densenet201",
    "mobilenet_v3_large", "mobilenet_v3_small", *(f"efficientnet_b{k}" for k in range(8)),
    "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l",
    "convnext_tiny", "convnext_small", "convnext_base", "convnext_large", "vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32",
    "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2",
]


def sizes(name):
    with torch.device("meta"):
        model = getattr(vision, name)()
    file = vision.get_model_weights(name).DEFAULT.url.split("/")[-1]
    return {"parameters": count(model), "keyHash": key_hash(model), "file": file}


small = {
    "alexnet features": (lambda: vision.alexnet().features, (1, 3, 64, 64)),
    "vgg11_bn features": (lambda: vision.vgg11_bn().features, (1, 3, 32, 32)),
    "squeezenet1_0": (lambda: vision.squeezenet1_0(num_classes=10), (1, 3, 64, 64)),
    "squeezenet1_1": (lambda: vision.squeezenet1_1(num_classes=10), (1, 3, 64, 64)),
    "densenet121": (lambda: vision.densenet121(num_classes=10), (1, 3, 32, 32)),
    "mobilenet_v3_small": (lambda: vision.mobilenet_v3_small(num_classes=10), (1, 3, 64, 64)),
    "mobilenet_v3_large": (lambda: vision.mobilenet_v3_large(num_classes=10), (1, 3, 64, 64)),
    "efficientnet_b0": (lambda: vision.efficientnet_b0(num_classes=10), (1, 3, 64, 64)),
    "resnext": (lambda: ResNet(Bottleneck, [1, 1, 1, 1], num_classes=10, groups=4, width_per_group=8), (1, 3, 64, 64)),
    "convnext": (
        lambda: ConvNeXt([CNBlockConfig(8, 16, 2), CNBlockConfig(16, None, 2)], stochastic_depth_prob=0.1, num_classes=10),
        (1, 3, 32, 32),
    ),
    "vit": (
        lambda: VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=64, num_classes=10),
        (2, 3, 32, 32),
    ),
}


def short(model, shape):
    out = run(model, image(*shape), train=False)
    # Norms and sums of a few gradients, the first and the last among them.
    grads = out.pop("grads")
    return {**out, "keys": None, "grads": grads[:: max(1, len(grads) // 12)]}


def vision_model(arch, n_out=37):
    """Parameters of body and head, and of each group."""
    meta = fastai.vision.learner.model_meta.get(arch, fastai.vision.learner._default_meta)
    model = create_vision_model(arch, n_out, pretrained=False)
    return {"parameters": count(model), "groups": [sum(p.numel() for p in g) for g in meta["split"](model)], "keyHash": key_hash(model)}


shown = ["densenet121", "vgg16_bn", "alexnet", "squeezenet1_1", "mobilenet_v3_small", "efficientnet_b0"]
write(
    "archs.json",
    {
        "architectures": {name: sizes(name) for name in names},
        "runs": {name: {**short(make(), shape), "initial": {**initial(make), "state": initial(make)["state"][:8]}} for name, (make, shape) in small.items()},
        "visionModels": {name: vision_model(getattr(vision, name)) for name in shown},
    },
)
