/** Which values know how to show themselves: decoding for display stops there. Source: FND-19. */
import { type Class, classOf } from "./dispatch.js";
import { isTuple } from "./tuple.js";

const classes = new Set<Class>();

/** Declares that instances of the classes (and of their subclasses) can be shown as they are. */
export function registerShowable(...more: Class[]): void {
  for (const cls of more) classes.add(cls);
}

/** Whether the value, or every member of the tuple, can be shown as it is. */
export function isShowable(x: unknown): boolean {
  if (isTuple(x)) return x.every(isShowable);
  for (let c: unknown = classOf(x); typeof c === "function"; c = Object.getPrototypeOf(c)) {
    if (classes.has(c as Class)) return true;
  }
  return false;
}
