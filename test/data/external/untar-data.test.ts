import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fastaiConfig, URLs, untarData } from "../../../src/data/index.js";
import fixture from "../../fixtures/data.json" with { type: "json" };
import { tarOf } from "./archives.js";

const archive = gzipSync(tarOf([{ name: "inner/a.txt", body: "alpha" }]));
const sha256 = createHash("sha256").update(archive).digest("hex");
const quiet = { onProgress: () => {} };

/** A loopback server of one archive, and a folder for fastai. */
async function withArchive(
  fn: (url: string, base: string, requests: IncomingMessage[]) => Promise<void>,
  bytes = archive,
) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const base = await mkdtemp(join(tmpdir(), "untar-"));
  try {
    await fn(`http://127.0.0.1:${(server.address() as AddressInfo).port}/pets.tgz`, base, requests);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await rm(base, { recursive: true });
  }
}

describe("untarData", () => {
  it("EXT-2: downloads and unpacks once, into fastai's folders", async () => {
    await withArchive(async (url, base, requests) => {
      const seen: (number | null)[] = [];
      const onProgress = (done: number, total: number | null) => seen.push(done, total);
      const path = await untarData(url, { base, sha256, onProgress });
      expect(path).toBe(join(base, "data/pets"));
      expect(await readFile(join(path, "a.txt"), "utf8")).toBe("alpha");
      expect(seen.slice(-2)).toEqual([archive.length, archive.length]);
      expect(await readdir(join(base, "archive"))).toEqual(["pets.tgz"]);
      await untarData(url, { base });
      expect(requests.length).toBe(1);
      expect(await readdir(join(base, "data"))).toEqual(["pets"]);
    });
  });

  it("EXT-2: unpacks a kept archive again, and downloads again when forced", async () => {
    await withArchive(async (url, base, requests) => {
      const path = await untarData(url, { base, ...quiet });
      await rm(path, { recursive: true });
      await untarData(url, { base, ...quiet });
      expect(requests.length).toBe(1);
      await writeFile(join(path, "old.txt"), "");
      await untarData(url, { base, forceDownload: true, ...quiet });
      expect(requests.length).toBe(2);
      expect(await readdir(path)).toEqual(["a.txt"]);
    });
  });

  it("EXT-2: throws away an archive with the wrong hash", async () => {
    await withArchive(async (url, base) => {
      await expect(untarData(url, { base, sha256: "00ff", ...quiet })).rejects.toThrow("to have the SHA-256 00ff");
      expect(await readdir(join(base, "archive"))).toEqual([]);
      await expect(access(join(base, "data/pets"))).rejects.toThrow();
    });
  });

  it("leaves no half-unpacked dataset behind", async () => {
    const bad = gzipSync(
      tarOf([
        { name: "inner/a.txt", body: "x" },
        { name: "../../evil", body: "x" },
      ]),
    );
    await withArchive(async (url, base) => {
      await expect(untarData(url, { base, ...quiet })).rejects.toThrow("outside the folder");
      expect(await readdir(join(base, "data"))).toEqual([]);
    }, bad);
  });

  it("keeps an archive without one folder at the top as it is", async () => {
    const flat = gzipSync(
      tarOf([
        { name: "a.txt", body: "1" },
        { name: "b.txt", body: "2" },
      ]),
    );
    await withArchive(async (url, base) => {
      const path = await untarData(url, { base, data: join(base, "here"), ...quiet });
      expect([path, await readdir(path)]).toEqual([join(base, "here/pets"), ["a.txt", "b.txt"]]);
    }, flat);
  });

  it("refuses what is no archive's address, and unknown options", async () => {
    await expect(untarData("https://127.0.0.1/readme.txt")).rejects.toThrow("expected the address of a .tgz");
    await expect(untarData(URLs.PETS, { force: true } as never)).rejects.toThrow("force");
  });
});

describe("fastaiConfig", () => {
  it("EXT-1: reads the folders of config.ini, relative to the home folder", async () => {
    const base = await mkdtemp(join(tmpdir(), "config-"));
    expect((await fastaiConfig(base)).storage).toBe(join(base, "tmp"));
    await mkdir(join(base, "x"));
    await writeFile(join(base, "config.ini"), "[DEFAULT]\n# a remark\ndata = x\narchive = /abs/archive\n");
    const config = await fastaiConfig(base);
    expect([config.data, config.archive, config.model]).toEqual([
      join(base, "x"),
      "/abs/archive",
      join(base, "models"),
    ]);
    await rm(base, { recursive: true });
  });

  it("EXT-3 to EXT-7: names the published datasets and models, as fastai does", () => {
    expect(URLs).toEqual(fixture.urls);
  });
});
