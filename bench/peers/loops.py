import math

import torch
import torch.nn.functional as F
from networks import batches, conv5, small_mlp

MLP_BATCHES = 200
CONV_BATCHES = 50


def plain(model, data):
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)

    def iterate(n):
        for i in range(n):
            x, y = data[i % len(data)]
            opt.zero_grad()
            F.cross_entropy(model(x), y).backward()
            opt.step()
        return n
    return iterate


def learner(model, train, valid):
    from vision_all import CrossEntropyLossFlat, DataLoaders, Learner
    learn = Learner(DataLoaders(train, valid), model, loss_func=CrossEntropyLossFlat())

    def iterate(n):
        epochs = math.ceil(n / len(train))
        learn.fit_one_cycle(epochs, 1e-3)
        return epochs * len(train)
    return iterate


def mlp_data(count):
    return batches(count, (32,), 2)


def conv_data(count):
    return batches(count, (1, 28, 28), 10)


def mlp_plain():
    return plain(small_mlp(), mlp_data(MLP_BATCHES))


def mlp_learner():
    return learner(small_mlp(), mlp_data(MLP_BATCHES), mlp_data(1))


def conv_plain():
    return plain(conv5(), conv_data(CONV_BATCHES))


def conv_learner():
    return learner(conv5(), conv_data(CONV_BATCHES), conv_data(1))


CASES = {
    "loop.mlp.torch": mlp_plain, "loop.mlp.learner": mlp_plain, "loop.mlp.learner.fastai": mlp_learner,
    "loop.conv5.learner": conv_plain, "loop.conv5.learner.fastai": conv_learner,
}
