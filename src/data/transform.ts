/** A reversible step of data preparation: encode, decode, set up, per split, per type. Source: FND-11 … FND-18. */
import { inspect } from "node:util";
import { type Device, Tensor, TensorBase } from "../torch/index.js";
import type { CallInfo, SplitIdx } from "./call-info.js";
import { type Class, classOf, type Dispatch, dispatch, type InstanceOf } from "./dispatch.js";
import { DataError } from "./errors.js";
import { andThen, isPromise, type MaybePromise, mapAll } from "./maybe-promise.js";
import { brief, describeFields } from "./show-text.js";
import { asTuple, isTuple } from "./tuple.js";

/** The settings of a transform made of functions. */
export interface TransformOptions {
  /** Undoes `encodes`, for showing. Default: nothing to undo. */
  decodes?: (x: never) => unknown;
  /** Place in a pipeline, ascending. Default 0. */
  order?: number;
  /** Runs on this split only: 0 training, 1 validation. Default: both. */
  splitIdx?: SplitIdx;
}

type Kind = "encodes" | "decodes" | "setups";
type Plain = (...args: unknown[]) => unknown;
type Extensions = { [K in Kind]: Dispatch };

// Rules that other packages add to a class from outside (`Normalize.extend(Table, …)`).
const extensions = new WeakMap<object, Extensions>();

function findExtension(cls: unknown, kind: Kind, x: unknown): ReturnType<Dispatch["find"]> {
  for (let c = cls; typeof c === "function"; c = Object.getPrototypeOf(c)) {
    const found = extensions.get(c)?.[kind].find(x);
    if (found) return found;
  }
  return undefined;
}

function addRules(target: object, cls: Class, rules: Partial<Record<Kind, (...args: never[]) => unknown>>): void {
  const own = extensions.get(target) ?? { encodes: dispatch(), decodes: dispatch(), setups: dispatch() };
  extensions.set(target, own);
  for (const kind of ["encodes", "decodes", "setups"] as const) {
    const fn = rules[kind];
    if (fn) own[kind].add(cls, fn as Plain);
  }
}

/** Gives a plain tensor the class and metadata its source had; everything else is returned as it is. Source: FND-18. */
export function retainType<T>(result: T, source: unknown): T {
  if (!(result instanceof Tensor) || !(source instanceof Tensor)) return result;
  const cls = source.constructor;
  if (result.constructor === cls || !(source instanceof (result.constructor as typeof Tensor))) return result;
  const typed = result.as(cls as typeof Tensor);
  if (typed instanceof TensorBase && source instanceof TensorBase) typed.meta = source.meta;
  // `typed` is a Tensor of a class below T's.
  return typed as unknown as T;
}

/**
 * One step of data preparation. Give it functions, or subclass it: `encodes` (a function, a method, or
 * `dispatch([Cls, fn], …)`), optional `decodes` and `setups`.
 *
 * A tuple (an array holding objects) is transformed element by element; what no rule fits passes through. A plain tensor
 * that comes out of a semantic one gets its class back.
 *
 * @example
 * const half = new Transform((x: Tensor) => x.div(2), { decodes: (x: Tensor) => x.mul(2) });
 */
export class Transform<In = unknown, Out = unknown> {
  /** Place in a pipeline, ascending; equal orders keep their sequence. */
  order = 0;
  /** Runs on this split only: 0 training, 1 validation, null both. */
  splitIdx: SplitIdx = null;
  /** Overrides whether set-up sees the training subset (true) or everything (false). Default: the caller decides. */
  trainSetup?: boolean;
  /** The classes this step accepts, for starting a test pipeline at the right step. Default: what it saw at set-up. */
  inputTypes?: readonly Class[];
  /** The function this transform was made of, if any. */
  readonly fn?: (x: never) => unknown;

  constructor(encodes?: (x: never) => unknown, options: TransformOptions = {}) {
    if (encodes) {
      this.fn = encodes;
      this.encodes = encodes as (x: In) => MaybePromise<Out>;
      const own = encodes as { order?: number; inputTypes?: readonly Class[] };
      if (own.order !== undefined) this.order = own.order;
      if (own.inputTypes) this.inputTypes = own.inputTypes;
      Object.defineProperty(this, "encodes", { enumerable: false });
    }
    if (options.decodes) {
      this.decodes = options.decodes as (x: Out) => MaybePromise<In>;
      Object.defineProperty(this, "decodes", { enumerable: false });
    }
    if (options.order !== undefined) this.order = options.order;
    if (options.splitIdx !== undefined) this.splitIdx = options.splitIdx;
  }

