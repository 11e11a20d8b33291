/** Transforms as data: what an exported learner writes down of a pipeline. */
import * as z from "zod";
import { fromSpec, hasSpec, register, type Spec, toSpec } from "../torch/registry.js";
import { DataError } from "./errors.js";
import { ItemTransform, Transform } from "./transform.js";

/** The shape of a `Spec` read from a file. */
export const specSchema = z.object({ type: z.string(), config: z.unknown().optional() });

const functionConfig = z.object({
  fn: specSchema.nullable(),
  decodes: specSchema.nullable(),
  order: z.number(),
  splitIdx: z.number().nullable(),
});

type FunctionConfig = z.infer<typeof functionConfig>;

/** A function's description; a plain transform is described by its functions. */
function functionSpec(tfm: Transform): FunctionConfig {
  const decodes = Object.hasOwn(tfm, "decodes") ? tfm.decodes : undefined;
  return {
    fn: tfm.fn ? toSpec(tfm.fn) : null,
    decodes: decodes ? toSpec(decodes) : null,
    order: tfm.order,
    splitIdx: tfm.splitIdx,
  };
}

function fromFunctionSpec<T>(Cls: new (fn?: (x: never) => unknown, options?: object) => T, config: FunctionConfig): T {
  // What was registered under these names are the functions that `functionSpec` described.
  const fn = config.fn ? (fromSpec(config.fn) as (x: never) => unknown) : undefined;
  const decodes = config.decodes ? { decodes: fromSpec(config.decodes) as (x: never) => unknown } : {};
  return new Cls(fn, { order: config.order, splitIdx: config.splitIdx, ...decodes });
}

register("data.Transform", {
  cls: Transform,
  config: functionConfig,
  toConfig: functionSpec,
  fromConfig: (config) => fromFunctionSpec(Transform, config),
});
register("data.ItemTransform", {
  cls: ItemTransform,
  config: functionConfig,
  toConfig: functionSpec,
  fromConfig: (config) => fromFunctionSpec(ItemTransform, config),
});

/** Stands where an exported pipeline had a step that could not be written down. Using it throws `DataError`. */
export class MissingTransform extends ItemTransform {
  constructor(readonly missing: string) {
    super();
  }

  override get name(): string {
    return this.missing;
  }

  override encodes(): never {
    throw new DataError(
      `${this.missing}: this step of the targets was not exported with the learner, as it is not registered. ` +
        "Register it with registerConstant(name, fn) before exporting, or use the loaded learner without labels.",
      { stage: this.missing },
    );
  }
}

register("data.MissingTransform", {
  cls: MissingTransform,
  config: z.object({ missing: z.string() }),
  toConfig: (tfm) => ({ missing: tfm.missing }),
  fromConfig: (config) => new MissingTransform(config.missing),
});

function canDescribe(tfm: Transform): boolean {
  if (tfm.constructor !== Transform && tfm.constructor !== ItemTransform) return hasSpec(tfm);
  const decodes = Object.hasOwn(tfm, "decodes") ? tfm.decodes : undefined;
  return [tfm.fn, decodes].every((fn) => fn === undefined || hasSpec(fn));
}

/**
 * The description of a pipeline's steps. With `targets`, steps that nobody registered become placeholders that throw
 * when used; without, they raise an error naming them.
 */
export function stepsToSpec(tfms: readonly Transform[], where: string, options: { targets?: boolean } = {}): Spec[] {
  return tfms.map((tfm) => {
    if (canDescribe(tfm)) return toSpec(tfm);
    if (options.targets) return toSpec(new MissingTransform(tfm.name));
    const how = tfm.fn
      ? `registerConstant("myapp.${tfm.fn.name || "step"}", fn)`
      : `register("myapp.${tfm.name}", { cls, … })`;
    throw new DataError(
      `export: expected registered steps in ${where}, got ${tfm.fn ? "the function" : "the transform"} ${tfm.name || "(anonymous)"}. ` +
        `Call ${how} in a module that the loading program imports too.`,
      { stage: tfm.name },
    );
  });
}

/** The steps a description stands for. */
export function stepsFromSpec(specs: readonly Spec[]): Transform[] {
  return specs.map((spec) => {
    const made = fromSpec(spec);
    if (made instanceof Transform) return made;
    throw new DataError(`load: expected "${spec.type}" to be a transform. The file was changed by hand.`);
  });
}
