"""Opens the file that test/parity/save-pth.ts wrote, as careful Python code does, and compares what is in it.

Run: npx tsx test/parity/save-pth.ts FILE && python test/parity/save_pth.py FILE
"""
import sys
import zipfile

import torch

path = sys.argv[1]
assert zipfile.ZipFile(path).testzip() is None
for mmap in False, True:
    got = torch.load(path, weights_only=True, mmap=mmap)
    for name, tensor in got["typed"].items():
        assert str(tensor.dtype) == f"torch.{name}", (name, tensor.dtype)
        plain = tensor.float() if name.startswith("float8") else tensor
        assert [complex(x) for x in plain.tolist()] == [0, 1, name == "bool" or 3], (name, tensor)
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    net.load_state_dict(got["net"])
    assert net[0].weight.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert net[1].num_batches_tracked.dtype == torch.int64 and net[1].num_batches_tracked.shape == ()
    assert got["transposed"].tolist() == [[0, 3], [1, 4], [2, 5]] and got["scalar"].item() == 3.5
    assert got["plain"] == {"epoch": 3, "lr": 1e-3, "big": 2**70, "negative": -129, "text": "grün", "none": None,
                            "flags": [True, False]}
    assert got["bytes"] == bytes([0, 128, 255])
print(f"torch {torch.__version__} reads {path} with weights_only, mapped or not")
