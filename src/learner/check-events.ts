import { nearestName, OptionError } from "../torch/index.js";
import type { Callback } from "./callback.js";
import { eventNames } from "./events.js";

const events: readonly string[] = eventNames;

/** Throws `OptionError` for a handler whose name is almost that of an event: it would never be called. Source: LRN-7. */
export function checkEvents(cb: Callback): void {
  for (let level: object = cb; level !== Object.prototype && level !== null; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) {
      if (!/^(before|after)[_A-Z]/.test(name) || events.includes(name)) continue;
      const near = nearestName(name, events);
      if (near === undefined) continue;
      throw new OptionError(`callback "${cb.name}": expected an event, got ${name}. Did you mean "${near}"?`);
    }
  }
}
