"""Makes test/fixtures/nn-extras.json: what functions, utilities and parametrizations of torch.nn return, and the names that
torch.nn has. Each case starts from the same seed, so that both sides draw the same inputs.

Run from the repository root: python test/parity/nn_extras.py
"""
import json
import types

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations, parametrize
from torch.nn.utils import rnn as sequences
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

randn, rand = torch.randn, torch.rand


def positive(*shape):
    return rand(shape) + 0.5


def trained(module, x, steps=3):
    """Outputs, gradients and state of a module after some calls in training, and its output in evaluation."""
    for _ in range(steps):
        module.zero_grad()
        out = module(x)
        out.pow(2).sum().backward()
    grads = [p.grad for p in module.parameters()]
    return [out, *grads, *module.state_dict().values(), module.eval()(x)]


def keys(module):
    return sorted(module.state_dict())


def settled(norm, shape):
    for _ in range(3):
        norm(randn(shape) * 2 + 1)
    return norm.eval()


def clipped(call):
    weights = [nn.Parameter(randn(3)), nn.Parameter(randn(2, 2))]
    for weight in weights:
        weight.grad = randn(weight.shape)
    return [call(weights), *(weight.grad for weight in weights)]


def packed(sorted_first):
    rows = [randn(4, 2), randn(2, 2), randn(1, 2)] if sorted_first else [randn(2, 2), randn(4, 2), randn(1, 2)]
    pack = sequences.pack_sequence(rows, enforce_sorted=sorted_first)
    padded, lengths = sequences.pad_packed_sequence(pack, batch_first=True, padding_value=-1.0, total_length=5)
    return [pack.data, pack.batch_sizes, padded, lengths, *sequences.unpack_sequence(pack)]


def initialized(fill, *shape):
    return fill(torch.empty(shape))


