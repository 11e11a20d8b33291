import type { InitFunc } from "../../layers/index.js";
import { nn, noGrad } from "../../torch/index.js";

/** How a network's layers begin; biases of the layers that a rule is for begin at 0. */
export interface InitRules {
  conv?: InitFunc;
  linear?: InitFunc;
}

/** Fills weights of convolutions and linear layers in the order of the modules, as torchvision does, so that seeds agree. */
export function initModules(model: nn.AnyModule, { conv, linear }: InitRules): void {
  noGrad(() => {
    for (const module of model.modules()) {
      const rule = module instanceof nn.Conv2d ? conv : module instanceof nn.Linear ? linear : undefined;
      if (!rule) continue;
      const { weight, bias } = module as nn.Conv2d | nn.Linear; // only these have a rule
      rule(weight);
      bias?.fill_(0);
    }
  });
}

/** Normal, with the variance that keeps gradients: for convolutions before ReLU. Source: He et al. 2015. */
export const kaimingOut: InitFunc = (weight) =>
  nn.init.kaimingNormal_(weight, { mode: "fan_out", nonlinearity: "relu" });
