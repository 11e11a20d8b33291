from itertools import repeat

import torch
import torch.nn.functional as F
from torch import nn


def square():
    return torch.randn(4, 4)


# Operators are written out in their loops, as they stand in a program: a lambda would add a call.
def add():
    x, y = square(), square()

    def iterate(n):
        for _ in repeat(None, n):
            x + y
        return n
    return iterate


def view():
    x = square()

    def iterate(n):
        for _ in repeat(None, n):
            x.view(-1)
        return n
    return iterate


def at():
    x = square()

    def iterate(n):
        for _ in repeat(None, n):
            x[1]
        return n
    return iterate


def total():
    x = square()

    def iterate(n):
        for _ in repeat(None, n):
            x.sum()
        return n
    return iterate


def item():
    x = square()

    def iterate(n):
        for _ in repeat(None, n):
            x[0, 0].item()
        return n
    return iterate


def linear():
    x, weight, bias = square(), square(), torch.randn(4)

    def iterate(n):
        for _ in repeat(None, n):
            F.linear(x, weight, bias)
        return n
    return iterate


def module(layer):
    def prepare():
        x, call = square(), layer()

        def iterate(n):
            for _ in repeat(None, n):
                call(x)
            return n
        return iterate
    return prepare


def small():
    p = torch.randn(4, 4, requires_grad=True)

    def iterate(n):
        for _ in repeat(None, n):
            (p * p).sum().backward()
        return n
    return iterate


CASES = {
    "op.add": add, "op.view": view, "op.at": at, "op.sum": total, "op.item": item, "op.linear": linear,
    "nn.linear": module(lambda: nn.Linear(4, 4)), "nn.relu": module(nn.ReLU),
    "nn.batchnorm1d": module(lambda: nn.BatchNorm1d(4)), "autograd.small": small,
}
