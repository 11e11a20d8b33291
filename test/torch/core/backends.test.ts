import { afterEach, describe, expect, it } from "vitest";
import {
  areDeterministicAlgorithmsEnabled,
  backends,
  empty,
  getFloat32MatmulPrecision,
  isDeterministicAlgorithmsWarnOnlyEnabled,
  OptionError,
  setFloat32MatmulPrecision,
  TorchError,
  tensor,
  useDeterministicAlgorithms,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";

describe("backends", () => {
  it("has PyTorch's defaults, and keeps what is set", () => {
    const { cudnn, cuda } = backends;
    const { matmul } = cuda;
    expect([cudnn.enabled, cudnn.benchmark, cudnn.deterministic]).toEqual([true, false, false]);
    expect([cudnn.allowTf32, matmul.allowTf32]).toEqual([true, false]);
    for (const key of ["enabled", "benchmark", "deterministic", "allowTf32"] as const) {
      const before = cudnn[key];
      cudnn[key] = !before;
      expect(cudnn[key]).toBe(!before);
      cudnn[key] = before;
    }
    matmul.allowTf32 = true;
    expect([matmul.allowTf32, getFloat32MatmulPrecision()]).toEqual([true, "high"]);
    matmul.allowTf32 = false;
    expect(getFloat32MatmulPrecision()).toBe("highest");
  });

  it("refuses what is no switch and no precision", () => {
    expect(() => {
      backends.cudnn.enabled = 1 as unknown as boolean;
    }).toThrow(ValueError);
    expect(() => setFloat32MatmulPrecision("exact" as "high")).toThrow(/highest, high, medium, got exact/);
  });

  it("lets matrix products be less exact", () => {
    setFloat32MatmulPrecision("medium");
    expect(getFloat32MatmulPrecision()).toBe("medium");
    setFloat32MatmulPrecision("highest");
    expect(getFloat32MatmulPrecision()).toBe("highest");
  });
});

describe("useDeterministicAlgorithms", () => {
  afterEach(() => useDeterministicAlgorithms(false));

  /** Without an algorithm that gives the same result whichever of two equal positions is written last. */
  const put = () => zeros([3]).put_(tensor([0, 1], { dtype: "int64" }), tensor([1, 2]));

  it("throws where an operator has no such algorithm, or warns", () => {
    expect(areDeterministicAlgorithmsEnabled()).toBe(false);
    expect(put()).toBeClose([1, 2, 0]);
    useDeterministicAlgorithms(true);
    expect([areDeterministicAlgorithmsEnabled(), isDeterministicAlgorithmsWarnOnlyEnabled()]).toEqual([true, false]);
    expect(put).toThrow(TorchError);
    expect(put).toThrow(/put_ does not have a deterministic implementation/);
    useDeterministicAlgorithms(true, { warnOnly: true });
    expect(isDeterministicAlgorithmsWarnOnlyEnabled()).toBe(true);
    expect(put()).toBeClose([1, 2, 0]);
    expect(() => useDeterministicAlgorithms(true, { warn: true } as object)).toThrow(OptionError);
  });

  it("leaves nothing to what memory held before", () => {
    useDeterministicAlgorithms(true);
    expect(empty([2]).isnan().all().item()).toBe(1);
  });
});
