import torch
import torch.nn.functional as F


def train():
    from vision_all import xresnet18
    torch.manual_seed(42)
    model = xresnet18(n_out=10)
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    x, y = torch.randn(16, 3, 128, 128), torch.randint(0, 10, (16,))

    def iterate(n):
        for _ in range(n):
            opt.zero_grad()
            F.cross_entropy(model(x), y).backward()
            opt.step()
        return n
    return iterate


def infer():
    from vision_all import xresnet18
    torch.manual_seed(42)
    model = xresnet18(n_out=10).eval()
    x = torch.randn(16, 3, 224, 224)

    def iterate(n):
        with torch.inference_mode():
            for _ in range(n):
                model(x)
        return n
    return iterate


CASES = {"train.xresnet18": train, "infer.xresnet18": infer}
