import { nn, randn } from "fastai-ts/torch";
import { inScopes, type Prepare } from "./iterate.js";

const square = () => randn([4, 4]);

/** Single operators on 4x4 tensors: what a call costs. */
export const operators: Record<string, Prepare> = {
  "op.add": () => {
    const [x, y] = [square(), square()];
    return inScopes(() => x.add(y));
  },
  "op.view": () => {
    const x = square();
    return inScopes(() => x.view(-1));
  },
  "op.at": () => {
    const x = square();
    return inScopes(() => x.at(1));
  },
  "op.sum": () => {
    const x = square();
    return inScopes(() => x.sum());
  },
  "op.item": () => {
    const x = square();
    return inScopes(() => x.at(0, 0).item());
  },
  "op.linear": () => {
    const [x, weight, bias] = [square(), square(), randn([4])];
    return inScopes(() => nn.functional.linear(x, weight, bias));
  },
};
