"""Values of fastai's metrics (scikit-learn's and scipy's below them) for test/learner/metrics.

Run: python test/parity/metrics.py   (writes test/fixtures/metrics.json)
"""
import json
import math
import pathlib
import warnings
from types import SimpleNamespace

import torch

lib = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    lib.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai  # noqa: E402
import fastai.metrics as fm  # noqa: E402
import scipy  # noqa: E402
import sklearn  # noqa: E402
from fastai.learner import AvgMetric, mk_metric  # noqa: E402
from fastai.torch_core import to_detach  # noqa: E402

warnings.simplefilter("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
torch.manual_seed(3)


def rounded(t, digits=2):
    return (t * 10**digits).round() / 10**digits


def batches(pred, targ, sizes):
    out, at = [], 0
    for n in sizes:
        out.append((pred[at:at + n], targ[at:at + n]))
        at += n
    return out


n, sizes = 23, [10, 10, 3]
many = rounded(torch.randn(n, 4) * 2)
targ4 = torch.randint(0, 4, (n,))
absent = many.clone()
absent[:, 3] -= 20
two = rounded(torch.randn(n, 2))
targ2 = (two[:, 1] + torch.randn(n) > 0).long()
labels = rounded(torch.randn(n, 5))
on = (labels + torch.randn(n, 5) * 1.5 > 0).long()
gap = on.clone()
gap[:, 2] = 0
gap[4] = 0
pale = labels.clone()
pale[:, 1] = -3
pale[7] = -3
values = rounded(torch.randn(n))
near = rounded(values * 0.8 + torch.randn(n) * 0.4)
mask_pred = rounded(torch.randn(3, 3, 4, 4))
mask = torch.randint(0, 2, (3, 4, 4))
mask3 = torch.randint(0, 3, (3, 4, 4))
words = rounded(torch.randn(4, 9, 6))
words_targ = torch.where(torch.rand(4, 9) < 0.7, words.argmax(-1), torch.randint(0, 6, (4, 9)))

SETS = {
    "four": batches(many, targ4, sizes),
    "ties": batches(many.round(), targ4, sizes),
    "absent": batches(absent, targ4.clamp(max=2), sizes),
    "missing": batches(many, targ4.clamp(max=2), sizes),
    "two": batches(two, targ2, sizes),
    "twoTies": batches(two.round(), targ2, sizes),
    "ones": batches(two, torch.ones(n, dtype=torch.long), sizes),
    "allOnes": batches(torch.tensor([[0.0, 1.0]]).expand(n, 2).contiguous(), torch.ones(n, dtype=torch.long), sizes),
    "zeros": batches(torch.tensor([[1.0, 0.0]]).expand(n, 2).contiguous(), torch.zeros(n, dtype=torch.long), sizes),
    "labels": batches(labels, on, sizes),
    "labelTies": batches(labels.round(), on, sizes),
    "gaps": batches(pale, gap, sizes),
    "near": batches(near, values, sizes),
    "column": batches(near[:, None], values, sizes),
    "exact": batches(values, values, sizes),
    "flat": batches(near, torch.full((n,), 0.5), sizes),
    "flatExact": batches(torch.full((n,), 0.5), torch.full((n,), 0.5), sizes),
    "far": batches(near.double() + 1e5, values.double() + 1e5, sizes),
    "rankTies": batches(near.round(), values.round(), sizes),
    "positive": batches(near.abs(), values.abs() + 0.1, sizes),
    "mask": batches(mask_pred[:, :2], mask, [2, 1]),
    "mask3": batches(mask_pred, mask3, [2, 1]),
    "mask3gap": batches(mask_pred - torch.tensor([0.0, 0, 20]).view(1, 3, 1, 1), mask, [2, 1]),
    "background": batches(torch.stack([torch.ones(3, 4, 4), torch.zeros(3, 4, 4)], 1), torch.zeros(3, 4, 4).long(), [2, 1]),
    "words": batches(words, words_targ, [3, 1]),
}

averaged = [{"average": a} for a in ("micro", "macro", "weighted")]
CASES = []


def case(name, sets, options=({},), args=()):
    for s in sets:
        for o in options:
            CASES.append((name, args, o, s))


FOUR, TWO = ["four", "ties", "absent", "missing"], ["two", "twoTies", "ones", "allOnes", "zeros"]
for m, args in [("Precision", ()), ("Recall", ()), ("F1Score", ()), ("FBeta", (2,)), ("FBeta", (0.5,)), ("Jaccard", ())]:
    case(m, FOUR, [*averaged, {"average": "macro", "labels": [0, 3]}], args)
    case(m, TWO, [{}, {"average": "macro"}], args)
    case(m, ["two"], [{"pos_label": 0}], args)
case("BalancedAccuracy", FOUR + TWO, [{}, {"adjusted": True}])
case("CohenKappa", FOUR + TWO, [{}, {"weights": "linear"}, {"weights": "quadratic"}])
case("CohenKappa", ["four"], [{"labels": [0, 1, 2]}])
case("MatthewsCorrCoef", FOUR + TWO)
case("HammingLoss", FOUR + TWO)
case("BrierScore", ["two", "twoTies"], [{}, {"pos_label": 1}])
case("RocAuc", ["four", "ties"], [{"average": a, "multi_class": "ovr"} for a in ("macro", "weighted", "micro")])
case("RocAuc", ["four", "ties"], [{"average": a, "multi_class": "ovo"} for a in ("macro", "weighted")])
case("RocAucBinary", TWO, [{}, {"max_fpr": 0.3}, {"max_fpr": 0.05}])
case("APScoreBinary", TWO, [{}])
case("APScoreBinary", ["two"], [{"pos_label": 0}])
MULTI = ["labels", "labelTies", "gaps"]
multi_averages = [*averaged, {"average": "samples"}]
for m, args in [("PrecisionMulti", ()), ("RecallMulti", ()), ("F1ScoreMulti", ()), ("FBetaMulti", (2,)), ("JaccardMulti", ())]:
    case(m, MULTI, multi_averages, args)
    case(m, ["labels"], [{"thresh": 0.3, "sigmoid": False}, {"labels": [1, 3]}], args)
case("HammingLossMulti", MULTI, [{}, {"thresh": 0.2}])
case("APScoreMulti", MULTI, multi_averages)
case("RocAucMulti", ["labels", "labelTies"], [*multi_averages[:3], {"max_fpr": 0.4}])
for m in ("accuracy", "error_rate"):
    case(m, FOUR + TWO)
case("accuracy", ["mask"], [{"axis": 1}])
case("top_k_accuracy", ["four", "absent"], [{"k": 2}, {"k": 3}])
case("accuracy_multi", MULTI, [{}, {"thresh": 0.3, "sigmoid": False}])
for m in ("mse", "mae", "rmse", "ExplainedVariance", "R2Score", "PearsonCorrCoef", "SpearmanCorrCoef"):
    case(m, ["near", "column", "exact", "flat", "flatExact", "rankTies"])
for m in ("msle", "exp_rmspe"):
    case(m, ["positive"])
case("foreground_acc", ["mask", "mask3", "background"], [{}, {"bkg_idx": 1}])
for m in ("Dice", "JaccardCoeff"):
    case(m, ["mask", "background"])
for m in ("DiceMulti", "JaccardCoeffMulti"):
    case(m, ["mask", "mask3", "mask3gap"])
case("CorpusBLEUMetric", ["words"])


def make(name, args, options):
    made = getattr(fm, name)
    if name in ("rmse", "exp_rmspe"): return made
    if name[0].islower():
        metric = AvgMetric(lambda p, t: made(p, t, **options))
        return metric
    return made(*args, **options)


def run(name, args, options, which):
    metric = make(name, args, options)
    metric.reset()
    for pred, targ in SETS[which]:
        learn = SimpleNamespace(pred=pred, y=targ, yb=(targ,), training=False, to_detach=to_detach)
        metric.accumulate(learn)
    return float(metric.value) if metric.value is not None else None


def camel(s):
    head, *rest = s.split("_")
    return head + "".join(w.capitalize() for w in rest)


def number(x):
    return x if x is None or math.isfinite(x) else "NaN" if math.isnan(x) else "-Infinity" if x < 0 else "Infinity"


cases = []
for name, args, options, which in CASES:
    out = {"name": name if name[0].isupper() else camel(name), "args": list(args),
           "options": {camel(k): v for k, v in options.items()}, "set": which}
    try:
        out["value"] = number(run(name, args, options, which))
    except Exception as error:
        out["error"] = f"{type(error).__name__}: {error}"[:100]
    cases.append(out)

names = {}
for name in dir(fm):
    if name in ("AccumMetric", "LossMetric", "LossMetrics", "CorpusBLEUMetric", "Perplexity") or name not in fm.__all__: continue
    made = getattr(fm, name)
    if isinstance(made, fm.Metric): names[camel(name)] = made.name
    elif name[0].isupper():
        try: names[name] = mk_metric(made(2) if name.startswith("FBeta") else made()).name
        except Exception: pass
    elif name not in ("skm_to_fastai", "optim_metric"): names[camel(name)] = made.__name__

sets = {k: [{"pred": p.tolist(), "targ": t.tolist()} for p, t in v] for k, v in SETS.items()}
sets = {k: [{"pred": [*b["pred"]], "targ": b["targ"]} for b in v] for k, v in sets.items()}


def tidy(o):
    if isinstance(o, float): return float(f"{o:.9g}")
    if isinstance(o, dict): return {k: tidy(v) for k, v in o.items()}
    if isinstance(o, list): return [tidy(v) for v in o]
    return o


versions = {m.__name__: m.__version__ for m in (fastai, sklearn, scipy, torch)}
integers = [k for k, v in SETS.items() if not v[0][1].is_floating_point()]
data = {"versions": versions, "names": names, "integers": integers, "cases": cases, "sets": sets}
(FIXTURES / "metrics.json").write_text(json.dumps(tidy(data)) + "\n")
for c in cases:
    if "error" in c or c.get("value") == "NaN": print(c)
