import { isPromise } from "../data/index.js";
import { type Callback, CallbackError, type Undo } from "./callback.js";
import { Cancel } from "./cancel.js";
import { batchEvents, type EventName, eventNames } from "./events.js";
import type { TrainingLoop } from "./loop.js";
import type { Steps } from "./steps.js";

const none: readonly Callback[] = [];

/** The callbacks in the order in which they run: ascending `order`, equal ones as they were added. Source: LRN-4. */
export function sortedCallbacks(cbs: readonly Callback[]): Callback[] {
  return [...cbs].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
}

/** Who listens to which event, worked out once for a set of callbacks: an event without listeners costs one look-up. */
export class HandlerTable {
  readonly #listeners: Record<EventName, readonly Callback[]>;

  constructor(cbs: readonly Callback[]) {
    const sorted = sortedCallbacks(cbs);
    const entries = eventNames.map((event): [EventName, readonly Callback[]] => {
      const listening = sorted.filter((cb) => cb[event] !== undefined);
      return [event, listening.length ? listening : none];
    });
    // Object.fromEntries forgets the key type; the keys are exactly the event names.
    this.#listeners = Object.fromEntries(entries) as Record<EventName, readonly Callback[]>;
  }

  /** Whether any callback has a handler for the event. */
  listens(event: EventName): boolean {
    return this.#listeners[event] !== none;
  }

  /** Calls the event's handlers in order and hands what they return as undo to `onUndo`. */
  *emit(event: EventName, learn: TrainingLoop, onUndo: ((undo: Undo) => void) | null): Steps {
    const gated = batchEvents.has(event);
    for (const cb of this.#listeners[event]) {
      if (cb.run === false) continue;
      if (gated && (learn.training ? cb.runTrain : cb.runValid) === false) continue;
      try {
        let result = cb[event]?.(learn) as unknown;
        if (isPromise(result)) result = yield result;
        if (onUndo && typeof result === "function") onUndo(result as Undo);
      } catch (error) {
        throw error instanceof Cancel ? error : new CallbackError(cb.name, event, error);
      }
    }
  }
}