  /** How this step is called in summaries and errors. */
  get name(): string {
    return this.fn ? this.fn.name || "function" : this.constructor.name;
  }

  /** The step itself, for one value. Override it. Values may be promises; state drawn in `beforeCall` is read before the first await. */
  encodes(x: In): MaybePromise<Out> {
    return x as unknown as Out;
  }

  /** The way back, for showing. */
  decodes?(x: Out): MaybePromise<In>;

  /** Learns what it needs from the data that reaches this step. */
  setups?(items: unknown): MaybePromise<void>;

  /** Applies the step, unless it is for the other split. Waits only when something in it is a promise. */
  encode(x: unknown, info: CallInfo = {}): MaybePromise<unknown> {
    return this.runsOn(info.splitIdx ?? null) ? this.apply("encodes", x, info) : x;
  }

  /** The same without drawing anew: a random step does what it drew for another value. */
  encodeDrawn(x: unknown, info: CallInfo = {}): MaybePromise<unknown> {
    return this.encode(x, info);
  }

  /** Whether a rule was added from outside for values like this one. */
  isExtendedFor(x: unknown): boolean {
    return findExtension(this.constructor, "encodes", x) !== undefined;
  }

  /** Undoes the step, unless it is for the other split. */
  decode(x: unknown, info: CallInfo = {}): MaybePromise<unknown> {
    return this.runsOn(info.splitIdx ?? null) ? this.apply("decodes", x, info) : x;
  }

  /** Learns from `items`, or from `items.train` when `trainSetup` says so. Source: FND-20. */
  setup(items: unknown, options: { trainSetup?: boolean } = {}): MaybePromise<void> {
    const onTrain = this.trainSetup ?? options.trainSetup ?? false;
    const source = (onTrain && (items as { train?: unknown } | null)?.train) || items;
    const added = findExtension(this.constructor, "setups", source);
    // An extension's rule takes the items and the transform.
    if (added) return (added.fn as Plain)(source, this) as MaybePromise<void>;
    return this.setups?.(source);
  }

  /** Whether this step applies to data of the split. Source: FND-16. */
  runsOn(splitIdx: SplitIdx): boolean {
    return this.splitIdx === null || this.splitIdx === splitIdx;
  }

  /** Moves the tensors this step holds. Returns itself. Source: DLD-12. */
  to(device: Device): this {
    const fields = this as Record<string, unknown>;
    for (const [key, value] of Object.entries(fields)) {
      if (value instanceof Tensor && value.device !== device) fields[key] = value.to(device);
    }
    return this;
  }

  /**
   * Adds rules for another class to this transform from outside; they also serve its subclasses. A rule of the
   * transform itself wins only when it is more specific. Source: FND-11.
   *
   * @example
   * Normalize.extend(Table, { encodes: (table, normalize) => table.scale(normalize.mean, normalize.std) });
   */
  static extend<C extends Class, T extends Transform>(
    this: abstract new (
      ...args: never[]
    ) => T,
    cls: C,
    rules: {
      encodes?: (x: InstanceOf<C>, transform: T) => unknown;
      decodes?: (x: InstanceOf<C>, transform: T) => unknown;
      setups?: (items: InstanceOf<C>, transform: T) => MaybePromise<void>;
    },
  ): void {
    // biome-ignore lint/complexity/noThisInStatic: rules belong to the class the method is called on
    addRules(this, cls, rules);
  }

  /** Applies one direction to a value or, element by element, to a tuple. Source: FND-12. */
  protected apply(kind: "encodes" | "decodes", x: unknown, info: CallInfo): MaybePromise<unknown> {
    if (info.whole || !isTuple(x)) return this.applyOne(kind, x, info);
    return andThen(
      mapAll(x, (part) => this.apply(kind, part, info)),
      (parts) => asTuple(parts),
    );
  }

