import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checkOptions } from "../../torch/index.js";

/** Why a download stopped: nothing answered, the server refused, or the bytes are not the promised ones. */
export type DownloadFailure = "network" | "status" | "hash";

/** A file could not be fetched; `failure` tells what a caller can do about it. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
  constructor(
    message: string,
    readonly failure: DownloadFailure,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What {@link downloadFile} may be told. */
export interface DownloadOptions {
  /** Lower-case hex, the whole SHA-256 or its beginning (PyTorch's file names carry the first 8 digits). Default: unchecked. */
  sha256?: string;
  /** Called with bytes so far and the total, which is null when the server does not say. */
  onProgress?: (done: number, total: number | null) => void;
  /** How often a broken connection is taken up again, from where it broke. Default 3. */
  retries?: number;
  /** Pause before the first new try in milliseconds; doubles with each. Default 500. */
  retryDelay?: number;
  /** Cancels; what has arrived stays for the next call. */
  signal?: AbortSignal;
}

/**
 * Fetches `url` into the file `path`.
 *
 * Bytes go to `path + ".part"`, which an interrupted call leaves behind and the next one continues. Only a complete file whose hash
 * is right gets the name `path`, so a broken download never looks like a whole one; wrong bytes are thrown away.
 *
 * Throws {@link DownloadError}.
 */
export async function downloadFile(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  checkOptions("downloadFile", options, ["sha256", "onProgress", "retries", "retryDelay", "signal"]);
  const { retries = 3, retryDelay = 500, sha256, signal } = options;
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  for (let attempt = 0; ; attempt++) {
    try {
      await fetchInto(part, url, options);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof DownloadError && error.failure !== "network") throw error;
      if (attempt >= retries || !(error instanceof BrokenStream)) throw networkError(url, error);
      await new Promise((done) => setTimeout(done, retryDelay * 2 ** attempt));
    }
  }
  if (sha256) await checkHash(part, url, sha256);
  await rename(part, path);
  await rm(tagOf(part), { force: true });
}

/** The file beside a partial one that keeps the server's tag of the version it is the beginning of. */
const tagOf = (part: string): string => `${part}.tag`;

async function discard(part: string): Promise<void> {
  for (const file of [part, tagOf(part)]) await rm(file, { force: true });
}

/** Asks for the rest of a partial file, or for the whole of it if the server has another version by now. */
async function rangeHeaders(part: string, have: number): Promise<Record<string, string>> {
  if (have === 0) return {};
  const tag = await readFile(tagOf(part), "utf8").catch(() => "");
  return { range: `bytes=${have}-`, ...(tag === "" ? {} : { "if-range": tag }) };
}

/** Keeps the tag of a version that begins; a weak one does not promise the same bytes. */
async function keepTag(part: string, response: Response): Promise<void> {
  const tag = response.headers.get("etag");
  if (tag !== null && !tag.startsWith("W/")) await writeFile(tagOf(part), tag);
  else await rm(tagOf(part), { force: true });
}

/** A connection that had begun to deliver and then broke: worth another try, unlike a host that cannot be found. */
class BrokenStream extends Error {}

async function fetchInto(part: string, url: string, { onProgress, signal }: DownloadOptions): Promise<void> {
  const have = await fileSize(part);
  // "identity": a compressed transfer would make Content-Length and Range count other bytes than those of the file.
  const headers = { "accept-encoding": "identity", ...(await rangeHeaders(part, have)) };
  const response = await fetch(url, { headers, signal: signal ?? null });
  if (response.status === 416) {
    // The part is not a beginning of this file, or is the whole of it; a fresh start settles both.
    await discard(part);
    throw new BrokenStream("the server cannot continue the partial file");
  }
  if (!response.ok || !response.body) {
    throw new DownloadError(
      `download: expected ${url} to answer 200, got ${response.status} ${response.statusText}.`,
      "status",
    );
  }
  const resumed = response.status === 206 && rangeStart(response) === have;
  if (response.status === 206 && !resumed) {
    await discard(part);
    throw new BrokenStream("the server sent another range than the one asked for");
  }
  const start = resumed ? have : 0;
  if (!resumed) await keepTag(part, response);
  const length = response.headers.get("content-length");
  const total = length === null ? null : start + Number(length);
  let done = start;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      onProgress?.(done, total);
      next(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body), count, createWriteStream(part, { flags: resumed ? "a" : "w" }));
  } catch (error) {
    if (error instanceof Error && "syscall" in error && error.syscall === "write") throw error;
    throw new BrokenStream("the connection broke", { cause: error });
  }
  if (total !== null && done < total) throw new BrokenStream(`the connection ended after ${done} of ${total} bytes`);
}

function rangeStart(response: Response): number | null {
  const match = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "");
  return match ? Number(match[1]) : null;
}

async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

async function checkHash(part: string, url: string, sha256: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(part), hash);
  const got = hash.digest("hex");
  if (got.startsWith(sha256)) return;
  await discard(part);
  const message = `download: expected ${url} to have the SHA-256 ${sha256}, got ${got.slice(0, Math.max(8, sha256.length))}.`;
  throw new DownloadError(
    `${message} The file was thrown away; try again, and if it stays wrong, something on the way changes it.`,
    "hash",
  );
}

function networkError(url: string, error: unknown): DownloadError {
  const reasons: string[] = [];
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const code = "code" in e && typeof e.code === "string" ? e.code : e.message;
    if (code && code !== "fetch failed") reasons.push(code);
  }
  return new DownloadError(`download: ${url} cannot be fetched (${reasons.join(": ") || "no answer"}).`, "network", {
    cause: error,
  });
}
