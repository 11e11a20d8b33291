import torch
from torch import nn


def small_mlp():
    return nn.Sequential(
        nn.Linear(32, 64), nn.BatchNorm1d(64), nn.ReLU(),
        nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))


def conv5():
    def block(ni, nf, ks):
        return [nn.Conv2d(ni, nf, ks, stride=2, padding=ks // 2), nn.ReLU(), nn.BatchNorm2d(nf)]
    return nn.Sequential(
        *block(1, 8, 5), *block(8, 16, 3), *block(16, 32, 3), *block(32, 64, 3),
        nn.Conv2d(64, 10, 3, stride=2, padding=1), nn.Flatten())


def batches(count, shape, classes):
    torch.manual_seed(42)
    return [(torch.randn(64, *shape), torch.randint(0, classes, (64,))) for _ in range(count)]