  /** Applies one direction to one value. */
  protected applyOne(kind: "encodes" | "decodes", x: unknown, info: CallInfo): MaybePromise<unknown> {
    const { scope } = info;
    return scope ? scope.run(() => this.#once(kind, x)) : this.#once(kind, x);
  }

  #once(kind: "encodes" | "decodes", x: unknown): MaybePromise<unknown> {
    const made = this.#call(kind, x);
    return isPromise(made) ? made.then((later) => this.settle(later, x)) : this.settle(made, x);
  }

  /** What becomes of a result: it gets the class of its source. Throws `DataError` when a step returned nothing. */
  protected settle(made: unknown, x: unknown): unknown {
    if (made !== undefined || x === undefined) return retainType(made, x);
    const message = `${this.name}: expected a result, got undefined for ${brief(x)}. Return a value, or call skipItem().`;
    throw new DataError(message, { stage: this.name });
  }

  #call(kind: "encodes" | "decodes", x: unknown): MaybePromise<unknown> {
    const own = this[kind] as (Plain & Partial<Dispatch>) | undefined;
    const added = findExtension(this.constructor, kind, x);
    if (added && (own?.find?.(x)?.distance ?? Number.POSITIVE_INFINITY) >= added.distance) {
      return (added.fn as Plain)(x, this);
    }
    return own ? own.call(this, x) : x;
  }

  toString(): string {
    return `${this.name}${describeFields(this, ["order", "splitIdx", "trainSetup", "inputTypes", "fn"])}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** A transform that takes a tuple whole instead of element by element. Source: FND-13. */
export class ItemTransform<In = unknown, Out = unknown> extends Transform<In, Out> {
  protected override apply(kind: "encodes" | "decodes", x: unknown, info: CallInfo): MaybePromise<unknown> {
    const whole = isTuple(x);
    return andThen(this.applyOne(kind, x, info), (result) =>
      whole && Array.isArray(result) && isTuple(x) ? asTuple(result) : result,
    );
  }
}

/** A transform that works by side effect: it returns its input, whatever `encodes` returns. Source: FND-14. */
export class InplaceTransform<In = unknown> extends Transform<In, unknown> {
  protected override apply(kind: "encodes" | "decodes", x: unknown, info: CallInfo): MaybePromise<unknown> {
    return andThen(super.apply(kind, x, info), () => x);
  }

  protected override settle(_made: unknown, x: unknown): unknown {
    return x;
  }
}

/** Whether a function is a class: its `prototype` cannot be reassigned. */
export function isClass(f: unknown): f is new () => object {
  return typeof f === "function" && Object.getOwnPropertyDescriptor(f, "prototype")?.writable === false;
}

/** What a pipeline accepts as a step: a transform, a transform class (made without arguments), a function, or an object. */
export type TransformLike =
  | Transform
  | (new () => Transform)
  | ((...args: never[]) => unknown)
  | ({ encodes: (x: never) => unknown } & TransformOptions);

/** What stands for "some steps": one, several, or none. */
export type Transforms = TransformLike | readonly TransformLike[] | null | undefined;

/**
 * Makes a transform of what a pipeline accepts. `whole` makes plain functions take tuples whole.
 * Throws a TypeError on anything else. Source: FND-23, fastai `mk_transform`.
 */
export function asTransform(like: TransformLike, options: { whole?: boolean } = {}): Transform {
  if (like instanceof Transform) return like;
  const Kind = options.whole ? ItemTransform : Transform;
  if (isClass(like)) {
    const made: unknown = like.prototype instanceof Transform ? new (like as new () => Transform)() : undefined;
    if (made instanceof Transform) return made;
  } else if (typeof like === "function") {
    return new Kind(like as (x: never) => unknown);
  } else if (typeof (like as { encodes?: unknown } | null)?.encodes === "function") {
    const { encodes, ...rest } = like as { encodes: (x: never) => unknown } & TransformOptions;
    return new Kind(encodes, rest);
  }
  const got = isClass(like) ? `the class ${(like as { name: string }).name}` : classOf(like).name;
  throw new TypeError(
    `asTransform: expected a Transform, a Transform class, a function or { encodes }, got ${got}. ` +
      "Give an instance, or a function such as RgbImage.open.",
  );
}

/** The list that `Transforms` stands for. */
export function transformList(tfms: Transforms): readonly TransformLike[] {
  if (tfms === null || tfms === undefined) return [];
  return Array.isArray(tfms) ? (tfms as readonly TransformLike[]) : [tfms as TransformLike];
}
