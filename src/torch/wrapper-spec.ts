/** How objects are described that a function has changed in place, such as layers under weight norm. */
import * as z from "zod";
import { fromSpec, hasSpec, register, rememberSpec, type Spec, toSpec } from "./registry.js";

/** Called with the function's options once the object is changed; returns what to call when that is undone. */
export type NoteWrapped<O> = (options: O) => () => void;

/**
 * Names a function that changes an object in place, so that exported learners can tell of it: the object's description
 * becomes the function's name, its options and what the object was before. The result is called with the object before the
 * change. Objects without a description stay without.
 *
 * @example
 * const describe = registerWrapper("myapp.halved", z.object({}), (module) => halve(module));
 * function halve(module) { const note = describe(module); …; note({}); return module; }
 */
export function registerWrapper<O extends object>(
  name: string,
  options: z.ZodType<O>,
  wrap: (object: object, options: O) => object,
): (object: object) => NoteWrapped<O> {
  const spec = z.object({ type: z.string(), config: z.unknown().optional() });
  register(name, {
    config: z.object({ of: spec, options }),
    fromConfig: (config) => wrap(fromSpec(config.of), config.options),
  });
  return (object) => {
    const of: Spec | null = hasSpec(object) ? toSpec(object) : null;
    return (chosen) => {
      if (of) rememberSpec(object, name, { of, options: chosen });
      return () => {
        if (of) rememberSpec(object, of.type, of.config);
      };
    };
  };
}

const wrappedSchema = z.object({
  of: z.object({ type: z.string(), config: z.unknown().optional() }),
  options: z.unknown(),
});

/** Takes the notes of a change out of an object's description, wherever they stand among others. */
export function unwrapSpec(object: object, name: string, isIt: (options: unknown) => boolean): void {
  const without = (spec: Spec): Spec => {
    const wrapped = wrappedSchema.safeParse(spec.config).data;
    if (!wrapped) return spec;
    if (spec.type === name && isIt(wrapped.options)) return without(wrapped.of);
    return { type: spec.type, config: { ...wrapped, of: without(wrapped.of) } };
  };
  if (!hasSpec(object)) return;
  const { type, config } = without(toSpec(object));
  rememberSpec(object, type, config);
}
