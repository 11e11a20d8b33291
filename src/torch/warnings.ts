/** libtorch's warnings, as Node.js shows warnings. */
import { native } from "../native.js";

const WARNED_LIMIT = 1000;
const warned = new Set<string>();

/** Emits each text once, so that an operation in a loop does not fill the terminal. */
function warn(message: string): void {
  if (warned.has(message)) return;
  if (warned.size < WARNED_LIMIT) warned.add(message);
  process.emitWarning(message, { type: "TorchWarning" });
}

native.onWarning(warn);
