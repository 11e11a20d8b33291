"""Averages of a small network's weights over ten steps, for test/torch/optim.

Run: python test/parity/optim_swa.py   (writes test/fixtures/torch-swa.json)
"""
import json
import pathlib

import torch
from torch.optim import swa_utils

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"


def net():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_((torch.arange(p.numel()) * 0.7 + k).sin().view(p.shape))
    return model


def batch(step):
    return (torch.arange(15) * 0.9 + step).cos().view(5, 3)


def state(model):
    return {k: v.tolist() for k, v in model.state_dict().items()}


def run(**options):
    model = net()
    averaged = swa_utils.AveragedModel(model, **options)
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(10):
        opt.zero_grad()
        model(batch(step)).square().mean().backward()
        opt.step()
        averaged.update_parameters(model)
    before = state(averaged)
    swa_utils.update_bn([[batch(20 + i)] for i in range(3)], averaged)
    averaged.eval()
    return {"state": before, "after_bn": state(averaged), "output": averaged(batch(99)).tolist()}


(FIXTURES / "torch-swa.json").write_text(json.dumps({
    "versions": {"torch": torch.__version__},
    "swa": run(),
    "swa by parameter": run(avg_fn=swa_utils.get_swa_avg_fn()),
    "ema": run(multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.8)),
    "ema by parameter": run(avg_fn=swa_utils.get_ema_avg_fn(0.8)),
    "ema with buffers": run(multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.8), use_buffers=True),
}) + "\n")
