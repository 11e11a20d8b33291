"""Opens the files that test/parity/files-written.ts wrote, as careful Python code does, and goes on from them.

Run: npx tsx --tsconfig tsconfig.check.json test/parity/files-written.ts FOLDER && python test/parity/files_written.py FOLDER
"""
import json
import pathlib
import sys
import warnings
import zipfile

import numpy as np
import torch

warnings.simplefilter("ignore")
sys.path.append(str(pathlib.Path(__file__).parent))
folder = pathlib.Path(sys.argv[1])
fixtures = pathlib.Path(__file__).parent.parent / "fixtures"
files = json.loads((fixtures / "files.json").read_text())
cases = json.loads((fixtures / "torch-optim.json").read_text())["cases"]


def load(name):
    return torch.load(folder / name, weights_only=True)


def close(a, b, **tolerance):
    torch.testing.assert_close(torch.as_tensor(a).double(), torch.as_tensor(b).double(), **tolerance)


special = load("special.pth")
for name, t in special["quantized"].items():
    want = files["quantized"][name]
    assert str(t.dtype) == f"torch.{want['dtype']}" and list(t.shape) == want["shape"], name
    close(t.dequantize(), want["values"])
for name, t in special["sparse"].items():
    assert str(t.layout) == f"torch.{files['sparse'][name]['layout']}"
    close(t.to_dense(), files["sparse"][name]["values"])

assert zipfile.ZipFile(folder / "wide.pth").testzip() is None
for mmap in False, True:
    wide = torch.load(folder / "wide.pth", weights_only=True, mmap=mmap)
    assert wide["big"].tolist() == list(range(6)) and wide["name"] == "grün"

assert load("set.pth") == {"set": {1, "a"}}

for name in "plain.npz", "packed.npz":
    arrays = np.load(folder / name, allow_pickle=False)
    for key in arrays.files:
        if key == "transposed":
            assert arrays[key].tolist() == [[0, 3], [1, 4], [2, 5]]
            continue
        assert str(arrays[key].dtype) == key, (name, key, arrays[key].dtype)
        assert arrays[key].tolist() == np.arange(6).reshape(2, 3).astype(key).tolist(), (name, key)
assert np.load(folder / "scalar.npy") == 3.5

import optim as parity  # noqa: E402  (writes its fixture again, the same)

for label, case in cases.items():
    got = load(f"{label}.pth")
    params = [torch.nn.Parameter(p) for p in got["before"]]
    half = len(params) // 2
    options = parity.CASES[label][1]
    groups = params if case["kind"] == "closure" else [{"params": params[:half]}, {"params": params[half:]}]
    opt = getattr(torch.optim, case["class"])(groups, **options)
    opt.load_state_dict(got["state"])
    for step in range(7, 15):
        if case["kind"] == "closure":
            opt.step(lambda: parity.closure(opt, params))
        else:
            (parity.sparse_grads if case["kind"] == "sparse" else parity.dense_grads)(params, step)
            opt.step()
    for p, want in zip(params, got["after"], strict=True):
        close(p.detach(), want, rtol=1e-5, atol=1e-8)

states = load("schedules.pth")
made = [{"params": [torch.nn.Parameter(torch.ones(1))]}, {"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.03}]
opt = torch.optim.SGD(made, lr=0.1, momentum=0.9)
lrs = torch.optim.lr_scheduler
schedules = {
    "MultiStepLR": lrs.MultiStepLR(opt, [2, 5]), "CyclicLR": lrs.CyclicLR(opt, 0.1, 0.2, step_size_up=4),
    "OneCycleLR": lrs.OneCycleLR(opt, 0.2, total_steps=20), "ReduceLROnPlateau": lrs.ReduceLROnPlateau(opt, patience=1),
    "ChainedScheduler": lrs.ChainedScheduler([lrs.CosineAnnealingLR(opt, 9)]),
}
opt.load_state_dict(states["optimizer"])
for name, schedule in schedules.items():
    names = set(states[name]) | {"optimizer"}
    schedule.load_state_dict(states[name])
    assert schedule.get_last_lr() == states[name]["_last_lr"], name
    assert set(schedule.state_dict()) <= names, set(schedule.state_dict()) - names
    schedule.step(1) if name == "ReduceLROnPlateau" else schedule.step()
print(f"torch {torch.__version__} and numpy {np.__version__} read {len(list(folder.iterdir()))} files")
