/** Picks an implementation by the run-time classes of one or two arguments. Source: FND-11, FND-22. */

/** A class, abstract or not. `String`, `Number` and `Boolean` stand for the plain values, `Object` for everything. */
export type Class<T = unknown> = abstract new (...args: never[]) => T;

/** What a value tested against class `C` is: plain values for the three wrappers, instances otherwise. */
export type InstanceOf<C> = C extends StringConstructor
  ? string
  : C extends NumberConstructor
    ? number
    : C extends BooleanConstructor
      ? boolean
      : C extends ObjectConstructor
        ? unknown
        : C extends abstract new (
              ...args: never[]
            ) => infer T
          ? T
          : never;

/** The class `dispatch` sees: the constructor of objects, the wrapper class of plain values. */
export function classOf(x: unknown): Class {
  if (x === null || x === undefined) return Object;
  return (x as { constructor?: Class }).constructor ?? Object;
}

/** How many steps up from `cls` the class `ancestor` lies: 0 for itself, -1 when it is none of its ancestors. */
export function classDistance(cls: Class, ancestor: Class): number {
  if (ancestor === Object) return Number.MAX_SAFE_INTEGER;
  let steps = 0;
  for (let c: unknown = cls; typeof c === "function" && c !== Function.prototype; c = Object.getPrototypeOf(c)) {
    if (c === ancestor) return steps;
    steps += 1;
  }
  return -1;
}

/** Whether `x` is of the class, as `dispatch` understands classes. */
export function isOf<C extends Class>(x: unknown, cls: C): x is InstanceOf<C> {
  return classDistance(classOf(x), cls) >= 0;
}

type AnyFunction = (...args: never[]) => unknown;
type Found = { readonly fn: AnyFunction; readonly distance: number };

/**
 * A function that looks up its implementation by the class of its first argument, most specific class first.
 * A value no rule fits is returned as it is.
 */
export interface Dispatch {
  (x: unknown, ...rest: unknown[]): unknown;
  /** Adds a rule, or replaces the one of that class. Returns the dispatcher. */
  add<C extends Class, R extends unknown[]>(cls: C, fn: (x: InstanceOf<C>, ...rest: R) => unknown): this;
  /** The implementation for the value and how many classes up it was found; undefined when no rule fits. */
  find(x: unknown): Found | undefined;
  /** The classes that have rules, in the order added. */
  readonly classes: readonly Class[];
}

class Table {
  readonly rules = new Map<Class, AnyFunction>();
  // Lookups repeat for the same few classes; any `add` empties this.
  readonly #found = new Map<Class, Found | undefined>();

  set(cls: Class, fn: AnyFunction): void {
    this.rules.set(cls, fn);
    this.#found.clear();
  }

  find(cls: Class): Found | undefined {
    if (this.#found.has(cls)) return this.#found.get(cls);
    let best: Found | undefined;
    for (const [key, fn] of this.rules) {
      const distance = classDistance(cls, key);
      if (distance >= 0 && (!best || distance < best.distance)) best = { fn, distance };
    }
    this.#found.set(cls, best);
    return best;
  }
}

/**
 * Makes a function that dispatches on its first argument. Source: FND-11.
 *
 * @example
 * const area = dispatch([Circle, (c) => Math.PI * c.r ** 2], [Square, (s) => s.side ** 2]);
 * area.add(Triangle, (t) => (t.base * t.height) / 2);   // open to extension, also from another package
 */
export function dispatch<const Cs extends readonly Class[]>(
  ...rules: { readonly [K in keyof Cs]: readonly [Cs[K], (x: InstanceOf<Cs[K]>, ...rest: never[]) => unknown] }
): Dispatch {
  const table = new Table();
  for (const [cls, fn] of rules) table.set(cls, fn as AnyFunction);
  const dispatched = (x: unknown, ...rest: unknown[]): unknown => {
    const found = table.find(classOf(x));
    // The table found `fn` under a class that `x` is an instance of.
    return found ? (found.fn as (...args: unknown[]) => unknown)(x, ...rest) : x;
  };
  return Object.assign(dispatched, {
    add(this: Dispatch, cls: Class, fn: AnyFunction) {
      table.set(cls, fn);
      return this;
    },
    find: (x: unknown) => table.find(classOf(x)),
    get classes() {
      return [...table.rules.keys()];
    },
  }) as Dispatch;
}

/** A function that looks up its implementation by the classes of two values. Source: FND-22, section 26. */
export interface PairDispatch<Rest extends unknown[], R> {
  (x: unknown, y: unknown, ...rest: Rest): R;
  /** Adds a rule, or replaces the one of that pair. `Object` stands for "anything". Returns the dispatcher. */
  add<A extends Class, B extends Class>(
    pair: readonly [A, B],
    fn: (x: InstanceOf<A>, y: InstanceOf<B>, ...rest: Rest) => R,
  ): this;
  /** Whether a rule other than the fallback fits. */
  has(x: unknown, y: unknown): boolean;
}

/**
 * Makes a function that dispatches on its first two arguments: the rule whose first class is nearest wins, ties
 * are settled by the second. `fallback` serves pairs that no rule fits. Source: FND-22.
 */
export function dispatchPair<Rest extends unknown[], R>(
  fallback: (x: unknown, y: unknown, ...rest: Rest) => R,
): PairDispatch<Rest, R> {
  type Rule = (x: never, y: never, ...rest: Rest) => R;
  const rules: { a: Class; b: Class; fn: Rule }[] = [];
  const find = (x: unknown, y: unknown): Rule | undefined => {
    let best: { fn: Rule; da: number; db: number } | undefined;
    for (const { a, b, fn } of rules) {
      const da = classDistance(classOf(x), a);
      const db = classDistance(classOf(y), b);
      if (da < 0 || db < 0) continue;
      if (!best || da < best.da || (da === best.da && db < best.db)) best = { fn, da, db };
    }
    return best?.fn;
  };
  const call = (x: unknown, y: unknown, ...rest: Rest): R => {
    const fn = find(x, y);
    // `find` returned a rule whose classes both values are instances of.
    return fn ? fn(x as never, y as never, ...rest) : fallback(x, y, ...rest);
  };
  return Object.assign(call, {
    add(this: PairDispatch<Rest, R>, [a, b]: readonly [Class, Class], fn: Rule) {
      const old = rules.find((rule) => rule.a === a && rule.b === b);
      if (old) old.fn = fn;
      else rules.push({ a, b, fn });
      return this;
    },
    has: (x: unknown, y: unknown) => find(x, y) !== undefined,
  }) as PairDispatch<Rest, R>;
}
