import { describe, expect, it } from "vitest";
import { cuda, DeviceError, emptyCache, memory, ones, ValueError, zeros } from "../../../src/torch/index.js";

describe.skipIf(cuda.isAvailable())("cuda without a GPU", () => {
  it("says why there is none", () => {
    expect(cuda.deviceCount()).toBe(0);
    expect(cuda.unavailableReason()).toMatch(/built for the CPU alone|cannot be opened|NVIDIA driver/);
  });

  it.each<[string, () => unknown]>([
    ["currentDevice", () => cuda.currentDevice()],
    ["setDevice", () => cuda.setDevice(0)],
    ["getDeviceProperties", () => cuda.getDeviceProperties()],
    ["synchronize", () => cuda.synchronize("cuda:0")],
    ["Stream", () => new cuda.Stream()],
    ["currentStream", () => cuda.currentStream()],
    ["defaultStream", () => cuda.defaultStream(0)],
    ["Event", () => new cuda.Event()],
    ["memoryStats", () => cuda.memoryStats()],
    ["memoryAllocated", () => cuda.memoryAllocated()],
    ["resetPeakMemoryStats", () => cuda.resetPeakMemoryStats()],
    ["memGetInfo", () => cuda.memGetInfo("cuda:1")],
  ])("%s throws a DeviceError with the reason", (_, use) => {
    expect(use).toThrow(DeviceError);
    expect(use).toThrow(cuda.unavailableReason() ?? "");
  });

  it("has the reason asked for where a tensor should go there", () => {
    for (const use of [() => ones([1]).to("cuda"), () => zeros([1], { device: "cuda:0" })]) {
      expect(use).toThrow(DeviceError);
      expect(use).toThrow(/^.{1,250}cuda\.unavailableReason\(\) says why\.$/);
    }
  });

  it("refuses what is no device and no stream", () => {
    for (const device of ["cpu", "cuda:x", -1, 0.5] as unknown as cuda.CudaDevice[]) {
      expect(() => cuda.synchronize(device)).toThrow(ValueError);
    }
    for (const stream of [undefined, null, {}] as unknown as cuda.Stream[]) {
      expect(() => ones([1]).recordStream(stream)).toThrow(/expected a cuda\.Stream, got/);
      expect(() => cuda.withStream(stream, () => 1)).toThrow(ValueError);
    }
    expect(() => new cuda.Stream({ devise: 0 } as cuda.StreamOptions)).toThrow(/device/);
  });

  it("leaves what works on the CPU alone", async () => {
    cuda.emptyCache();
    emptyCache();
    expect(Object.keys(memory().bytes)).toEqual(["cpu"]);
    expect(await ones([2]).cpuAsync()).toBeClose([1, 1]);
  });
});
