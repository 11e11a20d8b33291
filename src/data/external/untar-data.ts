/** Datasets from the net, downloaded once. Source: EXT-2. */
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { checkOptions } from "../../torch/index.js";
import { DataError } from "../errors.js";
import { archiveChecks } from "./archive-checks.js";
import { fastaiConfig } from "./config.js";
import { DownloadError, downloadFile } from "./download.js";
import { showProgress } from "./download-progress.js";
import { extractArchive } from "./extract.js";

/** Settings of `untarData`. */
export interface UntarDataOptions {
  /** Folder that keeps the archive. Default: fastai's. */
  archive?: string;
  /** Folder in which the dataset's folder is made. Default: fastai's. */
  data?: string;
  /** Which of fastai's folders the dataset goes to. Default "data". */
  cKey?: "data" | "storage" | "model";
  /** Whether to download and unpack again what is there. Default false. */
  forceDownload?: boolean;
  /** The folder with fastai's config.ini. Default: FASTAI_HOME, else ~/.fastai. */
  base?: string;
  /** SHA-256 of the archive, or its beginning, checked before unpacking. Default: fastai's own list, by size and MD5. */
  sha256?: string;
  /** Called with bytes so far and the total, or null. Default: a line on stderr. */
  onProgress?: (done: number, total: number | null) => void;
  /** Cancels; what has arrived is kept for the next call. */
  signal?: AbortSignal;
}

const optionNames = ["archive", "data", "cKey", "forceDownload", "base", "sha256", "onProgress", "signal"];

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Checks an archive against fastai's list, as fastai does: its size and the MD5 of its first megabyte. */
async function checkKnown(url: string, path: string): Promise<void> {
  const known = archiveChecks[url];
  if (!known) return;
  const { size } = await stat(path);
  const file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2 ** 20), 0, 2 ** 20, 0).finally(() => file.close());
  const md5 = createHash("md5").update(buffer.subarray(0, bytesRead)).digest("hex");
  if (size === known[0] && md5 === known[1]) return;
  await rm(path, { force: true });
  throw new DownloadError(
    `untarData: expected ${url} to have ${known[0]} bytes and begin with MD5 ${known[1]}, got ${size} and ${md5}. ` +
      "The file was thrown away; try again.",
    "hash",
  );
}

/** Unpacks beside the destination and moves into place, so that a half-unpacked dataset never looks whole. */
async function unpack(archive: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}.part-`);
  try {
    await extractArchive(archive, work);
    const names = await readdir(work, { withFileTypes: true });
    const [only] = names;
    const source = names.length === 1 && only?.isDirectory() ? join(work, only.name) : work;
    await rm(folder, { recursive: true, force: true });
    await rename(source, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Downloads a dataset's archive unless it is there, unpacks it unless that is done, and returns its folder. Archives and
 * folders are where Python fastai has them. An interrupted download is continued by the next call.
 * Throws `DownloadError` when the archive cannot be had, `DataError` when it cannot be unpacked. Source: EXT-2.
 *
 * @example
 * const path = await untarData(URLs.PETS);
 */
export async function untarData(url: string, options: UntarDataOptions = {}): Promise<string> {
  checkOptions("untarData", options, optionNames);
  const { cKey = "data", forceDownload = false, sha256, signal } = options;
  const config = await fastaiConfig(options.base);
  const file = URL.canParse(url) ? basename(new URL(url).pathname) : url;
  const stem = file.replace(/\.(tgz|tar\.gz|tar|zip)$/i, "");
  if (stem === file)
    throw new DataError(`untarData: expected the address of a .tgz, .tar.gz, .tar or .zip file, got ${url}.`);
  const folder = join(options.data ?? config[cKey], stem);
  if (!forceDownload && (await exists(folder))) return folder;
  const archive = join(options.archive ?? config.archive, file);
  if (forceDownload) await rm(archive, { force: true });
  if (!(await exists(archive))) {
    const onProgress = options.onProgress ?? showProgress("dataset", url, archive);
    await downloadFile(url, archive, { onProgress, ...(sha256 ? { sha256 } : {}), ...(signal ? { signal } : {}) });
    await checkKnown(url, archive);
  }
  await unpack(archive, folder);
  return folder;
}
