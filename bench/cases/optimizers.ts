import { Adam, Lamb, ranger } from "fastai-ts";
import { noGrad, optim, randn, type Tensor } from "fastai-ts/torch";
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

async function large(): Promise<Tensor[]> {
  const { xresnet50 } = await import("fastai-ts/vision");
  return withGradients(xresnet50({ nOut: 10 }).parameters());
}

/** One optimizer step for all parameters of a model. */
export const optimizers: Record<string, Prepare> = {
  "optim.adamw.mlp": () => steps(new optim.AdamW(withGradients(smallMlp().parameters()), { lr: 1e-3 })),
  "optim.adamw.xresnet50": async () => steps(new optim.AdamW(await large(), { lr: 1e-3 })),
  "optim.adam.xresnet50": async () => steps(Adam(await large(), { lr: 1e-3 })),
  "optim.lamb.xresnet50": async () => steps(Lamb(await large(), { lr: 1e-3 })),
  "optim.ranger.xresnet50": async () => steps(ranger(await large(), { lr: 1e-3 })),
};
