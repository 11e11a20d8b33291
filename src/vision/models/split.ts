import { params } from "../../layers/index.js";
import type { nn } from "../../torch/index.js";

/** Divides a model's parameters into groups that may have their own hyper-parameters, input side first. */
export type Splitter = (model: nn.AnyModule) => nn.Parameter[][];

/** Two groups: the body, and what follows. Source: VLN-5, fastai `default_split`. */
export const defaultSplit: Splitter = (model) => {
  const [body, ...head] = model.children();
  return [body ? params(body) : [], params(head)];
};

/** Three groups: the first `n` parts of the body, the rest of it, and what follows. Source: VLN-5. */
export function splitBodyAt(n: number): Splitter {
  return splitPartsAt(n, (body) => body);
}

/** As `splitBodyAt`, of a body that wraps its parts in one module. Source: VLN-5. */
export function splitInnerAt(n: number): Splitter {
  return splitPartsAt(n, (body) => body?.children()[0]);
}

function splitPartsAt(n: number, holder: (body: nn.AnyModule | undefined) => nn.AnyModule | undefined): Splitter {
  return (model) => {
    const [body, ...head] = model.children();
    const parts = holder(body)?.children() ?? [];
    return [params(parts.slice(0, n)), params(parts.slice(n)), params(head)];
  };
}
