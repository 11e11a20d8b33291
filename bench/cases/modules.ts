import { nn, randn } from "fastai-ts/torch";
import { inScopes, type Prepare } from "./iterate.js";

/** Module calls on 4x4 tensors. */
export const modules: Record<string, Prepare> = {
  "nn.linear": () => {
    const [layer, x] = [new nn.Linear(4, 4), randn([4, 4])];
    return inScopes(() => layer(x));
  },
  "nn.relu": () => {
    const [layer, x] = [new nn.ReLU(), randn([4, 4])];
    return inScopes(() => layer(x));
  },
  "nn.batchnorm1d": () => {
    const [layer, x] = [new nn.BatchNorm1d(4), randn([4, 4])];
    return inScopes(() => layer(x));
  },
};
