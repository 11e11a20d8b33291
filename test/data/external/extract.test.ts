import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataError, extractArchive } from "../../../src/data/index.js";
import { tarOf, zipOf } from "./archives.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "extract-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Unpacks the bytes as a file of that name, and lists what came out. */
async function unpack(name: string, bytes: Buffer): Promise<string[]> {
  await writeFile(join(folder, name), bytes);
  await extractArchive(join(folder, name), join(folder, "out"));
  const entries = await readdir(join(folder, "out"), { recursive: true, withFileTypes: true });
  return entries
    .map((e) => relative(join(folder, "out"), join(e.parentPath, e.name)) + (e.isDirectory() ? "/" : ""))
    .sort();
}

const long = `${"deep/".repeat(40)}name.txt`;

/** A pax record: its own length in bytes, then the text. */
function pax(record: string): string {
  const rest = Buffer.byteLength(record) + 2;
  const length = rest + String(rest + 2).length;
  return `${length} ${record}\n`;
}

describe("extractArchive", () => {
  it("EXT-2: unpacks files and folders of a .tgz", async () => {
    const big = Buffer.alloc(200_000, "x");
    const tar = tarOf([
      { name: "set/", flag: "5" },
      { name: "set/a.txt", body: "alpha" },
      { name: "set/big", body: big },
    ]);
    expect(await unpack("set.tgz", gzipSync(tar))).toEqual(["set/", "set/a.txt", "set/big"]);
    expect(await readFile(join(folder, "out/set/a.txt"), "utf8")).toBe("alpha");
    expect((await readFile(join(folder, "out/set/big"))).equals(big)).toBe(true);
  });

  it("EXT-2: knows plain tar, long names and pax paths", async () => {
    const gnu = tarOf([
      { name: "././@LongLink", flag: "L", body: `${long}\0` },
      { name: long, body: "1" },
    ]);
    const names = await unpack("a.tar", Buffer.from(gnu));
    expect(names.at(-1)).toBe(long);
    const posix = tarOf([
      { name: "x", flag: "x", body: pax("path=ü/wide.txt") },
      { name: "short", body: "2" },
      { name: "last", body: "3" },
    ]);
    expect(await unpack("b.tar", posix)).toEqual(expect.arrayContaining(["ü/wide.txt", "last"]));
  });

  it("EXT-2: unpacks a .zip, stored and deflated", async () => {
    const zip = zipOf([
      { name: "set/" },
      { name: "set/a.txt", body: "alpha" },
      { name: "set/b.txt", body: "beta ".repeat(100) },
    ]);
    expect(await unpack("set.zip", zip)).toEqual(["set/", "set/a.txt", "set/b.txt"]);
    expect(await readFile(join(folder, "out/set/b.txt"), "utf8")).toBe("beta ".repeat(100));
  });

  it.each(["../evil", "a/../../evil", "/tmp/evil", "C:/evil", "..\\evil"])("refuses the path %s", async (name) => {
    for (const [file, bytes] of [
      ["t.tar", tarOf([{ name, body: "x" }])],
      ["z.zip", zipOf([{ name, body: "x" }])],
    ] as const) {
      const error = await unpack(file, bytes).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(DataError);
      expect(String(error)).toContain("outside the folder");
    }
    expect(await readdir(folder)).not.toContain("evil");
  });

  it("leaves symbolic links out, so that nothing is written through one", async () => {
    const tar = tarOf([
      { name: "link", flag: "2", linkTo: "/tmp" },
      { name: "file", body: "x" },
      { name: "link/evil", body: "x" },
    ]);
    expect(await unpack("a.tar", tar)).toEqual(["file", "link/", "link/evil"]);
  });

  it("EXT-2: makes copies of hard links, of files in the archive only", async () => {
    const tar = tarOf([
      { name: "set/a", body: "alpha" },
      { name: "set/b", flag: "1", linkTo: "set/a" },
      { name: "k", flag: "K", body: "set/a\0" },
      { name: "set/c", flag: "1", linkTo: "se" },
    ]);
    await unpack("a.tar", tar);
    for (const name of ["b", "c"]) expect(await readFile(join(folder, "out/set", name), "utf8")).toBe("alpha");
    const outside = tarOf([{ name: "x", flag: "1", linkTo: "../../etc/passwd" }]);
    await expect(unpack("b.tar", outside)).rejects.toThrow("outside the folder");
    await expect(unpack("c.tar", tarOf([{ name: "x", flag: "1", linkTo: "gone" }]))).rejects.toThrow("ENOENT");
  });

  it("EXT-2: checks the members of a .zip, and refuses encrypted ones", async () => {
    const zip = zipOf([{ name: "a.txt", body: "alpha" }]);
    const changed = Buffer.from(zip);
    changed.write("x", zip.indexOf("alpha"));
    await expect(unpack("a.zip", changed)).rejects.toThrow("a damaged zip archive (wrong bytes in a.txt)");
    const larger = Buffer.from(zip);
    larger.writeUInt32LE(4, zip.indexOf("PK\x01\x02") + 24);
    await expect(unpack("b.zip", larger)).rejects.toThrow("wrong bytes in a.txt");
    const secret = Buffer.from(zip);
    secret.writeUInt16LE(1, zip.indexOf("PK\x01\x02") + 8);
    await expect(unpack("c.zip", secret)).rejects.toThrow("an encrypted zip archive");
  });

  it("says what is wrong with a file that is no archive, or is cut", async () => {
    await expect(unpack("a.tar", Buffer.alloc(2048, "x"))).rejects.toThrow("not a tar archive");
    await expect(unpack("b.zip", Buffer.alloc(2048, "x"))).rejects.toThrow("not a zip archive");
    await expect(unpack("c.tgz", Buffer.from("no gzip"))).rejects.toThrow("cannot unpack");
    const cut = tarOf([{ name: "a", body: Buffer.alloc(5000) }]).subarray(0, 2000);
    await expect(unpack("d.tar", cut)).rejects.toThrow("ends 3512 bytes early");
  });

  it("answers any damage with a DataError, never with a crash or a file outside", async () => {
    const good = [tarOf([{ name: "a/b.txt", body: "hello" }]), zipOf([{ name: "a/b.txt", body: "hello" }])] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(1500), fc.nat(255)), { maxLength: 6 }),
        async (zip, changes) => {
          const bytes = Buffer.from(good[zip ? 1 : 0]);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const error = await unpack(zip ? "f.zip" : "f.tar", bytes).catch((e: unknown) => e);
          await rm(join(folder, "out"), { recursive: true, force: true });
          return Array.isArray(error) || error instanceof DataError;
        },
      ),
      { numRuns: 150 },
    );
  });
});
