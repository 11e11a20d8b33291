/** Counters of live tensors and bytes, and threads. */
import { native, packed } from "../native.js";
import { deviceCount } from "./cuda/devices.js";
import { emptyCache as emptyDeviceCaches, memoryAllocated } from "./cuda/memory.js";
import { collectGarbage } from "./pressure.js";

/** What {@link memory} reports. */
export interface MemoryReport {
  /** Live tensor handles in the process. */
  tensors: number;
  /** Bytes held by tensors, by device: `cpu`, and `cuda:0` and so on where there are CUDA devices. */
  bytes: { cpu: number; [device: `cuda:${number}`]: number };
  /** Largest number of bytes held on the CPU since the start or the last {@link resetPeakMemory}. */
  peakBytes: number;
}

/** Live tensors and the bytes they hold. */
export function memory(): MemoryReport {
  native.counters();
  const report: MemoryReport = { tensors: packed[0] ?? 0, bytes: { cpu: packed[1] ?? 0 }, peakBytes: packed[2] ?? 0 };
  for (let device = 0; device < deviceCount(); device++) report.bytes[`cuda:${device}`] = memoryAllocated(device);
  return report;
}

/** Starts a new peak in {@link memory}. */
export function resetPeakMemory(): void {
  native.counters(true);
}

/**
 * Collects garbage now, and with it the tensors that nothing refers to, and gives what then lies free back to the system:
 * for a process that goes on with less than it needed. Otherwise up to 1 GB of freed memory waits for the next tensors, on
 * CUDA devices all of it.
 */
export function emptyCache(): void {
  collectGarbage();
  native.giveBackFreed();
  emptyDeviceCaches();
}

/** Number of threads one operator may use. */
export function getNumThreads(): number {
  return native.threads();
}

/** Sets the number of threads one operator may use. */
export function setNumThreads(count: number): void {
  native.threads(count);
}
