/** The CUDA devices: `cuda`. */
export {
  type CudaDevice,
  currentDevice,
  type DeviceProperties,
  deviceCount,
  getDeviceProperties,
  isAvailable,
  setDevice,
  synchronize,
  unavailableReason,
} from "./devices.js";
export {
  type DeviceMemoryStats,
  emptyCache,
  type MemoryStat,
  maxMemoryAllocated,
  maxMemoryReserved,
  memGetInfo,
  memoryAllocated,
  memoryReserved,
  memoryStats,
  resetPeakMemoryStats,
} from "./memory.js";
export {
  currentStream,
  defaultStream,
  Event,
  type EventOptions,
  Stream,
  type StreamOptions,
  withStream,
} from "./streams.js";
