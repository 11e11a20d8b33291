import math
import subprocess
from pathlib import Path

import torch
import torch.nn.functional as F
import vision_all  # noqa: F401  torchvision without its compiled operators
from fastai.collab import CollabDataLoaders, EmbeddingDotBias, collab_learner
from fastai.tabular.all import *  # noqa: F403

ADULT = (["workclass", "education", "marital-status", "occupation", "relationship", "race"],
         ["age", "fnlwgt", "education-num"], "salary")
MILLION = (["c1", "c2", "i1"], ["f1", "f2", "f3", "f4"], "y")


def file(name):
    script = Path(__file__).parents[1] / "table-data.mjs"
    return subprocess.run(["node", script, name], check=True, capture_output=True, text=True).stdout.strip()


def splits(n):
    return list(range(int(n * 0.8))), list(range(int(n * 0.8), n))


def times(work):
    def iterate(n):
        for _ in range(n):
            work()
        return n
    return iterate


def reading(name):
    path = file(name)
    return times(lambda: pd.read_csv(path))


def table(df, roles):
    cats, conts, y = roles
    return TabularPandas(df, [Categorify, FillMissing, Normalize], list(cats), list(conts), y_names=y, splits=splits(len(df)))


def preparing(name, roles):
    df = pd.read_csv(file(name))
    return times(lambda: table(df, roles))


def epochs(learn):
    learn.remove_cbs([ProgressCallback])
    learn.logger = lambda row: None

    def iterate(n):
        count = math.ceil(n / len(learn.dls.train))
        learn.fit_one_cycle(count, 1e-3)
        return count * len(learn.dls.train)
    return iterate


def plain(model, columns, ys, loss):
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)

    def iterate(n):
        done = 0
        while done < n:
            order = torch.randperm(len(ys))
            for i in range(0, len(ys) - 63, 64):
                rows = order[i:i + 64]
                opt.zero_grad()
                loss(model(*[column[rows] for column in columns]), ys[rows]).backward()
                opt.step()
                done += 1
        return done
    return iterate


def tabular_plain():
    to = table(pd.read_csv(file("adult")), ADULT)
    train = to.train
    columns = [torch.tensor(train.cats.values).long(), torch.tensor(train.conts.values).float()]
    model = TabularModel(get_emb_sz(to), len(to.cont_names), 2, [200, 100])
    return plain(model, columns, torch.tensor(train.y.values).long(), F.cross_entropy)


def adult_learner():
    to = table(pd.read_csv(file("adult")), ADULT)
    return tabular_learner(to.dataloaders(bs=64, device="cpu"))


def ratings():
    return pd.read_csv(file("ratings"))[["userId", "movieId", "rating"]]


def collab_plain():
    dls = CollabDataLoaders.from_df(ratings(), bs=64, seed=42)
    train = dls.train_ds
    model = EmbeddingDotBias.from_classes(50, dls.classes, y_range=(0, 5.5))
    xs = torch.tensor(train.cats.values).long()
    return plain(model, [xs], torch.tensor(train.ys.values).float().flatten(), F.mse_loss)


def collab_fastai():
    dls = CollabDataLoaders.from_df(ratings(), bs=64, seed=42, device="cpu")
    return epochs(collab_learner(dls, n_factors=50, y_range=(0, 5.5)))


def predictions():
    learn = adult_learner()
    learn.remove_cbs([ProgressCallback])
    items = learn.dls.train_ds.items
    rows = items.iloc[[i % len(items) for i in range(1_000_000)]]
    to = learn.dls.train_ds.new(rows)
    dl = learn.dls.valid.new(to, shuffle=False, drop_last=False)
    return times(lambda: learn.get_preds(dl=dl))


CASES = {
    "csv.adult": lambda: reading("adult"), "csv.1m": lambda: reading("million"),
    "tabular.prep": lambda: preparing("adult", ADULT), "tabular.prep.1m": lambda: preparing("million", MILLION),
    "tabular.step": tabular_plain, "tabular.step.fastai": lambda: epochs(adult_learner()),
    "collab.step": collab_plain, "collab.step.fastai": collab_fastai, "tabular.getpreds.1m": predictions,
}
