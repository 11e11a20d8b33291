/** The CUDA devices: `cuda`. */
import { native, packed } from "../native.js";
import { DeviceError, ValueError } from "./errors.js";
import { check } from "./native-call.js";

let devices: number | undefined;

/** Number of CUDA devices that libtorch can use; 0 on a machine or with a libtorch without CUDA. */
export function deviceCount(): number {
  devices ??= native.cudaDevices();
  return devices;
}

/** Whether tensors can be made on a CUDA device. */
export function isAvailable(): boolean {
  return deviceCount() > 0;
}

/**
 * Waits until a device has finished everything that was asked of it. The device is a name or an index, by default 0.
 * Throws `DeviceError` where there is no such device. Blocks; `await tensor.cpuAsync()` waits without blocking.
 */
export function synchronize(device: `cuda:${number}` | "cuda" | number = 0): void {
  const index = typeof device === "number" ? device : Number(device.split(":")[1] ?? 0);
  if (!Number.isInteger(index) || index < 0) {
    throw new ValueError(`cuda.synchronize: expected a device such as "cuda:0" or its index, got ${device}.`);
  }
  if (index >= deviceCount()) {
    throw new DeviceError(
      `cuda.synchronize: expected one of the ${deviceCount()} CUDA devices, got ${device}. Ask cuda.isAvailable() first.`,
    );
  }
  packed[0] = 0;
  native.cudaSynchronize(index);
  check("cuda.synchronize", [device]);
}
