import { describe, expect, it } from "vitest";
import {
  arange,
  cuda,
  DeviceError,
  emptyCache,
  memory,
  ones,
  randn,
  scope,
  type Tensor,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";

const device = "cuda:0";

/** Work that a GPU needs some milliseconds for. */
function busy(): Tensor {
  return scope(() => {
    let x = randn([2048, 2048], { device });
    for (let i = 0; i < 30; i++) x = x.mm(x).tanh();
    return x;
  });
}

describe.skipIf(!cuda.isAvailable())("CUDA devices", () => {
  it("have properties and one that is current", () => {
    expect(cuda.unavailableReason()).toBeNull();
    const { name, uuid, major, totalMemory, multiProcessorCount, warpSize, isIntegrated } = cuda.getDeviceProperties(0);
    expect(name.length).toBeGreaterThan(3);
    expect(uuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(major).toBeGreaterThanOrEqual(5);
    expect(totalMemory).toBeGreaterThan(2 ** 30);
    expect(multiProcessorCount).toBeGreaterThan(0);
    expect([warpSize, typeof isIntegrated]).toEqual([32, "boolean"]);
    expect(cuda.setDevice(0)).toBe(0);
    expect(cuda.currentDevice()).toBe(0);
    expect(() => cuda.setDevice(cuda.deviceCount())).toThrow(DeviceError);
    expect(() => cuda.getDeviceProperties("cuda:99")).toThrow(/expected one of the \d+ CUDA devices/);
  });

  it("count their memory and give it back", () => {
    emptyCache();
    cuda.resetPeakMemoryStats(device);
    const before = cuda.memoryAllocated(device);
    const x = zeros([1024, 1024], { device });
    expect(cuda.memoryAllocated(device) - before).toBe(2 ** 22);
    expect(memory().bytes[device]).toBe(cuda.memoryAllocated(device));
    x.dispose();
    expect(cuda.memoryAllocated(device)).toBe(before);
    expect(cuda.maxMemoryAllocated(device) - before).toBeGreaterThanOrEqual(2 ** 22);
    const reserved = cuda.memoryReserved(device);
    cuda.emptyCache();
    expect(cuda.memoryReserved(device)).toBeLessThan(reserved);
    expect(cuda.maxMemoryReserved(device)).toBeGreaterThanOrEqual(reserved);
    const { allocations, allocRetries, outOfMemory } = cuda.memoryStats(device);
    expect(allocations.allocated - allocations.freed).toBe(allocations.current);
    expect([allocRetries, outOfMemory]).toEqual([0, 0]);
    const { free, total } = cuda.memGetInfo(device);
    expect(free).toBeLessThan(total);
    expect(total).toBeLessThanOrEqual(cuda.getDeviceProperties(device).totalMemory);
  });

  it("run streams side by side, in the order that events give them", () => {
    const side = new cuda.Stream({ priority: -1 });
    expect(cuda.currentStream().equals(cuda.defaultStream())).toBe(true);
    const x = busy();
    side.waitStream(cuda.currentStream());
    const y = cuda.withStream(side, () => {
      expect(cuda.currentStream().equals(side)).toBe(true);
      return x.mul(2);
    });
    expect(cuda.currentStream().equals(side)).toBe(false);
    cuda.currentStream().waitStream(side);
    y.recordStream(cuda.currentStream());
    expect(y.sub(x).sub(x).abs().max().item()).toBe(0);
    side.synchronize();
    expect(side.query()).toBe(true);
    expect(() => cuda.withStream(side, async () => {})).toThrow(ValueError);
    expect(cuda.currentStream().equals(cuda.defaultStream())).toBe(true); // also after a failure
  });

  it("measure with events", async () => {
    const [start, end] = [new cuda.Event({ enableTiming: true }), new cuda.Event({ enableTiming: true })];
    busy().dispose(); // the libraries start
    start.record();
    busy().dispose();
    end.record();
    await end.done();
    expect(end.query()).toBe(true);
    expect(start.elapsedTime(end)).toBeGreaterThan(0);
    expect(() => start.elapsedTime(new cuda.Event())).toThrow(ValueError);
    new cuda.Event().synchronize(); // never recorded: nothing to wait for
  });

  it("copy to the host while the event loop goes on", async () => {
    const x = busy();
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const host = await x.cpuAsync();
    clearInterval(timer);
    expect([host.device, host.isPinned()]).toEqual(["cpu", true]);
    expect(host.equal(x.cpu())).toBe(true);
    expect(turns).toBeGreaterThanOrEqual(0);
  });

  it("take pinned memory without waiting", () => {
    const host = arange(1 << 16, { dtype: "float32" }).pinMemory();
    const there = host.to(device, { nonBlocking: true });
    expect(there.cpu().equal(host)).toBe(true);
    expect(ones([4, 3, 8, 8]).to(device).contiguous({ memoryFormat: "channels_last" }).stride()).toEqual([
      192, 1, 24, 3,
    ]);
  });
});
