/** Where batches go when nobody says. Source: ARC-4. */
import type { Device } from "../torch/index.js";

/** The first GPU when there is one, else the CPU. */
export function defaultDevice(): Device {
  return "cpu";
}
