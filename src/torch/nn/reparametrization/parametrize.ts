/** Parameters that are computed from others by modules. */
import * as z from "zod";
import { noGrad } from "../../autograd.js";
import { checkOptions, ShapeError, ValueError } from "../../errors.js";
import { fromSpec, toSpec } from "../../registry.js";
import { keep, scope } from "../../scope.js";
import { Tensor } from "../../tensor.js";
import { registerWrapper, unwrapSpec } from "../../wrapper-spec.js";
import { ModuleDict } from "../containers/module-list.js";
import { membersKey } from "../layout.js";
import { type AnyModule, Module } from "../module.js";
import { Buffer, Parameter } from "../parameter.js";

/** What computes a parameter: `forward(original)`; `rightInverse` finds an original (or several) for a wanted value. */
export interface Parametrization extends Module<Tensor[], Tensor> {
  /** A value, or several, of which `forward` makes `wanted`, if the module knows one. Default: `wanted` itself. */
  rightInverse?(wanted: Tensor): Tensor | readonly Tensor[];
}

/** A module that can stand as a parametrization. */
type ParametrizationModule = Module<never[], Tensor> & Pick<Parametrization, "rightInverse">;

let cache: Map<ParametrizationList, Tensor> | null = null;

/**
 * The parametrizations of one tensor, applied one after the other to the originals. Keys are PyTorch's:
 * "parametrizations.weight.original" (or "original0", "original1", ...), "parametrizations.weight.0".
 */
export class ParametrizationList extends Module<[], Tensor> {
  private readonly originals: (Parameter | Buffer)[];
  private readonly steps: ParametrizationModule[] = [];
  private readonly several: boolean;

  constructor(
    first: ParametrizationModule,
    original: Parameter | Buffer,
    /** Whether shapes and dtypes are not checked. */
    readonly unsafe: boolean,
  ) {
    super();
    const found = noGrad(() => first.rightInverse?.(original.detach()) ?? original.detach());
    this.several = !(found instanceof Tensor);
    const values = found instanceof Tensor ? [found] : found;
    this.originals = values.map((value) =>
      original instanceof Parameter
        ? new Parameter(value, { requiresGrad: original.requiresGrad })
        : new Buffer(value, original),
    );
    this.steps.push(first);
  }

  /** The parameter or buffer that is computed from; the first, where there are several. */
  get original(): Parameter | Buffer {
    return this.originals[0] as Parameter | Buffer; // never empty
  }

  /** Adds a step at the end, and changes the original so that the value stays, if the step knows how. */
  append(step: ParametrizationModule): void {
    if (step.rightInverse) {
      if (this.several) {
        throw new ValueError(
          "registerParametrization: expected one original under a parametrization with a rightInverse, got several. " +
            "Register it first.",
        );
      }
      noGrad(() => scope(() => this.assign(step.rightInverse?.(this.forward()) ?? [])));
    }
    this.steps.push(step);
  }

  forward(): Tensor {
    const [first, ...others] = this.steps;
    const start = (first as unknown as Parametrization)(...this.originals); // a step takes as many as its inverse gives
    return others.reduce((value, step) => (step as unknown as Parametrization)(value), start);
  }

  /** Finds originals that give `wanted`. */
  rightInverse(wanted: Tensor): void {
    noGrad(() =>
      scope(() => {
        let value: Tensor | readonly Tensor[] = wanted.detach();
        for (const step of [...this.steps].reverse()) {
          if (!step.rightInverse) {
            throw new ValueError(
              `rightInverse: expected parametrizations that know their inverse, got ${step.constructor.name} without ` +
                "rightInverse. Give it that method, or load a state.",
            );
          }
          value = step.rightInverse(value as Tensor); // only the first step gives several, and it comes last here
        }
        this.assign(value);
      }),
    );
  }

  private assign(value: Tensor | readonly Tensor[]): void {
    const values = value instanceof Tensor ? [value] : value;
    for (const [i, original] of this.originals.entries()) {
      const wanted = values[i];
      if (wanted) original.setData_(wanted.detach().clone());
    }
  }

  *[membersKey](): Iterable<[string, unknown]> {
    for (const [i, original] of this.originals.entries()) yield [this.several ? `original${i}` : "original", original];
    for (const [i, step] of this.steps.entries()) yield [String(i), step];
  }
}

/** A module with parametrized tensors. */
interface WithParametrizations {
  parametrizations?: ModuleDict<ParametrizationList & AnyModule>;
}

function listOf(module: AnyModule, name: string): ParametrizationList | undefined {
  return (module as AnyModule & WithParametrizations).parametrizations?.get(name);
}

const wrapperName = "nn.utils.parametrize.registerParametrization";
const specSchema = z.object({ type: z.string(), config: z.unknown().optional() });
const describe = registerWrapper(
  wrapperName,
  z.object({ name: z.string(), unsafe: z.boolean(), parametrization: specSchema }),
  (module, { name, unsafe, parametrization }) =>
    // The description is that of a module and its parametrization.
    registerParametrization(module as AnyModule, name, fromSpec(parametrization) as ParametrizationModule, { unsafe }),
);

