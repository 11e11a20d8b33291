import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FileFormatError } from "../../../src/torch/index.js";
import { MemorySource } from "../../../src/torch/serialization/byte-source.js";
import { readZip, unpack } from "../../../src/torch/serialization/zip-entries.js";
import { zipPieces } from "../../../src/torch/serialization/zip-writer.js";
import { bytesOf, npz } from "./files.js";

const entry = fc.record({ name: fc.string({ unit: "grapheme" }), content: fc.array(fc.uint8Array({ maxLength: 90 })) });

describe("zip files", () => {
  // No test writes 4 GB: the form for such files is the same for small ones.
  it.each([
    ["plain", undefined],
    ["zip64", 0],
    ["zip64 from the second entry on", 64],
  ])("come back as they went, contents at multiples of 64 bytes (%s)", (_, wideFrom) => {
    fc.assert(
      fc.property(fc.uniqueArray(entry, { maxLength: 5, selector: ({ name }) => name }), (entries) => {
        const bytes = Buffer.concat(zipPieces(entries, wideFrom));
        const found = readZip(new MemorySource(bytes), "x.zip");
        expect([...found.keys()]).toEqual(entries.map(({ name }) => name));
        for (const { name, content } of entries) {
          const own = found.get(name);
          if (!own) throw new Error(`expected ${name}`);
          const unpacked = unpack(own, "x.zip").bytes(0, own.size);
          expect(Buffer.from(unpacked)).toEqual(Buffer.concat(content));
          expect((unpacked.byteOffset - bytes.byteOffset) % 64).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("that are damaged anywhere give entries or a FileFormatError", () => {
    const files = [
      Buffer.concat(zipPieces([{ name: "a", content: [Buffer.alloc(9, 7)] }], 0)),
      bytesOf(npz.compressed),
    ];
    for (const file of files) {
      fc.assert(
        fc.property(fc.nat(file.length - 1), fc.constantFrom(0, 1, 0x80, 0xff), (at, value) => {
          const bytes = Uint8Array.from(file);
          bytes[at] = value;
          try {
            for (const one of readZip(new MemorySource(bytes), "x.zip").values()) unpack(one, "x.zip");
          } catch (error) {
            expect(error).toBeInstanceOf(FileFormatError);
          }
        }),
        { numRuns: 300 },
      );
    }
  });
});
