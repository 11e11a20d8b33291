/** Names for things that an exported learner describes as data: class instances, objects a factory made, plain functions. */
import type { ZodType } from "zod";

/** What a file says about one object: the registered name and the JSON its registration understands. */
export interface Spec {
  readonly type: string;
  readonly config?: unknown;
}

/** How objects of one name become JSON and are made again. */
export interface Registration<T extends object, C> {
  /** The class whose instances have this name. Leave it out for a factory, which calls `rememberSpec` on what it makes. */
  readonly cls?: abstract new (
    ...args: never[]
  ) => T;
  /** Checks the JSON read from a file before `fromConfig` sees it. */
  readonly config: ZodType<C>;
  /** The JSON of an instance of `cls`. Tensors are nested number arrays; nested objects go through `toSpec`. */
  toConfig?(obj: T): C;
  /** Makes the object again. */
  fromConfig(config: C): T;
}

/** The name is unknown, taken, or the object has none. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
}

interface Entry {
  readonly config: ZodType | null;
  toConfig?(obj: object): unknown;
  fromConfig(config: unknown): object;
}

const entries = new Map<string, Entry>();
const namesByClass = new Map<unknown, string>();
const namesByConstant = new WeakMap<object, string>();
const remembered = new WeakMap<object, Spec>();

function add(name: string, entry: Entry): void {
  if (entries.has(name)) {
    throw new RegistryError(`register: expected a new name, got "${name}", which is registered. Choose another name.`);
  }
  entries.set(name, entry);
}

/**
 * Gives instances of a class (or what a factory makes) a name under which exported learners describe them.
 * Only exact instances of `cls` have the name: a subclass registers itself, else its extra state would be lost silently.
 * Throws `RegistryError` when the name is taken.
 *
 * @example
 * register("Shift", {
 *   cls: Shift,
 *   config: z.object({ by: z.number() }),
 *   toConfig: (o) => ({ by: o.by }),
 *   fromConfig: (c) => new Shift(c.by),
 * });
 */
export function register<T extends object, C>(name: string, registration: Registration<T, C>): void {
  const { cls, config, toConfig, fromConfig } = registration;
  add(name, {
    config,
    // The entry is only reached through `cls`, or with a config that `config` has just parsed, so T and C hold.
    ...(toConfig ? { toConfig: (obj: object) => toConfig(obj as T) } : {}),
    fromConfig: (value) => fromConfig(value as C),
  });
  if (cls) namesByClass.set(cls, name);
}

/** Gives one function or shared object a name, such as an activation or a metric: its description is the name alone. */
export function registerConstant<T extends object>(name: string, value: T): T {
  add(name, { config: null, fromConfig: () => value });
  namesByConstant.set(value, name);
  return value;
}

/** Notes that `obj` is what the factory registered as `name` makes of `config`. Returns `obj`. */
export function rememberSpec<T extends object>(obj: T, name: string, config: unknown): T {
  remembered.set(obj, { type: name, config });
  return obj;
}

/** Gives a copy of an object the description that was noted for the original, if one was. */
export function shareSpec(original: object, copy: object): void {
  const spec = remembered.get(original);
  if (spec) remembered.set(copy, spec);
}

/** Whether `toSpec` would succeed on the object itself (nested objects may still be unknown). */
export function hasSpec(obj: object): boolean {
  return remembered.has(obj) || namesByConstant.has(obj) || namesByClass.has(obj.constructor);
}

function describe(obj: object): string {
  const own =
    typeof obj === "function" && obj.constructor === Function ? `function ${obj.name || "(anonymous)"}` : null;
  return own ?? `an instance of ${obj.constructor?.name ?? "an unnamed class"}`;
}

/** The description of a registered object. Throws `RegistryError` naming the object when it has none. */
export function toSpec(obj: object): Spec {
  const made = remembered.get(obj);
  if (made) return made;
  const constant = namesByConstant.get(obj);
  if (constant !== undefined) return { type: constant };
  const name = namesByClass.get(obj.constructor);
  const entry = name === undefined ? undefined : entries.get(name);
  if (name === undefined || !entry?.toConfig) {
    const how =
      typeof obj === "function" && obj.constructor === Function
        ? "registerConstant(name, fn)"
        : "register(name, { cls, … })";
    throw new RegistryError(
      `toSpec: expected something registered, got ${describe(obj)}. ` +
        `Call ${how} next to its definition, in a module that both the exporting and the loading program import.`,
    );
  }
  return { type: name, config: entry.toConfig(obj) };
}

/**
 * Makes the object a description stands for. Runs only code that is registered in this program.
 * Throws `RegistryError` on an unknown name and on a config its schema refuses.
 */
export function fromSpec(spec: Spec): object {
  const entry = entries.get(spec.type);
  if (!entry) {
    throw new RegistryError(
      `fromSpec: expected a registered name, got "${spec.type}". ` +
        `Import the module that defines and registers it before loading${nearest(spec.type)}.`,
    );
  }
  if (!entry.config) return entry.fromConfig(undefined);
  const parsed = entry.config.safeParse(spec.config);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.length ? ` at ${issue.path.join(".")}` : "";
    throw new RegistryError(
      `fromSpec: "${spec.type}" does not accept its description${where}: ${issue?.message}. ` +
        "The file was written by another version, or changed by hand.",
      { cause: parsed.error },
    );
  }
  return entry.fromConfig(parsed.data);
}

/** The names registered so far, sorted. */
export function registeredNames(): string[] {
  return [...entries.keys()].sort();
}

function nearest(name: string): string {
  const tail = name.split(".").at(-1)?.toLowerCase();
  const close = registeredNames().filter((known) => known.split(".").at(-1)?.toLowerCase() === tail);
  return close.length ? ` (registered under a similar name: ${close.join(", ")})` : "";
}
