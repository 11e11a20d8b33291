import { isPromise, type MaybePromise } from "../data/index.js";

/**
 * Work that may have to wait: a generator that yields what it waits for, and only then. A chain in which nothing is a
 * promise runs from end to end without leaving the call, so waiting costs nothing where nobody waits. `within` puts every
 * synchronous stretch into a context that must not stay open across a wait (a scope, gradient mode).
 */
export type Steps<T = void> = Generator<Promise<unknown>, T, unknown>;

/** The value of something that may be a promise: `const batch = yield* settled(iterator.next())`. */
export function* settled<T>(value: MaybePromise<T>): Steps<T> {
  // What comes back into a generator for a yielded promise is what the promise resolves to.
  return isPromise(value) ? ((yield value) as T) : value;
}

/** Runs steps to their end, awaiting what they yield. */
export async function drive<T>(steps: Steps<T>): Promise<T> {
  let state = steps.next();
  while (!state.done) {
    let resume: () => IteratorResult<Promise<unknown>, T>;
    try {
      const value = await state.value;
      resume = () => steps.next(value);
    } catch (error) {
      resume = () => steps.throw(error);
    }
    state = resume();
  }
  return state.value;
}

/** Runs the synchronous stretches of `steps` each inside `enter`, and what they wait for outside of it. */
export function* within<T>(steps: Steps<T>, enter: <R>(stretch: () => R) => R): Steps<T> {
  let state = enter(() => steps.next());
  while (!state.done) {
    let resume: () => IteratorResult<Promise<unknown>, T>;
    try {
      const value = yield state.value;
      resume = () => steps.next(value);
    } catch (error) {
      resume = () => steps.throw(error);
    }
    state = enter(resume);
  }
  return state.value;
}
