"""Lion, Adan, Sophia and Muon written from their papers, tensor by tensor, over 60 steps; for test/optimizer/papers.test.ts.

Run: python test/parity/papers.py   (writes test/fixtures/papers.json)
"""
import json
import math
import pathlib

import torch

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
SHAPES = [(3, 4), (5,), (4, 2, 2, 1), (2, 6)]
STEPS, SHOWN = 60, (1, 2, 10, 30, 60)


def wave(k, shape, step=0):
    n = math.prod(shape)
    return torch.tensor([round(math.cos(0.9 * i + 2.1 * k + 1.3 * step), 4) for i in range(n)]).view(shape)


def lion(p, g, s, lr=1e-2, mom=.9, avg_mom=.99, wd=.1):
    m = s.setdefault("m", torch.zeros_like(p))
    update = torch.sign(mom * m + (1 - mom) * g)
    s["m"] = avg_mom * m + (1 - avg_mom) * g
    return p * (1 - lr * wd) - lr * update


def adan(p, g, s, lr=1e-2, b1=.98, b2=.92, b3=.99, eps=1e-8, wd=.1):
    t = s["t"] = s.get("t", 0) + 1
    last = s.get("last", g)
    d = g - last
    s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
    s["v"] = b2 * s.get("v", 0) + (1 - b2) * d
    s["n"] = b3 * s.get("n", 0) + (1 - b3) * (g + b2 * d)**2
    s["last"] = g
    top = s["m"] / (1 - b1**t) + b2 * s["v"] / (1 - b2**t)
    return (p - lr * top / ((s["n"] / (1 - b3**t)).sqrt() + eps)) / (1 + lr * wd)


def sophia(p, g, s, lr=1e-2, b1=.965, b2=.99, rho=.04, wd=.1, bs=4, every=10):
    t = s["t"] = s.get("t", 0) + 1
    s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
    if (t - 1) % every == 0: s["h"] = b2 * s.get("h", torch.zeros_like(p)) + (1 - b2) * bs * g * g
    ratio = (s["m"].abs() / (rho * s["h"] + 1e-15)).clamp(max=1)
    return p * (1 - lr * wd) - lr * s["m"].sign() * ratio


def run(rule):
    params = [wave(k, shape) for k, shape in enumerate(SHAPES)]
    states, out = [{} for _ in SHAPES], {}
    for step in range(1, STEPS + 1):
        grads = [p * .1 + wave(k, p.shape, step) * .5 for k, p in enumerate(params)]
        params = [rule(p, g, s) for p, g, s in zip(params, grads, states)]
        if step in SHOWN: out[step] = [p.flatten().tolist() for p in params]
    return out


def run_muon():
    """torch.optim.Muon on the matrices; its convolutions laid flat."""
    params = [torch.nn.Parameter(wave(k, shape).flatten(1)) for k, shape in enumerate(SHAPES) if len(shape) > 1]
    places = [k for k, shape in enumerate(SHAPES) if len(shape) > 1]
    opt, out = torch.optim.Muon(params, lr=1e-2, weight_decay=.1), {}
    for step in range(1, STEPS + 1):
        for k, p in zip(places, params): p.grad = p.detach() * .1 + wave(k, SHAPES[k], step).flatten(1) * .5
        opt.step()
        if step in SHOWN: out[step] = [p.detach().flatten().tolist() for p in params]
    return out


def rounded(o):
    if isinstance(o, float): return float(f"{o:.8g}")
    if isinstance(o, dict): return {k: rounded(v) for k, v in o.items()}
    return [rounded(v) for v in o] if isinstance(o, (list, tuple)) else o


data = {"versions": {"torch": torch.__version__}, "shapes": SHAPES, "Lion": run(lion), "Adan": run(adan), "Sophia": run(sophia),
        "Muon": run_muon()}
(FIXTURES / "papers.json").write_text(json.dumps(rounded(data)) + "\n")
