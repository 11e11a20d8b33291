import { nn } from "../torch/index.js";

/** The classes whose parameters are never decayed and stay trainable when frozen. Source: TOR-9, fastai `norm_types`. */
export const normTypes = [
  nn.BatchNorm1d,
  nn.BatchNorm2d,
  nn.BatchNorm3d,
  nn.InstanceNorm1d,
  nn.InstanceNorm2d,
  nn.InstanceNorm3d,
  nn.LayerNorm,
] as const;

/** Whether a module is a batch, instance or layer normalisation. Source: TOR-9. */
export function isNorm(module: nn.AnyModule): boolean {
  return normTypes.some((cls) => module instanceof cls);
}

/** All parameters of one module, or of several in turn. Source: TOR-9, fastai `params`. */
export function params(module: nn.AnyModule | readonly nn.AnyModule[]): nn.Parameter[] {
  return Array.isArray(module)
    ? module.flatMap((m: nn.AnyModule) => [...m.parameters()])
    : [...(module as nn.AnyModule).parameters()];
}

/** The parameters that learn. Source: TOR-9, fastai `trainable_params`. */
export function trainableParams(module: nn.AnyModule): nn.Parameter[] {
  return params(module).filter((p) => p.requiresGrad);
}

/** Whether the first parameter learns; false for a module without any. Source: TOR-9, fastai `requires_grad`. */
export function requiresGrad(module: nn.AnyModule): boolean {
  return params(module)[0]?.requiresGrad ?? false;
}

/**
 * The parameters of normalisation layers and every attribute called `bias`, which weight decay leaves alone by default.
 * Parameters of other names are not among them, so an LSTM's `bias_ih_l0` decays.
 *
 * Source: TOR-9, fastai `norm_bias_params`.
 */
export function normBiasParams(module: nn.AnyModule, { withBias = true }: { withBias?: boolean } = {}): nn.Parameter[] {
  if (isNorm(module)) return params(module);
  const found = [...module.children()].flatMap((child) => normBiasParams(child, { withBias }));
  const bias: unknown = withBias ? Reflect.get(module, "bias") : null;
  return bias instanceof nn.Parameter ? [...found, bias] : found;
}
