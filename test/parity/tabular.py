"""What pandas and fastai make of small tables: test/fixtures/tabular.json. Run: python test/parity/tabular.py"""
import io
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "bench" / "peers"))
import vision_all  # noqa: E402,F401  torchvision without its compiled operators
from fastai.collab import CollabDataLoaders, collab_learner  # noqa: E402
from fastai.tabular.all import *  # noqa: E402,F403

FIXTURES = Path(__file__).parents[1] / "fixtures"


def plain(value):
    """A cell as JSON has it; infinities as text, missing as null."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (float, np.floating)):
        if math.isnan(value):
            return None
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return None if value is None or value is pd.NaT else str(value)


def table(df):
    return {str(name): [plain(v) for v in df[name].tolist()] for name in df.columns}


def kinds(df):
    return {str(name): str(df[name].dtype) for name in df.columns}


def people(n, seed):
    """A table like the census sample: texts with a space in front, gaps in a number and in a text."""
    r = np.random.default_rng(seed)
    df = pd.DataFrame({
        "age": r.integers(17, 90, n), "workclass": r.choice([" Private", " State-gov", " Self-emp", " ?"], n),
        "fnlwgt": r.integers(12285, 1484705, n), "education-num": r.integers(1, 17, n).astype(float),
        "occupation": r.choice([" Sales", " Tech-support", " Craft-repair", " Exec-managerial"], n),
        "hours": r.integers(1, 99, n)})
    df.loc[r.choice(n, n // 15, replace=False), "education-num"] = np.nan
    df.loc[r.choice(n, n // 15, replace=False), "occupation"] = None
    score = df["age"] / 20 + (df["occupation"] == " Exec-managerial") * 2 + r.normal(size=n)
    df["salary"] = np.where(score > 3, ">=50k", "<50k")
    return df


DIRTY = (
    "\ufeffid,x,x,name,mixed,flag,far,gap,when,cat,y\r\n"
    '1,1.5,a,"Smith, ""J."" ",1,True,1e308,1,2020-01-31,red,0\r\n'
    '2,NA,b,"two\nlines",2,False,-1e308,,2020-02-29,green,1\r\n'
    "3,-2.25,,plain,x3,True,12.5,3,,red,0\r\n"
    "\r\n"
    "4,1e3,c,  spaced ,4,,1.7976931348623157e308,4,2021-12-31,,1\r\n"
    "5,.5,a,null,5.0,False,0.1,5,2021-03-01,blue,0\r\n"
    "6,7.,b,ünïcode,6,True,-0.0,,2021-03-02,green,1\r\n"
    "7,+8,a,'quote,7,True,5e-324,7,2021-03-03,violet,0\r\n"
    "8,0.1,a\r\n"
)


def csv_cases():
    df = pd.read_csv(io.StringIO(DIRTY.lstrip("\ufeff")))
    return {"text": DIRTY, "table": table(df), "kinds": kinds(df)}


def processed(to):
    return {"items": table(to.items), "cats": list(to.cat_names), "conts": list(to.cont_names), "split": to.split,
            "classes": {k: [plain(v) for v in c] for k, c in to.classes.items()}}


def prep_cases():
    cases = {}
    df = people(150, 1)
    text = df.to_csv(index=False)
    df = pd.read_csv(io.StringIO(text))
    splits = (list(range(0, 150, 3)) + list(range(1, 150, 3)), list(range(2, 150, 3)))

    def names():
        return dict(cat_names=["workclass", "occupation"], cont_names=["age", "fnlwgt", "education-num"])
    to = TabularPandas(df, [Categorify, FillMissing, Normalize], **names(), y_names="salary", splits=splits)
    test = df.iloc[:20].copy()
    test.loc[0, "workclass"] = "never seen"
    test.loc[1, "education-num"] = np.nan
    new = to.new(test)
    new.process()
    cases["people"] = {"text": text, "splits": splits, **processed(to), "vocab": list(to.vocab),
                       "decoded": table(to.decode_row(to.items.iloc[3]).to_frame().T),
                       "test": table(new.items[to.x_names])}
    for name, strategy in (("mode", FillStrategy.mode), ("constant", FillStrategy.constant)):
        other = TabularPandas(df, [FillMissing(strategy, add_col=name == "mode", fill_vals=dict.fromkeys(names()["cont_names"], 7)),
                                   Categorify], **names(), y_names="hours", splits=splits)
        cases[name] = processed(other)
    dirty = pd.read_csv(io.StringIO(DIRTY.lstrip("\ufeff")))
    dirty["inf"] = [1.0, 2.0, np.inf, 4.0, 5.0, 6.0, 7.0, 8.0]
    splits = ([0, 1, 2, 4, 7], [3, 5, 6])
    to = TabularPandas(dirty, [Categorify, FillMissing, Normalize], cat_names=["cat", "mixed", "flag", "id", "x.1"],
                       cont_names=["x", "gap", "inf"], y_names="y", y_block=CategoryBlock(), splits=splits)
    cases["dirty"] = {"splits": splits, **processed(to), "vocab": [plain(v) for v in to.vocab]}
    return cases


def date_cases():
    days = ["2019-12-29", "2019-12-31", "2020-01-01", "2020-02-29", "2020-03-31", "2021-01-03", "1969-07-20", None]
    df = pd.DataFrame({"saleDate": days})
    out = {"days": days, "parts": table(add_datepart(df.copy(), "saleDate"))}
    times = ["2020-06-30 23:59:58", "2020-07-01 00:00:00", "2021-04-04 05:06:07"]
    out["times"] = times
    out["timeParts"] = table(add_datepart(pd.DataFrame({"at": times}), "at", prefix="t_", drop=False, time=True).drop(columns="at"))
    events = pd.DataFrame({
        "date": pd.to_datetime(["2019-12-04", "2019-11-29", "2019-11-15", "2019-10-24", "2019-11-20", "2019-11-21", "2019-12-04"]),
        "event": [False, True, False, True, False, True, False], "base": [1, 1, 2, 2, 1, 2, 2]})
    out["events"] = table(events)
    out["elapsed"] = table(add_elapsed_times(events.copy(), ["event"], "date", "base"))
    return out


def column_cases():
    df = pd.DataFrame({"few": [1, 2, 3] * 10, "many": list(range(30)), "f": np.linspace(0, 1, 30), "b": [True, False] * 15,
                       "s": ["a", "b", "c"] * 10, "neg": [-200, 5, 100] * 10, "big": [2**40, 1, 2] * 10, "y": [0, 1] * 15})
    conts, cats = cont_cat_split(df, max_card=20, dep_var="y")
    return {"table": table(df), "conts": conts, "cats": cats, "shrink": {k: str(v) for k, v in df_shrink_dtypes(df).items()},
            "uint": {k: str(v) for k, v in df_shrink_dtypes(df, int2uint=True, skip=["f"]).items()}}


def in_order(dls):
    """The training loader without shuffling."""
    dls.train = dls.train.new(shuffle=False, drop_last=True)
    return dls


def losses(learn, epochs, lr):
    found = []

    class Note(Callback):
        def after_batch(self):
            if self.training:
                found.append(self.loss.item())
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(epochs, lr, cbs=Note())
    return found


def tabular_losses():
    text = people(400, 2).to_csv(index=False)
    df = pd.read_csv(io.StringIO(text))
    splits = (list(range(320)), list(range(320, 400)))
    to = TabularPandas(df, [Categorify, FillMissing, Normalize], ["workclass", "occupation"], ["age", "fnlwgt", "education-num"],
                       y_names="salary", splits=splits)
    torch.manual_seed(7)
    learn = tabular_learner(in_order(to.dataloaders(bs=32)), layers=[40, 20], metrics=accuracy, config=tabular_config(ps=0.0))
    init = {k: float(v.double().sum()) for k, v in learn.model.state_dict().items()}
    found = losses(learn, 10, 1e-2)
    preds, targs = learn.get_preds()
    row, clas, probs = learn.predict(df.iloc[3])
    return {"text": text, "embSzs": get_emb_sz(to), "init": init, "keys": list(init), "losses": found,
            "valid": [float(v) for v in learn.validate()], "preds": preds[:5].tolist(), "targs": targs[:5].tolist(),
            "predict": {"row": {k: plain(v) for k, v in row.items.iloc[0].items()}, "clas": int(clas), "probs": probs.tolist()}}


def ratings(n, seed):
    r = np.random.default_rng(seed)
    users, items = r.integers(1, 31, n), r.integers(1, 41, n)
    score = 3 + 0.05 * (users - 15) + 0.04 * (items - 20) + r.normal(size=n) * 0.5
    return pd.DataFrame({"userId": users, "title": [f"Film {i}" for i in items], "rating": np.clip(np.round(score * 2) / 2, 0.5, 5)})


def collab_losses():
    text = ratings(400, 3).to_csv(index=False)
    df = pd.read_csv(io.StringIO(text))
    dls = CollabDataLoaders.from_df(df, seed=42, bs=32)
    out = {"text": text, "valid": [int(i) for i in dls.valid_ds.items.index]}
    for name, kwargs in (("dot", dict(n_factors=10, y_range=(0.5, 5.5))), ("net", dict(use_nn=True, layers=[20, 10], y_range=(0.5, 5.5),
                                                                                 emb_szs={"userId": 12}))):
        torch.manual_seed(11)
        learn = collab_learner(in_order(dls), **kwargs)
        init = {k: float(v.double().sum()) for k, v in learn.model.state_dict().items()}
        out[name] = {"init": init, "losses": losses(learn, 10, 5e-3), "preds": learn.get_preds()[0][:5].flatten().tolist()}
        if name == "dot":
            learn.model.cpu()
            out[name]["bias"] = learn.model.bias(["Film 3", "Film 7"], is_item=True).tolist()
            out[name]["weight"] = learn.model.weight([5], is_item=False).tolist()
    return out


def rule():
    return {str(n): emb_sz_rule(n) for n in (1, 2, 3, 5, 7, 10, 16, 20, 25, 50, 100, 365, 1000, 10000, 39431, 39432)}


def main():
    import fastai
    data = {"versions": {"fastai": fastai.__version__, "torch": torch.__version__, "pandas": pd.__version__},
            "csv": csv_cases(), "prep": prep_cases(), "dates": date_cases(), "columns": column_cases(), "rule": rule(),
            "tabular": tabular_losses(), "collab": collab_losses()}
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    (FIXTURES / "tabular.json").write_text(text + "\n")
    print(len(text), "bytes")


main()
