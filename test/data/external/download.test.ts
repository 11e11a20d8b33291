import { createHash } from "node:crypto";
import { access, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DownloadError, downloadFile } from "../../../src/data/external/download.js";

const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 31) % 251));
const sha256 = createHash("sha256").update(content).digest("hex");

type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

/** A folder and a loopback server that live as long as `fn`. */
async function withServer(handler: Handler, fn: (url: string, folder: string) => Promise<void>): Promise<void> {
  let requests = 0;
  const server = createServer((request, response) => handler(request, response, requests++));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const folder = await mkdtemp(join(tmpdir(), "download-"));
  try {
    await fn(`http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.bin`, folder);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await rm(folder, { recursive: true });
  }
}

/** Answers like a file server that knows ranges. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= content.length) return void response.writeHead(416).end();
  const headers = { "content-length": content.length - start };
  if (start === 0) return void response.writeHead(200, headers).end(content);
  const range = { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
  response.writeHead(206, { ...headers, ...range }).end(content.subarray(start));
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe("downloadFile", () => {
  it("writes the file, reports progress up to the total and leaves no partial file", async () => {
    await withServer(serve, async (url, folder) => {
      const seen: [number, number | null][] = [];
      const path = join(folder, "deep", "weights.bin");
      await downloadFile(url, path, { sha256, onProgress: (done, total) => seen.push([done, total]) });
      expect(await readFile(path)).toEqual(content);
      expect(seen.at(-1)).toEqual([content.length, content.length]);
      expect(await exists(`${path}.part`)).toBe(false);
    });
  });

  it("continues a partial file instead of fetching it again", async () => {
    const ranges: (string | undefined)[] = [];
    const handler: Handler = (request, response) => {
      ranges.push(request.headers.range);
      serve(request, response);
    };
    await withServer(handler, async (url, folder) => {
      const path = join(folder, "weights.bin");
      await writeFile(`${path}.part`, content.subarray(0, 12_345));
      await downloadFile(url, path, { sha256 });
      expect(await readFile(path)).toEqual(content);
      expect(ranges).toEqual(["bytes=12345-"]);
    });
  });

  it("takes a connection up again that breaks halfway", async () => {
    const handler: Handler = (request, response, nth) => {
      if (nth > 0) return serve(request, response);
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 50));
    };
    await withServer(handler, async (url, folder) => {
      const path = join(folder, "weights.bin");
      await downloadFile(url, path, { sha256, retryDelay: 1 });
      expect(await readFile(path)).toEqual(content);
    });
  });

  it("starts afresh when the server does not know ranges", async () => {
    const handler: Handler = (_request, response) =>
      void response.writeHead(200, { "content-length": content.length }).end(content);
    await withServer(handler, async (url, folder) => {
      const path = join(folder, "weights.bin");
      await writeFile(`${path}.part`, "something else");
      await downloadFile(url, path, { sha256 });
      expect(await readFile(path)).toEqual(content);
    });
  });

  it("starts afresh when the partial file is longer than the file", async () => {
    await withServer(serve, async (url, folder) => {
      const path = join(folder, "weights.bin");
      await writeFile(`${path}.part`, Buffer.alloc(content.length + 5));
      await downloadFile(url, path, { sha256, retryDelay: 1 });
      expect(await readFile(path)).toEqual(content);
    });
  });

  it("starts afresh when the server has another version by now", async () => {
    const versions = [Buffer.alloc(content.length, "a"), content];
    const handler: Handler = (request, response, nth) => {
      const version = nth === 0 ? 0 : 1;
      const bytes = versions[version] as Buffer;
      const headers = { etag: `"v${version}"`, "content-length": bytes.length };
      if (nth === 0) {
        response.writeHead(200, headers);
        response.write(bytes.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 50));
      } else if (request.headers["if-range"] === headers.etag) serve(request, response);
      else response.writeHead(200, headers).end(bytes);
    };
    await withServer(handler, async (url, folder) => {
      const path = join(folder, "weights.bin");
      await downloadFile(url, path, { retryDelay: 1 });
      expect(await readFile(path)).toEqual(content);
      expect(await readdir(folder)).toEqual(["weights.bin"]);
    });
  });

  it("throws wrong bytes away and says which hash it expected and got", async () => {
    await withServer(serve, async (url, folder) => {
      const path = join(folder, "weights.bin");
      const failed = downloadFile(url, path, { sha256: "0123abcd" });
      await expect(failed).rejects.toThrow(`SHA-256 0123abcd, got ${sha256.slice(0, 8)}`);
      await expect(failed).rejects.toMatchObject({ failure: "hash" });
      expect(await exists(path)).toBe(false);
      expect(await exists(`${path}.part`)).toBe(false);
    });
  });

  it("names the status when the server refuses", async () => {
    const handler: Handler = (_request, response) => void response.writeHead(403).end();
    await withServer(handler, async (url, folder) => {
      const failed = downloadFile(url, join(folder, "weights.bin"));
      await expect(failed).rejects.toThrow("403");
      await expect(failed).rejects.toMatchObject({ failure: "status" });
    });
  });

  it("calls it a network failure when nothing answers", async () => {
    const folder = await mkdtemp(join(tmpdir(), "download-"));
    const failed = downloadFile("http://127.0.0.1:1/weights.bin", join(folder, "weights.bin"));
    await expect(failed).rejects.toBeInstanceOf(DownloadError);
    await expect(failed).rejects.toMatchObject({ failure: "network" });
    await rm(folder, { recursive: true });
  });

  it("stops when cancelled and keeps what has arrived", async () => {
    const handler: Handler = (_request, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 10_000));
    };
    await withServer(handler, async (url, folder) => {
      const path = join(folder, "weights.bin");
      const abort = new AbortController();
      const failed = downloadFile(url, path, {
        signal: abort.signal,
        onProgress: () => setTimeout(() => abort.abort(), 20),
      });
      await expect(failed).rejects.toMatchObject({ name: "AbortError" });
      expect((await readFile(`${path}.part`)).length).toBe(10_000);
    });
  });
});
