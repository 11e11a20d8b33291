/** Sizes of what a model makes, found by running it on noise. */
import { inChannels } from "../layers/index.js";
import { empty, type nn, noGrad, scope, type Tensor, ValueError } from "../torch/index.js";
import { hookOutputs } from "./hook.js";

/** A model from one tensor to one. */
type ImageModel = nn.Module<[Tensor], Tensor>;

/** What the model makes of one photo of noise, in evaluation mode, without gradients. Source: CBK-23. */
export function dummyEval(model: ImageModel, size: readonly [number, number] = [64, 64]): Tensor {
  const [parameter] = model.parameters();
  if (!parameter) throw new ValueError("dummyEval: expected a model with parameters, got one without.");
  const { device, dtype } = parameter;
  return noGrad(() =>
    scope(() => model.eval()(empty([1, inChannels(model), ...size], { device, dtype }).uniform_(-1, 1))),
  );
}

/** The shapes of what each direct part of the model makes of one photo of noise. Source: CBK-23. */
export function modelSizes(model: ImageModel, size?: readonly [number, number]): number[][] {
  using hooks = hookOutputs(model.children());
  dummyEval(model, size).dispose();
  return hooks.stored.map((out) => {
    const shape = [...(out?.shape ?? [])];
    out?.dispose();
    return shape;
  });
}

/** How many features a body gives: tries photos of 32 pixels, and twice as many until one is large enough. Source: CBK-23. */
export function numFeaturesModel(model: ImageModel): number {
  for (let size = 32; ; size *= 2) {
    try {
      return modelSizes(model, [size, size]).at(-1)?.[1] ?? 0;
    } catch (error) {
      if (size >= 2048) throw error;
    }
  }
}

/** How many numbers a module's parameters have, and whether the first of them trains. Source: CBK-23. */
export function totalParams(module: nn.AnyModule): [count: number, trains: boolean] {
  const parameters = module.parameters();
  return [parameters.reduce((sum, p) => sum + p.numel(), 0), parameters[0]?.requiresGrad ?? false];
}
