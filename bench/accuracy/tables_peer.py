"""Trains the comparison runs on tables with Python's fastai, and a gradient-boosting baseline for the bicycles:
python tables_peer.py DATA OUT.json [run ...]. `tables.ts` does the same in TypeScript, on the same rows. OUT.json keeps what
it has of other runs.
"""

import json
import sys
from pathlib import Path

import torch

library = torch.library.Library("torchvision", "DEF")  # lets torchvision load beside a CPU build of torch
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import fastai  # noqa: E402
from fastai.collab import CollabDataLoaders, collab_learner  # noqa: E402
from fastai.tabular.all import *  # noqa: E402,F403
from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: E402

data, out, wanted = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]


def adult(epochs, seed):
    df = pd.read_csv(data / "adult_sample/adult.csv", skipinitialspace=True)
    cats = ["workclass", "education", "marital-status", "occupation", "relationship", "race"]
    splits = RandomSplitter(seed=seed)(range_of(df))
    to = TabularPandas(df, [Categorify, FillMissing, Normalize], cats, ["age", "fnlwgt", "education-num"], y_names="salary", splits=splits)
    learn = tabular_learner(to.dataloaders(bs=64), metrics=accuracy)
    learn.fit_one_cycle(epochs)
    return learn.final_record[-1]


def ratings(seed):
    dls = CollabDataLoaders.from_csv(data / "movie_lens_sample/ratings.csv", seed=seed)
    learn = collab_learner(dls, n_factors=50, y_range=(0, 5.5))
    learn.fine_tune(6)
    return learn.final_record[-1]


def days():
    df = pd.read_csv(data / "bike_day/day.csv").drop(columns=["instant", "casual", "registered", "atemp"])
    return add_datepart(df, "dteday", prefix="")


def bicycles(seed):
    df = days()
    conts, cats = cont_cat_split(df, max_card=31, dep_var="cnt")
    cut = int(len(df) * 0.8)
    splits = (list(range(cut)), list(range(cut, len(df))))
    to = TabularPandas(df, [Categorify, Normalize], cats, conts, y_names="cnt", y_block=RegressionBlock(), splits=splits)
    learn = tabular_learner(to.dataloaders(bs=32), layers=[100, 50], y_range=(0, 10_000), config=tabular_config(ps=0.1), metrics=mae)
    learn.fit_one_cycle(30, 5e-3)
    return learn.final_record[-1]


def bicycles_trees(seed):
    df = days()
    target = df.pop("cnt")
    cut = int(len(df) * 0.8)
    trees = HistGradientBoostingRegressor(random_state=seed).fit(df[:cut], target[:cut])
    return float((trees.predict(df[cut:]) - target[cut:]).abs().mean())


def bicycles_mean(seed):
    target = days()["cnt"]
    cut = int(len(target) * 0.8)
    return float((target[cut:] - target[:cut].mean()).abs().mean())


runs = {f"adult {epochs}": partial(adult, epochs) for epochs in (1, 2, 3)}
runs |= {"ratings": ratings, "bicycles": bicycles, "bicycles, trees": bicycles_trees, "bicycles, mean": bicycles_mean}
results = json.loads(out.read_text())["results"] if out.exists() else []
for run, train in runs.items():
    if wanted and run not in wanted:
        continue
    results = [other for other in results if other["run"] != run]
    for seed in (1, 2, 3):
        torch.manual_seed(seed)
        results.append(dict(run=run, seed=seed, value=train(seed=seed)))
        out.write_text(json.dumps(dict(peer=f"fastai {fastai.__version__}, torch {torch.__version__}", results=results), indent=1) + "\n")
