import torch
from networks import small_mlp


def with_gradients(model):
    parameters = list(model.parameters())
    for p in parameters:
        p.grad = torch.randn_like(p) * 1e-3
    return parameters


def large():
    from vision_all import xresnet50
    return with_gradients(xresnet50(n_out=10))


def steps(make):
    def prepare():
        opt = make()

        def iterate(n):
            for _ in range(n):
                opt.step()
            return n
        return iterate
    return prepare


def fastai_optimizer(name):
    def make():
        import vision_all
        return getattr(vision_all, name)(large(), lr=1e-3)
    return make


CASES = {
    "optim.adamw.mlp": steps(lambda: torch.optim.AdamW(with_gradients(small_mlp()), lr=1e-3, fused=True)),
    "optim.adamw.xresnet50": steps(lambda: torch.optim.AdamW(large(), lr=1e-3, fused=True)),
    "optim.adam.xresnet50": steps(fastai_optimizer("Adam")),
    "optim.lamb.xresnet50": steps(fastai_optimizer("Lamb")),
    "optim.ranger.xresnet50": steps(fastai_optimizer("ranger")),
}
