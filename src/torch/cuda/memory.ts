/** What libtorch's allocator holds on a CUDA device. */
import { native, packed } from "../../native.js";
import { checked } from "../native-call.js";
import { type CudaDevice, deviceIndex, isAvailable } from "./devices.js";

/** A quantity now, at its highest, and all that was ever added and taken away. */
export interface MemoryStat {
  current: number;
  peak: number;
  allocated: number;
  freed: number;
}

const statNames = [
  "allocatedBytes",
  "reservedBytes",
  "activeBytes",
  "inactiveSplitBytes",
  "requestedBytes",
  "allocations",
  "segments",
] as const;
const statFields = ["current", "peak", "allocated", "freed"] as const;

/**
 * `torch.cuda.memory_stats` of all pools together: bytes of tensors (`allocatedBytes`, rounded up to blocks;
 * `requestedBytes` not), of the blocks they were cut from (`reservedBytes`), of blocks in use or waiting for a stream
 * (`activeBytes`), of what lies between those (`inactiveSplitBytes`), and counts.
 */
export type DeviceMemoryStats = Record<(typeof statNames)[number], MemoryStat> & {
  /** How often memory was given back to the driver because there was none left. */
  allocRetries: number;
  /** How often that did not help. */
  outOfMemory: number;
};

/** Counters of a device's memory, by default the current one. Throws `DeviceError` where there is no such device. */
export function memoryStats(device: CudaDevice = "cuda"): DeviceMemoryStats {
  const index = deviceIndex("cuda.memoryStats", device);
  checked("cuda.memoryStats", [device], () => native.cudaMemory(index));
  const at = (place: number): number => packed[place] ?? 0;
  const width = statFields.length;
  const stats = statNames.map((name, i) => [name, statOf(statFields.map((_, k) => at(i * width + k)))]);
  const counts = statNames.length * width;
  return { ...Object.fromEntries(stats), allocRetries: at(counts), outOfMemory: at(counts + 1) };
}

function statOf([current = 0, peak = 0, allocated = 0, freed = 0]: readonly number[]): MemoryStat {
  return { current, peak, allocated, freed };
}

/** Bytes of tensors on a device. */
export function memoryAllocated(device: CudaDevice = "cuda"): number {
  return memoryStats(device).allocatedBytes.current;
}

/** The most bytes of tensors at a time, since the start or {@link resetPeakMemoryStats}. */
export function maxMemoryAllocated(device: CudaDevice = "cuda"): number {
  return memoryStats(device).allocatedBytes.peak;
}

/** Bytes that libtorch took from the driver, for tensors that there are and will be. */
export function memoryReserved(device: CudaDevice = "cuda"): number {
  return memoryStats(device).reservedBytes.current;
}

/** The most such bytes at a time, since the start or {@link resetPeakMemoryStats}. */
export function maxMemoryReserved(device: CudaDevice = "cuda"): number {
  return memoryStats(device).reservedBytes.peak;
}

/** Starts new peaks. */
export function resetPeakMemoryStats(device: CudaDevice = "cuda"): void {
  const index = deviceIndex("cuda.resetPeakMemoryStats", device);
  checked("cuda.resetPeakMemoryStats", [device], () => native.cudaResetPeaks(index));
}

/** Bytes of the device that no process uses, and all it has, as the driver counts them. */
export function memGetInfo(device: CudaDevice = "cuda"): { free: number; total: number } {
  const index = deviceIndex("cuda.memGetInfo", device);
  checked("cuda.memGetInfo", [device], () => native.cudaFreeAndTotal(index));
  return { free: packed[1] ?? 0, total: packed[2] ?? 0 };
}

/** Gives memory that no tensor uses back to the driver, for other processes. Nothing happens without CUDA. */
export function emptyCache(): void {
  if (!isAvailable()) return;
  checked("cuda.emptyCache", [], () => native.cudaEmptyCache());
}
