"""Trajectories of torch.optim's optimizers in float64, for test/torch/optim.

Run: python test/parity/optim.py   (writes test/fixtures/torch-optim.json)
"""
import json
import math
import pathlib

import torch

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
DENSE = [[3, 4], [4], [2, 3, 2], [5]]
MATRICES = [[3, 4], [6, 2], [5, 5], [1, 7]]
ROWS = [[6, 3], [7, 2]]
RECORDED = [1, 5, 20, 50]
STEPS = 50


def start(k, shape):
    return ((torch.arange(math.prod(shape), dtype=torch.float64) * 1.7 + k).sin() * 1.5).view(shape)


def noise(k, shape, step):
    return (torch.arange(math.prod(shape), dtype=torch.float64) * 0.9 + (2.1 * k + 1.3 * step)).cos().view(shape) * 0.5


def dense_grads(params, step):
    """Parameter 3 has no gradient from step 4 to 8."""
    for k, p in enumerate(params):
        p.grad = None if k == 3 and 4 <= step < 9 else p.detach() * 0.1 + noise(k, p.shape, step)


def sparse_grads(params, step):
    """Two rows a step; they are the same row at some steps."""
    for k, p in enumerate(params):
        rows = torch.tensor([[step % p.shape[0], (3 * step) % p.shape[0]]])
        p.grad = torch.sparse_coo_tensor(rows, noise(k, [2, p.shape[1]], step), p.shape)


def closure(opt, params):
    """Rosenbrock's function of the first parameter, and a quartic of the second."""
    opt.zero_grad()
    a, b = params[0].flatten(), params[1]
    loss = ((a[1:] - a[:-1] ** 2) ** 2 * 10 + (1 - a[:-1]) ** 2).sum() + (b**4 - b).sum()
    loss.backward()
    return loss


CASES = {
    "SGD": ("SGD", dict(lr=0.05)),
    "SGD momentum": ("SGD", dict(lr=0.05, momentum=0.9, weight_decay=0.01)),
    "SGD dampening": ("SGD", dict(lr=0.05, momentum=0.9, dampening=0.3)),
    "SGD nesterov": ("SGD", dict(lr=0.05, momentum=0.9, nesterov=True)),
    "SGD maximize": ("SGD", dict(lr=0.01, maximize=True)),
    "SGD sparse": ("SGD", dict(lr=0.05)),
    "Adam": ("Adam", dict(lr=0.01, weight_decay=0.1)),
    "Adam amsgrad": ("Adam", dict(lr=0.01, amsgrad=True)),
    "Adam decoupled": ("Adam", dict(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)),
    "AdamW": ("AdamW", dict(lr=0.01)),
    "AdamW all": ("AdamW", dict(lr=0.01, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.2, amsgrad=True, maximize=True)),
    "NAdam": ("NAdam", dict(lr=0.01, weight_decay=0.1)),
    "NAdam all": ("NAdam", dict(lr=0.01, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1, momentum_decay=0.01,
                                decoupled_weight_decay=True, maximize=True)),
    "RAdam": ("RAdam", dict(lr=0.01, weight_decay=0.1)),
    "RAdam all": ("RAdam", dict(lr=0.01, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1, decoupled_weight_decay=True,
                                maximize=True)),
    "Adamax": ("Adamax", dict(lr=0.01)),
    "Adamax all": ("Adamax", dict(lr=0.01, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1, maximize=True)),
    "Adagrad": ("Adagrad", dict(lr=0.05)),
    "Adagrad all": ("Adagrad", dict(lr=0.05, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.2, eps=1e-3,
                                    maximize=True)),
    "Adagrad sparse": ("Adagrad", dict(lr=0.05, lr_decay=0.1)),
    "Adadelta": ("Adadelta", dict(lr=1.0)),
    "Adadelta all": ("Adadelta", dict(lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.1, maximize=True)),
    "Adafactor": ("Adafactor", dict(lr=0.05)),
    "Adafactor all": ("Adafactor", dict(lr=0.05, beta2_decay=-0.5, eps=(1e-3, 1e-2), d=1.5, weight_decay=0.1,
                                        maximize=True)),
    "RMSprop": ("RMSprop", dict(lr=0.01)),
    "RMSprop all": ("RMSprop", dict(lr=0.01, momentum=0.9, centered=True, alpha=0.9, weight_decay=0.01, maximize=True)),
    "ASGD": ("ASGD", dict(lr=0.05)),
    "ASGD all": ("ASGD", dict(lr=0.05, lambd=0.01, alpha=0.5, t0=10, weight_decay=0.1, maximize=True)),
    "Rprop": ("Rprop", dict(lr=0.01)),
    "Rprop all": ("Rprop", dict(lr=0.01, etas=(0.6, 1.3), step_sizes=(1e-3, 0.1), maximize=True)),
    "SparseAdam sparse": ("SparseAdam", dict(lr=0.01)),
    "SparseAdam all sparse": ("SparseAdam", dict(lr=0.01, betas=(0.8, 0.95), eps=1e-4, maximize=True)),
    "Muon": ("Muon", dict(lr=0.02)),
    "Muon all": ("Muon", dict(lr=0.02, weight_decay=0.2, momentum=0.8, nesterov=False, ns_steps=3,
                              adjust_lr_fn="match_rms_adamw")),
    "LBFGS": ("LBFGS", dict(lr=0.1, max_iter=4, history_size=5)),
    "LBFGS strong Wolfe": ("LBFGS", dict(lr=1.0, max_iter=5, line_search_fn="strong_wolfe")),
}


def plain(o):
    if isinstance(o, torch.Tensor):
        return plain(o.tolist())
    if isinstance(o, dict):
        return {str(k): plain(v) for k, v in o.items()}
    if isinstance(o, (list, tuple)):
        return [plain(v) for v in o]
    return float(f"{o:.9g}") if isinstance(o, float) else o


def trajectory(label, name, options):
    kind = "sparse" if label.endswith("sparse") else "closure" if name == "LBFGS" else "dense"
    shapes = ROWS if kind == "sparse" else MATRICES if name == "Muon" else DENSE[:2] if kind == "closure" else DENSE
    params = [torch.nn.Parameter(start(k, s)) for k, s in enumerate(shapes)]
    half = len(params) // 2
    groups = [{"params": params[:half]}, {"params": params[half:], "lr": options["lr"] / 2}]
    opt = getattr(torch.optim, name)(params if kind == "closure" else groups, **options)
    seen = {}
    for step in range(1, STEPS + 1):
        if kind == "closure":
            opt.step(lambda: closure(opt, params))
        else:
            (sparse_grads if kind == "sparse" else dense_grads)(params, step)
            opt.step()
        if step in RECORDED:
            seen[step] = [plain(p.detach().flatten()) for p in params]
    state = opt.state_dict()
    if kind == "closure":  # its statistics are too many to keep here
        state = {"state": {0: {k: state["state"][0][k] for k in ("func_evals", "n_iter")}},
                 "param_groups": state["param_groups"]}
    return {"class": name, "kind": kind, "shapes": shapes, "options": plain(options), "params": seen,
            "state_dict": plain(state)}


def shortened(data):
    return json.dumps(data, separators=(",", ":")) + "\n"


(FIXTURES / "torch-optim.json").write_text(shortened({
    "versions": {"torch": torch.__version__},
    "cases": {label: trajectory(label, *case) for label, case in CASES.items()},
}))
