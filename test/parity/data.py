"""What fastai's data layer makes of small inputs. Writes test/fixtures/data.json."""
import json, warnings
from pathlib import Path

warnings.filterwarnings("ignore")
import fastai, torch
import numpy as np
import pandas as pd
from fastai.data.all import *
from fastai.text.data import SortedDL
from fastai.vision.core import TensorImage, TensorMask


def ints(xs): return [int(x) for x in xs]


def splits(splitter, items):
    train, valid = splitter(items)
    return {"train": ints(train), "valid": ints(valid)}


def splitters():
    items = list(range(20))
    paths = [Path(f"d/{g}/{p}/{i}.jpg") for i, (g, p) in enumerate([("train", "a"), ("valid", "a"), ("train", "b"), ("test", "b")])]
    df = pd.DataFrame({"is_valid": [False, True, False, True], "fold": [0, 1, 2, 1]})
    return {
        "random_42": splits(RandomSplitter(seed=42), items),
        "random_7_pct_35": splits(RandomSplitter(0.35, seed=7), items),
        "random_42_n1000_head": splits(RandomSplitter(seed=42), list(range(1000)))["valid"][:20],
        "subset_3": splits(RandomSubsetSplitter(0.5, 0.25, seed=3), items),
        "train_test": splits(TrainTestSplitter(random_state=42), items),
        "train_test_part": splits(TrainTestSplitter(0.33, random_state=7, train_size=0.4), list(range(5000))[:41]),
        "train_test_even": splits(TrainTestSplitter(0.25, random_state=3, stratify=[i * i % 7 for i in range(60)]), list(range(60))),
        "end": splits(EndSplitter(0.25), items),
        "start": splits(EndSplitter(0.25, valid_last=False), items),
        "index": splits(IndexSplitter([3, 1]), items[:6]),
        "grandparent": splits(GrandparentSplitter(valid_name=("valid", "test")), paths),
        "func": splits(FuncSplitter(lambda o: o % 3 == 0), items[:7]),
        "mask": splits(MaskSplitter([True, False, True]), items[:3]),
        "col": splits(ColSplitter(), df),
        "col_on": splits(ColSplitter("fold", on=1), df),
    }


def vocabs():
    cat = Categorize()
    tls = TfmdLists(["b", "a", "c", "b"], [cat], splits=[[0, 1, 3], [2, 0]])
    multi = TfmdLists([["x", "y"], [], ["z", "x"]], [MultiCategorize(), OneHotEncode()])
    return {
        "sorted": list(CategoryMap(["b", "a", "b"])),
        "unsorted": list(CategoryMap(["b", "a", "b"], sort=False)),
        "na": list(CategoryMap(["b", "a"], add_na=True)),
        "numbers": list(CategoryMap([10, 9, 2])),
        "train_only": list(cat.vocab),
        "encoded": ints([tls[0], tls[1]]),
        "multi_vocab": list(multi.vocab),
        "multi_encoded": [o.tolist() for o in multi],
    }


def images():
    torch.manual_seed(1)
    batch = TensorImage(torch.randint(0, 256, (4, 3, 2, 2), dtype=torch.uint8))
    to_float = IntToFloatTensor()
    floats = to_float(batch)
    norm = Normalize.from_stats([0.5, 0.4, 0.3], [0.2, 0.3, 0.4], cuda=False)
    out = norm(floats)
    own = Normalize()
    own.setups(DataLoader(list(floats), bs=4, create_batch=lambda items: (TensorImage(torch.stack(items)),)))
    mask = IntToFloatTensor(div_mask=255)(TensorMask(torch.tensor([[0, 255], [254, 128]], dtype=torch.uint8)))
    return {
        "bytes": batch.tolist(), "normalized": out.tolist(), "decoded": to_float.decode(norm.decode(out)).tolist(),
        "mean": own.mean.flatten().tolist(), "std": own.std.flatten().tolist(), "mask": mask.tolist(),
    }


def loaders():
    def shape(n, bs, **kw):
        dl = DataLoader(list(range(n)), bs=bs, **kw)
        return {"n": n, "bs": bs, "dropLast": kw.get("drop_last", False), "length": len(dl), "batches": [b.tolist() for b in dl]}
    torch.manual_seed(5)
    list(DataLoader(list(range(10)), bs=4))
    after_one = torch.rand(3).tolist()
    return {"lengths": [shape(10, 4), shape(10, 5), shape(10, 4, drop_last=True)], "rand_after_one_epoch": after_one}


