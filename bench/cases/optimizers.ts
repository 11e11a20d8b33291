import { Adam, Lamb, ranger } from "fastai-ts";
import { noGrad, optim, randn, type Tensor } from "fastai-ts/torch";
import { xresnet50 } from "fastai-ts/vision";
import type { Iterate, Prepare } from "./iterate.js";
import { smallMlp } from "./networks.js";

/** The parameters of a model, each with a gradient. */
function withGradients(parameters: Iterable<Tensor>): Tensor[] {
  const list = [...parameters];
  noGrad(() => {
    for (const p of list) p.grad = randn(p.shape).mul_(1e-3);
  });
  return list;
}

function steps(opt: { step(): unknown }): Iterate {
  return (n) => {
    for (let i = 0; i < n; i++) opt.step();
    return n;
  };
}

const large = () => withGradients(xresnet50({ nOut: 10 }).parameters());

/** One optimizer step for all parameters of a model. */
export const optimizers: Record<string, Prepare> = {
  "optim.adamw.mlp": () => steps(new optim.AdamW(withGradients(smallMlp().parameters()), { lr: 1e-3, fused: true })),
  "optim.adamw.xresnet50": () => steps(new optim.AdamW(large(), { lr: 1e-3, fused: true })),
  "optim.adam.xresnet50": () => steps(Adam(large(), { lr: 1e-3 })),
  "optim.lamb.xresnet50": () => steps(Lamb(large(), { lr: 1e-3 })),
  "optim.ranger.xresnet50": () => steps(ranger(large(), { lr: 1e-3 })),
};
