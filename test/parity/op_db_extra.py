"""Calls beside PyTorch's samples: sparse, quantised, lists of tensors, scalars of every kind."""
import torch


def sparse():
    coo = torch.tensor([[0, 0, 3.5], [1, 0, 0]]).to_sparse()
    twice = torch.sparse_coo_tensor([[0, 0], [1, 1]], [1.0, 2.0], (2, 3))
    dense = torch.arange(6.0).reshape(3, 2)
    big = torch.arange(16.0).reshape(4, 4).tril()
    yield "coo.mm", lambda: torch.sparse.mm(coo, dense)
    yield "coo.add", lambda: coo + coo * 2
    yield "coo.sum", lambda: torch.sparse.sum(coo, 0)
    yield "coo.coalesce", lambda: twice.coalesce()
    yield "coo.dense", lambda: coo.to_dense()
    yield "coo.transpose", lambda: coo.t().coalesce()
    yield "coo.softmax", lambda: torch.sparse.softmax(coo, 1)
    yield "coo.mask", lambda: dense.t().sparse_mask(coo)
    for layout in (torch.sparse_csr, torch.sparse_csc):
        x = big.to_sparse(layout=layout)
        yield "compressed.dense", lambda x=x: x.to_dense()
        yield "compressed.mm", lambda x=x: x @ big
        yield "compressed.unary", lambda x=x: (x.sin(), x.neg(), x.abs())
        yield "compressed.convert", lambda x=x: x.to_sparse(layout=torch.sparse_coo)
    for layout in (torch.sparse_bsr, torch.sparse_bsc):
        yield "blocks", lambda layout=layout: big.to_sparse(layout=layout, blocksize=(2, 2)).to_dense()


def quantized():
    x = torch.linspace(-2, 2, 12).reshape(3, 4)
    q = torch.quantize_per_tensor(x, 0.1, 10, torch.quint8)
    scales, points = torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0, 1, 2])
    for dtype in (torch.quint8, torch.qint8, torch.qint32):
        yield "quantize", lambda dtype=dtype: torch.quantize_per_tensor(x, 0.05, 3, dtype).dequantize()
        yield "quantize", lambda dtype=dtype: torch.quantize_per_channel(x, scales, points, 0, dtype).dequantize()
    yield "quantized.parts", lambda: (q.q_scale(), q.q_zero_point(), q.int_repr())
    yield "quantized.views", lambda: (q[1:], q.reshape(4, 3), q.t(), q.max(), q.clone())
    yield "quantized.relu", lambda: (q.relu(), q.clamp(0, 1))
    yield "quantized.fake", lambda: torch.fake_quantize_per_tensor_affine(x, 0.1, 0, 0, 255)


def lists():
    a = [torch.arange(3.0), torch.ones(2, 2), torch.empty(0)]
    b = [torch.full((3,), 2.0), torch.eye(2), torch.empty(0)]
    for name in ("add", "sub", "mul", "div", "maximum", "minimum", "pow"):
        op = getattr(torch, f"_foreach_{name}")
        inplace = getattr(torch, f"_foreach_{name}_")
        for other in (b, 2, 2.5, [1.0, 2.0, 3.0]):
            yield "foreach", lambda op=op, other=other: op(a, other)
            yield "foreach", lambda op=inplace, other=other: op([x.clone() for x in a], other)
    for name in ("abs", "exp", "sqrt", "neg", "sigmoid", "zero", "norm", "max"):
        op = getattr(torch, f"_foreach_{name}", None)
        if op is not None:
            yield "foreach", lambda op=op: op(a[:2])
    yield "foreach", lambda: torch._foreach_lerp(a, b, 0.5)
    yield "foreach", lambda: torch._foreach_addcmul(a, b, b, value=0.5)
    yield "foreach", lambda: torch._foreach_addcdiv(a, b, b, [0.5, 1.0, 2.0])
    yield "index", lambda: torch.arange(24).reshape(2, 3, 4)[:, torch.tensor([0, 2]), None, torch.tensor([1, 3])]
    yield "split", lambda: torch.arange(10).split([2, 3, 5])
    yield "unbind", lambda: torch.arange(6).reshape(3, 2).unbind()
    yield "meshgrid", lambda: torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")


def scalars():
    ints = torch.tensor([2**53 + 1, -(2**62), 3])
    yield "big integers", lambda: (ints + (2**60 + 1), ints * 3, torch.full((2,), 2**62 + 1))
    yield "complex", lambda: torch.ones(2) * (1 + 2j)
    yield "complex", lambda: torch.full((2,), 1j)
    yield "kinds", lambda: (ints * 2.0, ints + True, ints / 2, torch.arange(3) ** 2.0)
    yield "not finite", lambda: (torch.ones(2) * float("inf"), torch.full((2,), float("nan")), torch.ones(2) * -0.0)
    yield "item", lambda: (torch.tensor(2**60 + 1).item(), torch.tensor(1 - 1j).item(), torch.tensor(True).item())
    yield "to", lambda: (torch.ones(2, 3, 4, 4).to(memory_format=torch.channels_last), torch.ones(2).to(torch.float16))
    yield "strings", lambda: torch.div(torch.tensor([7, -7]), 2, rounding_mode="floor")
    yield "strings", lambda: torch.einsum("ij,jk->ik", torch.ones(2, 3), torch.ones(3, 2))


def extra_samples():
    """Pairs of a name and a call."""
    for family in (sparse, quantized, lists, scalars):
        yield from family()
