"""Rates and momenta of torch.optim's schedules over 50 steps, for test/torch/optim.

Run: python test/parity/optim_lr.py   (writes test/fixtures/torch-lr.json)
"""
import json
import math
import pathlib
import warnings

import torch
from torch.optim import lr_scheduler as lrs
from torch.optim.swa_utils import SWALR

warnings.simplefilter("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
STEPS = 50


def optimizer(cls="SGD"):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))]}, {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 0.03}]
    options = dict(lr=0.1, momentum=0.9) if cls == "SGD" else dict(lr=0.1)
    return getattr(torch.optim, cls)(groups, **options)


# Name, arguments, options as they are written in TypeScript's order; functions by name.
FUNCTIONS = {"half life": lambda e: 0.95**e, "sine": lambda e: 1 + math.sin(e) / 2, "shrink": lambda x: 0.9**x}
CASES = {
    "LambdaLR": ("LambdaLR", ["half life"], {}),
    "LambdaLR list": ("LambdaLR", [["half life", "sine"]], {}),
    "MultiplicativeLR": ("MultiplicativeLR", ["sine"], {}),
    "StepLR": ("StepLR", [7], {"gamma": 0.5}),
    "MultiStepLR": ("MultiStepLR", [[5, 20, 20, 33]], {"gamma": 0.3}),
    "ConstantLR": ("ConstantLR", [], {"factor": 0.25, "total_iters": 9}),
    "ConstantLR defaults": ("ConstantLR", [], {}),
    "LinearLR": ("LinearLR", [], {"start_factor": 0.1, "end_factor": 0.7, "total_iters": 17}),
    "LinearLR defaults": ("LinearLR", [], {}),
    "ExponentialLR": ("ExponentialLR", [0.93], {}),
    "PolynomialLR": ("PolynomialLR", [], {"total_iters": 40, "power": 2.0}),
    "PolynomialLR defaults": ("PolynomialLR", [], {}),
    "CosineAnnealingLR": ("CosineAnnealingLR", [11], {"eta_min": 1e-3}),
    "CosineAnnealingLR long": ("CosineAnnealingLR", [80], {}),
    "CosineAnnealingWarmRestarts": ("CosineAnnealingWarmRestarts", [4], {"T_mult": 2, "eta_min": 1e-3}),
    "CosineAnnealingWarmRestarts even": ("CosineAnnealingWarmRestarts", [6], {}),
    "CyclicLR": ("CyclicLR", [0.01, 0.2], {"step_size_up": 5}),
    "CyclicLR triangular2": ("CyclicLR", [0.01, [0.2, 0.1]], {"step_size_up": 4, "step_size_down": 7, "mode": "triangular2"}),
    "CyclicLR exp_range": ("CyclicLR", [0.01, 0.2], {"step_size_up": 6, "mode": "exp_range", "gamma": 0.97,
                                                     "cycle_momentum": False}),
    "CyclicLR own": ("CyclicLR", [0.01, 0.2], {"step_size_up": 6, "scale_fn": "shrink", "scale_mode": "iterations"}),
    "CyclicLR Adam": ("CyclicLR", [0.01, 0.2], {"step_size_up": 5, "base_momentum": 0.7, "max_momentum": 0.95}),
    "OneCycleLR": ("OneCycleLR", [0.5], {"total_steps": 60}),
    "OneCycleLR three phases": ("OneCycleLR", [[0.5, 0.2]], {"epochs": 5, "steps_per_epoch": 12, "three_phase": True,
                                "pct_start": 0.2, "anneal_strategy": "linear", "div_factor": 10.0, "final_div_factor": 100.0}),
    "OneCycleLR Adam": ("OneCycleLR", [0.5], {"total_steps": 51, "base_momentum": 0.8, "max_momentum": 0.9}),
    "SWALR": ("SWALR", [0.05], {"anneal_epochs": 6}),
    "SWALR linear": ("SWALR", [[0.05, 0.01]], {"anneal_epochs": 20, "anneal_strategy": "linear"}),
}
METRICS = [round(2 + math.cos(0.7 * i) / (1 + 0.2 * i), 6) for i in range(STEPS)]
PLATEAU = {
    "rel min": {"factor": 0.5, "patience": 2},
    "abs min": {"factor": 0.5, "patience": 1, "threshold": 0.05, "threshold_mode": "abs", "cooldown": 3},
    "rel max": {"mode": "max", "factor": 0.3, "patience": 3, "threshold": 0.01, "min_lr": [0.005, 0.002]},
    "abs max": {"mode": "max", "factor": 0.3, "patience": 0, "threshold": 0.01, "threshold_mode": "abs", "min_lr": 0.001},
}


def given(value):
    if isinstance(value, list):
        return [given(v) for v in value]
    return FUNCTIONS.get(value, value) if isinstance(value, str) else value


def build(opt, name, args, options):
    cls = SWALR if name == "SWALR" else getattr(lrs, name)
    return cls(opt, *given(args), **{k: given(v) for k, v in options.items()})


def sequential(opt):
    parts = [lrs.LinearLR(opt, start_factor=0.1, total_iters=5), lrs.CosineAnnealingLR(opt, 10),
             lrs.ExponentialLR(opt, 0.9), lrs.CosineAnnealingWarmRestarts(opt, 5)]
    return lrs.SequentialLR(opt, parts, milestones=[5, 15, 30])


def chained(opt):
    return lrs.ChainedScheduler([lrs.ConstantLR(opt, factor=0.1, total_iters=4), lrs.ExponentialLR(opt, 0.95),
                                 lrs.StepLR(opt, 10, gamma=0.5)], optimizer=opt)


def nested(opt):
    inner = lrs.SequentialLR(opt, [lrs.ConstantLR(opt, factor=0.5, total_iters=3), lrs.ExponentialLR(opt, 0.9)], milestones=[3])
    return lrs.SequentialLR(opt, [inner, lrs.PolynomialLR(opt, total_iters=20)], milestones=[12])


def momenta(opt):
    return [g["betas"][0] if "betas" in g else g["momentum"] for g in opt.param_groups]


def plain(o):
    if isinstance(o, dict):
        return {str(k): plain(v) for k, v in o.items()}
    if isinstance(o, (list, tuple)):
        return [plain(v) for v in o]
    return str(o) if isinstance(o, float) and math.isinf(o) else o


def run(opt, sched, metrics=None):
    seen = [[[g["lr"] for g in opt.param_groups], momenta(opt)]]
    for i in range(STEPS):
        opt.step()
        sched.step(*([] if metrics is None else [metrics[i]]))
        seen.append([sched.get_last_lr(), momenta(opt)])
    state = sched.state_dict()
    state.pop("anneal_func", None)
    return {"seen": seen, "state": plain(state)}


def case(label, name, args, options):
    opt = optimizer("Adam" if label.endswith("Adam") else "SGD")
    return {"name": name, "args": args, "options": options, **run(opt, build(opt, name, args, options))}


def combined(make):
    opt = optimizer()
    return run(opt, make(opt))


def plateau(options):
    opt = optimizer()
    return {"options": options, **run(opt, lrs.ReduceLROnPlateau(opt, **options), METRICS)}


(FIXTURES / "torch-lr.json").write_text(json.dumps({
    "versions": {"torch": torch.__version__},
    "cases": {label: case(label, *c) for label, c in CASES.items()},
    "combined": {f.__name__: combined(f) for f in (sequential, chained, nested)},
    "metrics": METRICS,
    "plateau": {label: plateau(options) for label, options in PLATEAU.items()},
}, separators=(",", ":")) + "\n")