def urls():
    prefixes = {"GOOGLE", "MDL", "URL"}
    names = [k for k in dir(URLs) if k[0].isupper() and k not in prefixes and not k.startswith("S3") and isinstance(getattr(URLs, k), str)]
    return {k: getattr(URLs, k) for k in names}


def sorted_loader():
    """Which positions SortedDL goes through; permutations are reversals, so that they can be had elsewhere too."""
    sizes = [(i * 37) % 101 for i in range(230)]
    draw = np.random.permutation
    np.random.permutation = lambda x: np.arange(x)[::-1].copy() if isinstance(x, int) else x[::-1]
    order = lambda n, **kw: ints(SortedDL([torch.zeros(s) for s in sizes[:n]], sort_func=len, bs=2, **kw).get_idxs())
    out = {"sizes": sizes, "valid": order(230), "train": order(230, shuffle=True), "short": order(3, shuffle=True)}
    np.random.permutation = draw
    return out


def lists():
    xs = L("cat", "dog", "emu", "cat")
    rows = L(dict(a=1), dict(a=0), dict(b=2))
    class Step:
        def __init__(self, name, **kw): self.name = name; self.__dict__.update(kw)
    steps = [Step("a", order=5), Step("b"), Step("c", order=-1), Step("d")]
    return {
        "at": list(xs[[2, 0]]), "masked": list(xs[[True, False, False, True]]), "negative": list(xs[[-1, 1]]),
        "argwhere": ints(xs.argwhere(lambda o: "o" in o or "e" in o)), "val2idx": xs.val2idx(), "groups": [[k, list(v)] for k, v in xs.groupby(lambda o: o[0]).items()],
        "attrgot": list(rows.attrgot("a", 9)), "itemgot": list(L([[1, 2], [3, 4]]).itemgot(1)),
        "zip": [list(o) for o in L([[1, 2, 3], [4, 5]]).zip()], "cycled": [list(o) for o in L([[1, 2, 3], [4, 5]]).zip(cycled=True)],
        "chunked": [list(o) for o in chunked(range(7), 3)], "sorted": [o.name for o in L(steps).sorted("order")],
        "even_mults": list(map(float, even_mults(2, 8, 3))),
    }


def helpers():
    x, xp, fp = tensor([-1.0, 0.0, 0.5, 2.5, 4.0]), tensor([0.0, 1.0, 3.0]), tensor([0.0, 2.0, -2.0])
    torch.manual_seed(2)
    m = torch.randn(6, 4)
    chunks = Chunks([[0, 1, 2], [3], [], [4, 5]])
    return {
        "interp": x.interp_1d(xp, fp).tolist(), "matrix": m.tolist(), "pca": m.pca(2).tolist(),
        "chunks": {"len": int(chunks.totlen), "at": [chunks[i] for i in [0, 3, 4, -1]], "slices": [list(chunks[a:b]) for a, b in [(0, 2), (2, 5), (1, 6)]]},
        "one_hot": one_hot([0, 2], 3).tolist(), "one_hot_decode": ints(one_hot_decode(tensor([1, 0, 1, 1]))),
        "reordered": [t.tolist() for t in nested_reorder((tensor([5, 6, 7]), tensor([[1], [2], [3]])), [2, 0, 1])],
        "samples": [[o.tolist() for o in s] for s in batch_to_samples((tensor([[1, 2], [3, 4], [5, 6]]), tensor([7, 8, 9])), max_n=2)],
        "truncated": TitledStr("a b c d").truncate(2),
    }


if __name__ == "__main__":
    out = {
        "versions": {"fastai": fastai.__version__, "torch": torch.__version__},
        "splitters": splitters(), "vocabs": vocabs(), "images": images(), "loaders": loaders(),
        "urls": urls(), "sorted_loader": sorted_loader(), "lists": lists(), "helpers": helpers(),
    }
    path = Path(__file__).parent.parent / "fixtures" / "data.json"
    path.write_text(json.dumps(out, indent=1) + "\n")
