/** A case: the same work on both sides. */
export interface Case {
  id: string;
  /** What one figure counts. Times are for one operation, step or image. */
  unit: "ns" | "us" | "ms" | "s" | "MB";
  threads: number;
  ours: string;
  peer: string;
  /** The ratio ours / peer to reach. */
  target: number;
  /** A fresh process for every figure: for start-up times and peak memory. */
  process?: boolean;
  /** Each side has one core for all its threads. */
  core?: boolean;
}

const op = (id: string, ours: string, peer: string, target: number): Case => {
  return { id, unit: "ns", threads: 1, ours, peer, target };
};

/** Every case, in the order of the report. */
export const CASES: Case[] = [
  op("op.add", "x.add(y), 4x4", "x + y", 0.7),
  op("op.view", "x.view(-1)", "x.view(-1)", 0.9),
  op("op.at", "x.at(1)", "x[1]", 0.9),
  op("op.sum", "x.sum()", "x.sum()", 0.75),
  op("op.item", "x.at(0, 0).item()", "x[0, 0].item()", 0.6),
  op("op.linear", "nn.functional.linear", "F.linear", 0.8),
  op("nn.linear", "nn.Linear call, 4x4", "nn.Linear call", 0.5),
  op("nn.relu", "nn.ReLU call, 4x4", "nn.ReLU call", 0.5),
  op("nn.batchnorm1d", "nn.BatchNorm1d call, training", "nn.BatchNorm1d call", 0.4),
  op("autograd.small", "p.mul(p).sum().backward()", "(p * p).sum().backward()", 0.9),
  step("optim.adamw.mlp", "us", "AdamW step, small MLP", "torch AdamW(fused=True)", 1),
  step("optim.adamw.xresnet50", "ms", "AdamW step, xresnet50", "torch AdamW(fused=True)", 1),
  step("optim.adam.xresnet50", "ms", "Adam of steppers, xresnet50", "fastai Adam", 0.2),
  step("optim.lamb.xresnet50", "ms", "Lamb of steppers, xresnet50", "fastai Lamb", 0.3),
  step("optim.ranger.xresnet50", "ms", "ranger of steppers, xresnet50", "fastai ranger", 0.3),
  step("loop.mlp.torch", "us", "own loop, AdamW, MLP, bs 64", "PyTorch loop, AdamW(fused=True)", 0.65),
  step("loop.mlp.learner", "us", "fitOneCycle, MLP, bs 64", "PyTorch loop, AdamW(fused=True)", 0.7),
  step("loop.mlp.learner.fastai", "us", "fitOneCycle, MLP, bs 64", "fastai fit_one_cycle", 0.25),
  step("loop.conv5.learner", "ms", "fitOneCycle, 5-conv net, 28x28, bs 64", "PyTorch loop, AdamW(fused=True)", 0.95),
  step("loop.conv5.learner.fastai", "ms", "fitOneCycle, 5-conv net, 28x28, bs 64", "fastai fit_one_cycle", 0.65),
  step("train.xresnet18", "ms", "step, 16x3x128x128, channels last", "PyTorch step", 0.97),
  { ...step("memory.xresnet18", "MB", "peak memory of 10 such steps", "PyTorch", 1.02), process: true },
  step("infer.xresnet18", "ms", "16x3x224x224, inference mode, channels last", "PyTorch", 0.97),
  { ...step("import.torch", "s", "fastai-ts/torch and a first op", "import torch", 0.35), process: true },
  {
    ...step("import.vision", "s", "fastai-ts/vision and a first op", "from fastai.vision.all import *", 0.15),
    process: true,
  },
  { ...step("image.decode", "us", "224x224 JPEG to bytes, one core", "Pillow", 0.8), threads: 1, core: true },
  {
    ...step("image.decode.resize", "us", "1200x800 JPEG to 128x128, one core", "Pillow", 0.75),
    threads: 1,
    core: true,
  },
  step("loader.photos", "us", "800 JPEG, Resize 160, augmentation to 128, bs 64", "fastai, no workers", 0.25),
  step("augment.batch", "ms", "uint8 64x3x160x160 to normalised 128x128", "fastai's batch transforms", 0.2),
  step("csv.adult", "ms", "readCsv, Adult", "pandas.read_csv", 1),
  step("csv.1m", "ms", "readCsv, 1 M rows x 10", "pandas.read_csv", 1),
  step("tabular.prep", "ms", "TabularPandas, 3 procs, Adult", "fastai TabularPandas", 0.5),
  step("tabular.prep.1m", "ms", "TabularPandas, 3 procs, 1 M rows", "fastai TabularPandas", 0.5),
  step("tabular.step", "us", "fitOneCycle, Adult, bs 64", "PyTorch loop, AdamW(fused=True)", 0.75),
  step("tabular.step.fastai", "us", "fitOneCycle, Adult, bs 64", "fastai fit_one_cycle", 0.15),
  step("collab.step", "us", "fitOneCycle, MovieLens, 50 factors, bs 64", "PyTorch loop, AdamW(fused=True)", 0.85),
  step("collab.step.fastai", "us", "fitOneCycle, MovieLens, 50 factors, bs 64", "fastai fit_one_cycle", 0.07),
  step("tabular.getpreds.1m", "ms", "getPreds, 1 M rows, bs 64", "fastai get_preds", 0.1),
];

function step(id: string, unit: Case["unit"], ours: string, peer: string, target: number): Case {
  return { id, unit, threads: 2, ours, peer, target };
}
