import os
import resource

import torch
import torch.nn.functional as F
from vision_all import xresnet18

STEPS = 10

torch.manual_seed(42)
model = xresnet18(n_out=10)
opt = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
x, y = torch.randn(16, 3, 128, 128), torch.randint(0, 10, (16,))
for _ in range(STEPS):
    opt.zero_grad()
    F.cross_entropy(model(x), y).backward()
    opt.step()
os.write(3, f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n".encode())
