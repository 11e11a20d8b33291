"""Makes test/fixtures/autograd.json: derivatives of functions as torch.autograd.functional gives them.

Run from the repository root: python test/parity/autograd.py
"""
import json

import torch
from torch.autograd import functional as F

X = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]
Y = [0.3, -0.6, 0.9]
V = [[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]]
W = [0.1, 0.2, -0.3]


def plain(value):
    if isinstance(value, torch.Tensor):
        return value.tolist()
    return [plain(item) for item in value]


def main():
    x, y, v, w = (torch.tensor(value, dtype=torch.float64) for value in (X, Y, V, W))

    def matrix(x):
        return x.sin() @ torch.arange(3, dtype=torch.float64) + x.prod(1)

    def number(x):
        return (x.exp() * x).sum().sin()

    def both(x, y):
        return (x * y).tanh(), y.pow(3).sum()

    def coupled(x, y):
        return ((x * y).sum(1) ** 2).sum() + y.exp().prod()

    u = torch.tensor([1.0, -2.0], dtype=torch.float64)
    cases = {
        "jacobian": F.jacobian(matrix, x),
        "jacobian of two": F.jacobian(both, (x, y)),
        "hessian": F.hessian(number, x),
        "hessian of two": F.hessian(coupled, (x, y)),
        "vjp": F.vjp(matrix, x, u),
        "jvp": F.jvp(matrix, x, v),
        "jvp of two": F.jvp(both, (x, y), (v, w)),
        "vjp of a number": F.vjp(number, x),
        "hvp": F.hvp(number, x, v),
        "vhp": F.vhp(number, x, v),
        "hvp of two": F.hvp(coupled, (x, y), (v, w)),
        "vhp of two": F.vhp(coupled, (x, y), (v, w)),
    }
    made = {"torch": torch.__version__, "x": X, "y": Y, "v": V, "w": W, "u": u.tolist()}
    made["cases"] = {name: plain(value) for name, value in cases.items()}
    with open("test/fixtures/autograd.json", "w") as file:
        json.dump(made, file)


if __name__ == "__main__":
    main()
