/** Photos from a list of addresses. Source: VLN-13. */
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { DownloadError, downloadFile } from "../data/index.js";
import { checkOptions } from "../torch/index.js";
import { severalAtOnce } from "./several-at-once.js";

/** What `downloadImages` may be told. */
export interface DownloadImagesOptions {
  /** How many of the addresses at most. Default 1000. */
  maxPics?: number;
  /** Downloads at a time. Default 8. */
  nWorkers?: number;
  /** Seconds that one may take. Default 4. */
  timeout?: number;
  /** Whether files are called as in the address, a number behind those of one name. Default: 00000000.jpg and on. */
  preserveFilename?: boolean;
}

/** An address that gave nothing, and why. */
export interface MissingImage {
  readonly url: string;
  readonly error: DownloadError;
}

const keys = ["maxPics", "nWorkers", "timeout", "preserveFilename"] as const;

/**
 * Fetches photos into a folder, from a list of addresses or a text file with one a line. Files have the address's ending,
 * or `.jpg`. Returns the addresses that gave nothing; whether a file is a photo is for `verifyImages` to say.
 * Source: VLN-13, fastai `download_images`.
 *
 * @example
 * const missing = await downloadImages("photos/bears", "bears.txt", { maxPics: 200 });
 */
export async function downloadImages(
  dest: string,
  urls: readonly string[] | string,
  options: DownloadImagesOptions = {},
): Promise<MissingImage[]> {
  checkOptions("downloadImages", options, keys);
  const { maxPics = 1000, nWorkers = 8, timeout = 4, preserveFilename = false } = options;
  const lines = typeof urls === "string" ? (await readFile(urls, "utf8")).split(/\r?\n/) : urls;
  const wanted = lines.filter((line) => line.trim() !== "").slice(0, maxPics);
  const names = preserveFilename
    ? namesOf(wanted)
    : wanted.map((url, i) => `${String(i).padStart(8, "0")}${ending(url)}`);
  const found = await severalAtOnce(wanted, nWorkers, async (url, i): Promise<MissingImage | null> => {
    const signal = AbortSignal.timeout(timeout * 1000);
    try {
      await downloadFile(url, join(dest, names[i] ?? ""), { signal, retries: 0 });
      return null;
    } catch (error) {
      if (error instanceof DownloadError) return { url, error };
      if (!signal.aborted) throw error;
      const message = `download: expected ${url} within ${timeout} s, got no end of it. Give it more { timeout }.`;
      return { url, error: new DownloadError(message, "network", { cause: error }) };
    }
  });
  return found.filter((missing) => missing !== null);
}

const pathOf = (url: string) => decodeURIComponent(new URL(url).pathname);
const ending = (url: string) => extname(pathOf(url)) || ".jpg";

/** The addresses' own names; the second of a name is called name-1, and so on. */
function namesOf(urls: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return urls.map((url) => {
    const last = pathOf(url).split("/").at(-1) ?? "";
    const stem = last.slice(0, last.length - extname(last).length) || "image";
    const count = seen.get(stem) ?? 0;
    seen.set(stem, count + 1);
    return `${stem}${count > 0 ? `-${count}` : ""}${ending(url)}`;
  });
}
