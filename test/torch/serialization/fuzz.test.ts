import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FileFormatError, memory, parseNpy, parseNpz, parsePth, scope } from "../../../src/torch/index.js";
import { bytesOf, npy, npz, pth } from "./files.js";

const npyFile = (name: string) => bytesOf((npy[name] as (typeof npy)[string]).file);

type Parser = (bytes: Uint8Array) => unknown;
const readers: Record<string, [Parser, Uint8Array]> = {
  "a .pth file": [(bytes) => parsePth(bytes), pth("tensors")],
  "a .pth file of quantised tensors": [(bytes) => parsePth(bytes), pth("quantized")],
  "a .pth file of sparse tensors": [(bytes) => parsePth(bytes), pth("sparse")],
  "a .pth file of plain data": [(bytes) => parsePth(bytes), pth("protocol 5")],
  "a .pth file with numpy's arrays": [(bytes) => parsePth(bytes), pth("numpy")],
  "a .pth file before 1.6": [(bytes) => parsePth(bytes), pth("legacy tensors")],
  "a .pth file of sparse tensors before 1.6": [(bytes) => parsePth(bytes), pth("legacy sparse")],
  "a .npy file": [parseNpy, npyFile(">c16")],
  "a .npz file": [parseNpz, bytesOf(npz.compressed)],
};

describe("any change of a few bytes gives values or a FileFormatError, and costs no memory", () => {
  it.each(Object.keys(readers))("%s", (name) => {
    const [parse, good] = readers[name] as [Parser, Uint8Array];
    const change = fc.record({
      at: fc.nat(good.length - 1),
      value: fc.constantFrom(0, 1, 0x28, 0x52, 0x7f, 0x80, 0xff),
    });
    const before = memory().bytes.cpu ?? 0;
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.option(fc.nat(good.length), { freq: 3 }), (changes, cut) => {
        const bytes = good.slice(0, cut ?? good.length);
        for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
        scope(() => {
          try {
            parse(bytes);
          } catch (error) {
            if (!(error instanceof FileFormatError)) throw error;
          }
          expect((memory().bytes.cpu ?? 0) - before).toBeLessThan(2 ** 24);
        });
      }),
      { numRuns: 400 },
    );
  });
});