CASES = {
    "mseLoss weight": lambda: F.mse_loss(randn(3, 4), randn(3, 4), weight=positive(3, 4)),
    "l1Loss weight sum": lambda: F.l1_loss(randn(3, 4), randn(3, 4), reduction="sum", weight=positive(3, 4)),
    "huberLoss weight none": lambda: F.huber_loss(randn(3, 4), randn(3, 4), "none", 0.5, weight=positive(3, 4)),
    "gumbelSoftmax": lambda: F.gumbel_softmax(randn(3, 4), tau=0.7),
    "gumbelSoftmax hard": lambda: F.gumbel_softmax(randn(3, 4), hard=True, dim=0),
    "instanceNorm": lambda: F.instance_norm(randn(2, 3, 4), weight=rand(3), bias=rand(3)),
    "rmsNorm": lambda: F.rms_norm(randn(2, 3, 4), [4], rand(4), 1e-3),
    "rrelu": lambda: F.rrelu(randn(3, 4), training=True),
    "softmin": lambda: F.softmin(randn(3, 4), 1),
    "dropout1d": lambda: F.dropout1d(randn(4, 5)),
    "alphaDropout": lambda: F.alpha_dropout(randn(4, 5), 0.4, True),
    "featureAlphaDropout": lambda: F.feature_alpha_dropout(randn(4, 5, 2), 0.4, True),
    "convTranspose1d": lambda: F.conv_transpose1d(randn(2, 4, 5), randn(4, 2, 3), rand(4), 2, 1, 1, 2),
    "convTranspose2d": lambda: F.conv_transpose2d(randn(1, 2, 4, 4), randn(2, 3, 2, 3), stride=(1, 2)),
    "embedding": lambda: F.embedding(torch.tensor([[0, 2], [3, 3]]), randn(4, 3), max_norm=1.0),
    "embeddingBag": lambda: F.embedding_bag(torch.tensor([0, 2, 3]), randn(4, 3), torch.tensor([0, 2]), padding_idx=2),
    "pdist": lambda: F.pdist(randn(4, 3), 1.5),
    "oneHot": lambda: F.one_hot(torch.tensor([0, 2, 1]), 4),
    "attention": lambda: F.scaled_dot_product_attention(randn(2, 2, 3, 4), randn(2, 2, 5, 4), randn(2, 2, 5, 4)),
    "attention causal": lambda: F.scaled_dot_product_attention(
        randn(1, 2, 3, 4), randn(1, 2, 3, 4), randn(1, 2, 3, 4), is_causal=True, scale=0.3),
    "attention mask": lambda: F.scaled_dot_product_attention(
        randn(1, 2, 3, 4), randn(1, 2, 3, 4), randn(1, 2, 3, 4), attn_mask=torch.ones(3, 3).tril().bool()),
    "attention grouped": lambda: F.scaled_dot_product_attention(
        randn(1, 4, 3, 4), randn(1, 2, 3, 4), randn(1, 2, 3, 4), enable_gqa=True),
    "lpPool2d": lambda: F.lp_pool2d(rand(1, 2, 4, 4), 3.0, (2, 3), 1),
    "fractionalMaxPool2d": lambda: F.fractional_max_pool2d(randn(1, 2, 7, 7), 2, output_ratio=(0.6, 0.5)),
    "linearCrossEntropy": lambda: F.linear_cross_entropy(
        randn(6, 3), randn(4, 3), torch.arange(6) % 4, weight=positive(4), ignore_index=2, label_smoothing=0.1),
    "clipGradNorm_": lambda: clipped(lambda ps: nn.utils.clip_grad_norm_(ps, 0.5)),
    "clipGradNorm_ inf": lambda: clipped(lambda ps: nn.utils.clip_grad_norm_(ps, 0.5, float("inf"))),
    "clipGradValue_": lambda: clipped(lambda ps: nn.utils.clip_grad_value_(ps, 0.3) or torch.zeros(1)),
    "getTotalNorm": lambda: clipped(lambda ps: nn.utils.get_total_norm([p.grad for p in ps], 1.0)),
    "clipGradsWithNorm_": lambda: clipped(
        lambda ps: nn.utils.clip_grads_with_norm_(ps, 1.0, torch.tensor(4.0)) or torch.zeros(1)),
    "packSequence": lambda: packed(True),
    "packSequence unsorted": lambda: packed(False),
    "padSequence left": lambda: sequences.pad_sequence([randn(2, 3), randn(4, 3)], True, 0.5, "left"),
    "unpadSequence": lambda: sequences.unpad_sequence(randn(4, 2, 3), torch.tensor([3, 1])),
    "fuseConvBnEval": lambda: fuse_conv_bn_eval(
        nn.Conv2d(3, 4, 2).eval(), settled(nn.BatchNorm2d(4), (2, 4, 3, 3)))(randn(1, 3, 4, 4)),
    "fuseConvBnEval transposed": lambda: fuse_conv_bn_eval(
        nn.ConvTranspose1d(3, 4, 2, bias=False).eval(), settled(nn.BatchNorm1d(4), (3, 4, 3)), transpose=True)(
            randn(1, 3, 4)),
    "fuseLinearBnEval": lambda: fuse_linear_bn_eval(
        nn.Linear(3, 4).eval(), settled(nn.BatchNorm1d(4), (5, 4)))(randn(2, 3)),
    "weightNorm": lambda: trained(parametrizations.weight_norm(nn.Linear(3, 4)), randn(2, 3)),
    "weightNorm dim": lambda: trained(parametrizations.weight_norm(nn.Conv1d(3, 4, 2), dim=1), randn(2, 3, 5)),
    "spectralNorm": lambda: trained(parametrizations.spectral_norm(nn.Linear(3, 4)), randn(2, 3)),
    "spectralNorm transposed": lambda: trained(
        parametrizations.spectral_norm(nn.ConvTranspose2d(3, 4, 2), n_power_iterations=2), randn(1, 3, 3, 3)),
    "orthogonal": lambda: trained(parametrizations.orthogonal(nn.Linear(4, 4)), randn(2, 4)),
    "orthogonal wide": lambda: trained(parametrizations.orthogonal(nn.Linear(5, 3)), randn(2, 5)),
    "orthogonal tall cayley": lambda: trained(
        parametrizations.orthogonal(nn.Linear(3, 5), orthogonal_map="cayley"), randn(2, 3)),
    "orthogonal householder": lambda: trained(
        parametrizations.orthogonal(nn.Linear(3, 5), orthogonal_map="householder", use_trivialization=False), randn(2, 3)),
    "hook weightNorm": lambda: trained(nn.utils.weight_norm(nn.Linear(3, 4)), randn(2, 3)),
    "hook spectralNorm": lambda: trained(nn.utils.spectral_norm(nn.Conv1d(3, 4, 2)), randn(2, 3, 5)),
    "sparse_": lambda: initialized(lambda w: nn.init.sparse_(w, 0.4, 0.1), 5, 3),
    "dirac_": lambda: initialized(lambda w: nn.init.dirac_(w, 2), 4, 2, 3),
    "eye_": lambda: initialized(nn.init.eye_, 3, 4),
    "truncNormal_": lambda: initialized(lambda w: nn.init.trunc_normal_(w, 0.5, 2.0, -1.0, 1.0), 3, 4),
    "LazyLinear": lambda: trained(nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(2)), randn(4, 5), 1),
    "LazyConvTranspose2d": lambda: trained(nn.LazyConvTranspose2d(3, 2, groups=1), randn(1, 2, 3, 3), 1),
    "Transformer": lambda:
    nn.Transformer(4, 2, 1, 1, 6, 0.1)(randn(3, 2, 4), randn(2, 2, 4)),
    "LSTM": lambda: [t for part in nn.LSTM(3, 4, 2, dropout=0.5)(randn(5, 2, 3)) for t in
                     (part if isinstance(part, tuple) else [part])],
    "MultiheadAttention": lambda: list(nn.MultiheadAttention(4, 2, add_bias_kv=True)(*[randn(3, 2, 4)] * 3)),
    "EmbeddingBag": lambda: nn.EmbeddingBag(5, 3, padding_idx=1)(torch.tensor([[0, 1, 4]])),
    "GRUCell": lambda: nn.GRUCell(3, 4)(randn(2, 3), randn(2, 4)),
    "AdaptiveLogSoftmaxWithLoss": lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 9, [3, 5]).log_prob(randn(2, 8)),
}