/** Options of `registerParametrization`. */
export interface RegisterParametrizationOptions {
  /** Whether the result may have another shape and dtype than the tensor it stands for. Default false. */
  unsafe?: boolean;
}

/**
 * Computes a parameter or buffer of a module by another module whenever it is read: `module.weight` becomes
 * `parametrization(original)`, where the original is a parameter under "parametrizations.weight.original". Further ones
 * apply to the result. Assigning to `module.weight` finds the original by `rightInverse`. Returns the module.
 *
 * @example
 * class Symmetric extends nn.Module<[Tensor], Tensor> {
 *   forward(x: Tensor) { return x.triu().add(x.triu(1).t()); }
 * }
 * nn.utils.parametrize.registerParametrization(new nn.Linear(3, 3), "weight", new Symmetric());
 */
export function registerParametrization<M extends AnyModule>(
  module: M,
  name: string,
  parametrization: ParametrizationModule,
  options: RegisterParametrizationOptions = {},
): M {
  checkOptions("registerParametrization", options, ["unsafe"]);
  const { unsafe = false } = options;
  parametrization.train(module.training);
  const there = listOf(module, name);
  const note = describe(module);
  const noted = () =>
    note({
      name,
      unsafe,
      get parametrization() {
        return toSpec(parametrization); // asked for only when the module is exported, which is when it must have one
      },
    });
  if (there) {
    scope(() => {
      const before = there.forward();
      there.append(parametrization);
      if (!unsafe) checkSame(before, there.forward(), name);
    });
    noted();
    return module;
  }
  const original: unknown = Reflect.get(module, name);
  if (!(original instanceof Parameter) && !(original instanceof Buffer)) {
    throw new ValueError(
      `registerParametrization: expected ${module.constructor.name}.${name} to be a parameter or a buffer, got ` +
        `${original === undefined ? "nothing" : "something else"}.`,
    );
  }
  const list = new ParametrizationList(parametrization, original, unsafe);
  if (!unsafe) scope(() => checkSame(original, list.forward(), name));
  const owner: WithParametrizations = module as AnyModule & WithParametrizations;
  owner.parametrizations ??= new ModuleDict();
  owner.parametrizations.set(name, list as ParametrizationList & AnyModule);
  Reflect.deleteProperty(module, name);
  Object.defineProperty(module, name, parametrizedProperty(name));
  noted();
  return module;
}

// Not enumerable, so that it is no part of the module: its parts stand under `parametrizations`. The functions use `this`,
// so that they serve copies of the module too.
function parametrizedProperty(name: string): PropertyDescriptor & ThisType<AnyModule> {
  return {
    configurable: true,
    enumerable: false,
    get() {
      return valueOf(listOf(this, name));
    },
    set(wanted: Tensor) {
      listOf(this, name)?.rightInverse(wanted);
    },
  };
}

function valueOf(list: ParametrizationList | undefined): Tensor | undefined {
  if (!list || cache === null) return list?.();
  const known = cache.get(list);
  if (known) return known;
  const value = keep(list());
  cache.set(list, value);
  return value;
}

function checkSame(before: Tensor, after: Tensor, name: string): void {
  if (before.shape.join() === after.shape.join() && before.dtype === after.dtype) return;
  throw new ShapeError(
    `registerParametrization: expected "${name}" to stay [${before.shape.join(", ")}] ${before.dtype}, got ` +
      `[${after.shape.join(", ")}] ${after.dtype}. Pass { unsafe: true } if that is meant.`,
  );
}

/** Whether a module has parametrized tensors, or this one of them. */
export function isParametrized(module: AnyModule, name?: string): boolean {
  const { parametrizations } = module as AnyModule & WithParametrizations;
  return name === undefined ? (parametrizations?.size ?? 0) > 0 : parametrizations?.has(name) === true;
}

/** Options of `removeParametrizations`. */
export interface RemoveParametrizationsOptions {
  /** Whether the tensor keeps its computed value; else it gets the original's. Default true. */
  leaveParametrized?: boolean;
}

/** Puts a plain parameter (or buffer) back in place of a parametrized one. Returns the module. */
export function removeParametrizations<M extends AnyModule>(
  module: M,
  name: string,
  options: RemoveParametrizationsOptions = {},
): M {
  checkOptions("removeParametrizations", options, ["leaveParametrized"]);
  const owner: WithParametrizations = module as AnyModule & WithParametrizations;
  const list = listOf(module, name);
  if (!list) {
    throw new ValueError(
      `removeParametrizations: expected a parametrized tensor, got ${module.constructor.name}.${name}, which is none.`,
    );
  }
  const { original } = list;
  if (options.leaveParametrized ?? true) {
    const value = noGrad(() => scope(() => list().detach().clone()));
    original.setData_(value);
  }
  owner.parametrizations?.delete(name);
  if (owner.parametrizations?.size === 0) delete owner.parametrizations;
  Reflect.deleteProperty(module, name);
  Reflect.set(module, name, original);
  unwrapSpec(module, wrapperName, (options) => (options as { name?: string }).name === name);
  return module;
}

/** Runs `body`; in it each parametrized tensor is computed once, at its first use. */
export function cached<T>(body: () => T): T {
  if (cache !== null) return body();
  cache = new Map();
  try {
    return body();
  } finally {
    cache = null;
  }
}
