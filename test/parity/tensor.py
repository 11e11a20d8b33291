"""Makes test/fixtures/tensor.json: how PyTorch prints tensors, promotes dtypes and names its namespaces.

Run from the repository root: python test/parity/tensor.py
"""
import json
import warnings

import torch

DTYPES = ["uint8", "int8", "int16", "int32", "int64", "bool", "float16", "bfloat16", "float32", "float64", "complex64",
          "complex128"]
SCALARS = {"int": 2, "float": 2.5, "bool": True, "complex": 1j}


def name(dtype):
    return str(dtype).replace("torch.", "")


def promoted():
    """Dtypes of `where(c, a, b)` for tensors with dimensions, for one without, and for a scalar."""
    condition = torch.tensor([True])
    table = {}
    for first in DTYPES:
        a = torch.ones(1, dtype=getattr(torch, first))
        row = {}
        for second in DTYPES:
            b = torch.ones(1, dtype=getattr(torch, second))
            row[second] = [name(torch.where(condition, a, b).dtype), name(torch.where(condition, a, b[0]).dtype)]
        for kind, scalar in SCALARS.items():
            row[f"{kind} number"] = name((a * scalar).dtype)
        row["div"] = name((a / a).dtype)
        row["sum"] = name(a.sum().dtype)
        row["exp"] = name(a.exp().dtype)
        table[first] = row
    return table


def prints():
    torch.manual_seed(0)
    coo = torch.tensor([[0, 0, 3.5], [1, 0, 0]]).to_sparse()
    x = torch.tensor([[0.1, 0.25], [1, 2]])
    tensors = {
        "coo": coo,
        "coo with gradient": coo.clone().requires_grad_(),
        "coo of doubles": coo.double(),
        "coo of integers": torch.sparse_coo_tensor([[0, 0]], [1, 2], (3,)),
        "empty coo": torch.empty(0, 3).to_sparse(),
        "csr": torch.eye(3, dtype=torch.float64).to_sparse_csr(),
        "csc": torch.eye(3).to_sparse_csc(),
        "bsr": torch.eye(4).to_sparse_bsr((2, 2)),
        "quantised": torch.quantize_per_tensor(x, 0.1, 10, torch.quint8),
        "quantised by channel": torch.quantize_per_channel(x, torch.tensor([.1, .2]), torch.tensor([0, 1]), 0, torch.qint8),
        "complex": torch.tensor([1 + 2j, -0.5 - 0.25j]),
        "complex matrix": torch.tensor([[1 + 2j, -10.5 - 100j], [0j, 3 + 0j]], dtype=torch.complex128),
        "complex whole": torch.tensor([1 + 2j, 3 - 4j]),
        "complex scientific": torch.tensor([1 + 2j, -0.5 - 1e-7j]),
        "meta": torch.zeros(2, 3, device="meta"),
        "meta integers": torch.zeros(2, 3, device="meta", dtype=torch.int32),
        "empty integers": torch.empty(0, 3, dtype=torch.int64),
        "float8": torch.full((2,), 1.5, dtype=torch.float8_e4m3fn),
        "big integers": torch.tensor([2**60 + 1, -3]),
        "not finite": torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1.5]),
        "long": torch.arange(1200.0).reshape(30, 40),
    }
    return {key: str(value) for key, value in tensors.items()}


def random():
    """What a generator with its first seed, and with another one, draws."""
    made = {}
    for seed in (None, 5, 2**40 + 3):
        g = torch.Generator() if seed is None else torch.Generator().manual_seed(seed)
        made[str(seed)] = [
            torch.rand(3, generator=g).tolist(),
            torch.randn(5, generator=g).tolist(),
            torch.randn(20, generator=g).tolist(),
            torch.randint(0, 1000, (4,), generator=g).tolist(),
            torch.randperm(6, generator=g).tolist(),
            torch.full((6,), 0.5).bernoulli(generator=g).tolist(),
            torch.tensor([1.0, 2.0, 3.0]).multinomial(2, generator=g).tolist(),
            torch.empty(2).exponential_(generator=g).tolist(),
        ]
    return made


def main():
    warnings.simplefilter("ignore")
    made = {
        "torch": torch.__version__,
        "promotion": promoted(),
        "prints": prints(),
        "random": random(),
        "namespaces": {space: [n for n, value in vars(getattr(torch, space)).items() if callable(value) and n[0].islower()]
                       for space in ("linalg", "fft", "special")},
    }
    with open("test/fixtures/tensor.json", "w") as file:
        json.dump(made, file)


if __name__ == "__main__":
    main()