def numbers(value):
    tensors = value if isinstance(value, (list, tuple)) else [value]
    return [[round(v, 6) for v in t.detach().double().reshape(-1).tolist()] for t in tensors]


def seeded(case):
    torch.manual_seed(42)
    return numbers(case())


def public(module, skip=()):
    return sorted(n for n in dir(module) if not n.startswith("_") and n not in skip
                  and not isinstance(getattr(module, n), types.ModuleType))


def main():
    names = {
        "nn": [n for n in public(nn) if isinstance(getattr(nn, n), type)],
        "functional": [n for n in public(F) if getattr(getattr(F, n), "__module__", "") in
                       ("torch.nn.functional", "torch._C._nn") or callable(getattr(F, n)) and n in F.__dict__
                       and type(getattr(F, n)).__name__ == "builtin_function_or_method"],
        "init": [n for n in public(nn.init) if n.endswith("_") or n == "calculate_gain"],
        "utils": [n for n in public(nn.utils)],
        "rnn": [n for n in sequences.__all__],
        "parametrize": [n for n in ("register_parametrization", "remove_parametrizations", "is_parametrized", "cached")],
        "parametrizations": parametrizations.__all__,
        "Module": [n for n in public(nn.Module)],
    }
    state_keys = {
        "weightNorm": keys(parametrizations.weight_norm(nn.Linear(3, 4))),
        "spectralNorm": keys(parametrizations.spectral_norm(nn.Linear(3, 4))),
        "orthogonal": keys(parametrizations.orthogonal(nn.Linear(3, 3))),
        "MultiheadAttention": keys(nn.MultiheadAttention(4, 2, kdim=3, add_bias_kv=True)),
        "LSTM": keys(nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2)),
        "Transformer": keys(nn.Transformer(4, 2, 1, 1, 6)),
    }
    out = {"torch": torch.__version__, "names": names, "keys": state_keys,
           "cases": {name: seeded(case) for name, case in CASES.items()}}
    with open("test/fixtures/nn-extras.json", "w") as file:
        json.dump(out, file, separators=(",", ":"))
    assert parametrize.is_parametrized(parametrizations.weight_norm(nn.Linear(2, 2)))


main()
