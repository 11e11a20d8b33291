import os

import torch

torch.ones(2) + 1
os.write(3, b"0\n")
