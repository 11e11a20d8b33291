/** Where batches go when nobody says. Source: ARC-4. */
import { type Device, empty } from "../torch/index.js";

/** The current GPU when one can be used, else the CPU. */
export function defaultDevice(): Device {
  try {
    // Asks by doing: a driver without a device, or libtorch without CUDA, refuses here.
    const probe = empty([0], { device: "cuda" });
    const { device } = probe;
    probe.dispose();
    return device as Device;
  } catch {
    return "cpu";
  }
}
