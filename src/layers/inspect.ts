import type { nn } from "../torch/index.js";
import { ownTensor } from "./init.js";
import { params } from "./params.js";
import { ParameterModule } from "./wrappers.js";

/** The children of a module, and its own lone parameters each wrapped as a module. Source: LAY-22. */
export function childrenAndParameters(module: nn.AnyModule): nn.AnyModule[] {
  const children = [...module.children()];
  const inChildren = new Set(params(children));
  return [
    ...children,
    ...params(module)
      .filter((p) => !inChildren.has(p))
      .map((p) => new ParameterModule(p)),
  ];
}

/** Whether a module contains other modules. Source: LAY-22. */
export function hasChildren(module: nn.AnyModule): boolean {
  for (const _ of module.children()) return true;
  return false;
}

/** The innermost modules and the lone parameters of a model, in order. Source: LAY-22. */
export function flattenModel(module: nn.AnyModule): nn.AnyModule[] {
  return hasChildren(module) ? childrenAndParameters(module).flatMap(flattenModel) : [module];
}

/** How many channels a model's first convolution reads. Throws when there is none. Source: LAY-22, fastai `in_channels`. */
export function inChannels(module: nn.AnyModule): number {
  for (const layer of flattenModel(module)) {
    const weight = ownTensor(layer, "weight");
    if (weight?.ndim === 4) return weight.size(1);
  }
  throw new Error(
    "inChannels: expected a model with a 4-D weight, got one without. Pass the number of channels yourself.",
  );
}
