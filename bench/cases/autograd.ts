import { randn } from "fastai-ts/torch";
import { inScopes, type Prepare } from "./iterate.js";

/** The smallest forward and backward. */
export const autograd: Record<string, Prepare> = {
  "autograd.small": () => {
    const p = randn([4, 4], { requiresGrad: true });
    return inScopes(() => p.mul(p).sum().backward());
  },
};
