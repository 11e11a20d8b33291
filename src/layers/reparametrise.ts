import { keep, nn, Tensor } from "../torch/index.js";

/** Takes the parameter `weight` out of a layer, so that something else can compute it. Throws when there is none. */
export function takeWeight(module: nn.AnyModule, where: string): nn.Parameter {
  const weight: unknown = Reflect.get(module, "weight");
  if (!(weight instanceof nn.Parameter)) {
    const what = Reflect.has(module, "weight") ? "one whose weight is computed already" : "one without";
    throw new TypeError(
      `${where}: expected a layer with a weight parameter, got ${what} (${module.constructor.name}).`,
    );
  }
  Reflect.deleteProperty(module, "weight");
  return weight;
}

/** Makes `weight` a plain tensor, computed anew before each call and kept until the next, as code that looks at it expects. */
export function recomputeWeight<M extends nn.AnyModule>(
  module: M,
  initial: Tensor,
  compute: (module: M) => Tensor,
): void {
  Reflect.set(module, "weight", keep(initial));
  module.registerForwardPreHook(() => {
    const previous: unknown = Reflect.get(module, "weight");
    Reflect.set(module, "weight", keep(compute(module)));
    // What autograd needs of the previous one, its graph holds.
    if (previous instanceof Tensor) previous.dispose();
  });
}
