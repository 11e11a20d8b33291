/** Which CUDA devices there are, why there are none, and the one that `"cuda"` means. */
import { cudaLibraryProblem, native, packed } from "../../native.js";
import { DeviceError, ValueError } from "../errors.js";
import { checked } from "../native-call.js";

/** A device by its name or number; `"cuda"` is the current one. */
export type CudaDevice = `cuda:${number}` | "cuda" | number;

/** What the driver knows of a GPU. Sizes are in bytes. */
export interface DeviceProperties {
  name: string;
  /** As `nvidia-smi -L` prints it, without "GPU-". */
  uuid: string;
  /** Compute capability: 9 and 0 for "9.0". */
  major: number;
  minor: number;
  totalMemory: number;
  multiProcessorCount: number;
  maxThreadsPerMultiProcessor: number;
  maxThreadsPerBlock: number;
  warpSize: number;
  regsPerMultiprocessor: number;
  sharedMemoryPerBlock: number;
  sharedMemoryPerBlockOptin: number;
  sharedMemoryPerMultiprocessor: number;
  l2CacheSize: number;
  /** In kHz. */
  clockRate: number;
  /** Whether it shares the host's memory. */
  isIntegrated: boolean;
}

let devices: number | undefined;

/** Number of CUDA devices that libtorch can use; 0 on a machine or with a libtorch without CUDA. */
export function deviceCount(): number {
  devices ??= native.cudaDevices();
  return devices;
}

/** Whether tensors can be made on a CUDA device; {@link unavailableReason} says why not. */
export function isAvailable(): boolean {
  return deviceCount() > 0;
}

/** Why there is no CUDA device, in a sentence; null where there is one. */
export function unavailableReason(): string | null {
  if (isAvailable()) return null;
  if (cudaLibraryProblem === null) {
    return "the libtorch in use is built for the CPU alone: set LIBTORCH to one that is built for CUDA";
  }
  if (cudaLibraryProblem !== "") return `libtorch's part for CUDA cannot be opened: ${cudaLibraryProblem}`;
  return native.cudaProblem() || "the NVIDIA driver works, but libtorch finds no device that it can use";
}

/**
 * Throws `DeviceError` where there is no CUDA device.
 * @internal
 */
export function checkAvailable(where: string, got: CudaDevice | "none" = "none"): void {
  const reason = unavailableReason();
  if (reason !== null) throw new DeviceError(`${where}: expected a CUDA device, got ${got}: ${reason}.`);
}

/**
 * The number of a device. Throws `ValueError` for what names none, `DeviceError` where there is no such device.
 * @internal
 */
export function deviceIndex(where: string, device: CudaDevice): number {
  const index = typeof device === "number" ? device : Number(/^cuda:(\d+)$/.exec(device)?.[1] ?? Number.NaN);
  if (device !== "cuda" && (!Number.isInteger(index) || index < 0)) {
    throw new ValueError(`${where}: expected a device such as "cuda:0" or its number, got ${device}.`);
  }
  checkAvailable(where, device);
  if (device === "cuda") return currentDevice();
  if (index < deviceCount()) return index;
  throw new DeviceError(`${where}: expected one of the ${deviceCount()} CUDA devices, got ${device}.`);
}

/** The number of the device that `"cuda"` means on this thread. Throws `DeviceError` where there is none. */
export function currentDevice(): number {
  return exchanged("cuda.currentDevice");
}

/** Makes `"cuda"` mean this device, on this thread. Returns the number of the one before. */
export function setDevice(device: CudaDevice): number {
  return exchanged("cuda.setDevice", deviceIndex("cuda.setDevice", device));
}

function exchanged(where: string, index?: number): number {
  checkAvailable(where);
  checked(where, [index], () => native.cudaDevice(index));
  return packed[0] ?? 0;
}

/**
 * What the driver knows of a device, by default the current one. Throws `DeviceError` where there is no such device.
 * `multiProcessorCount` and the like are PyTorch's `torch.cuda.get_device_properties`.
 */
export function getDeviceProperties(device: CudaDevice = "cuda"): DeviceProperties {
  const index = deviceIndex("cuda.getDeviceProperties", device);
  // Named as in cpp/cuda/devices.cc.
  const found = checked("cuda.getDeviceProperties", [device], () => native.cudaProperties(index)) as DeviceProperties;
  return { ...found, isIntegrated: Boolean(found.isIntegrated) };
}

/**
 * Waits until a device, by default the current one, has finished everything that was asked of it. Throws `DeviceError`
 * where there is no such device. Blocks; `await tensor.cpuAsync()` and `await event.done()` wait without blocking.
 */
export function synchronize(device: CudaDevice = "cuda"): void {
  const index = deviceIndex("cuda.synchronize", device);
  checked("cuda.synchronize", [device], () => native.cudaSynchronize(index));
}
