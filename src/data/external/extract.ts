/** Unpacking archives safely. */
import { createReadStream } from "node:fs";
import { copyFile, mkdir, open } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { createGunzip } from "node:zlib";
import { DataError, messageOf } from "../errors.js";
import { type ArchiveEntry, readTar } from "./tar.js";
import { readZip } from "./zip.js";

/** Where a member goes; throws when that is outside the folder. */
function target(folder: string, path: string): string {
  const clean = path.replaceAll("\\", "/");
  const full = resolve(folder, clean);
  const inside = full === resolve(folder) || full.startsWith(resolve(folder) + sep);
  if (inside && !clean.startsWith("/") && !/^[A-Za-z]:/.test(clean) && !clean.includes("\0")) return full;
  throw new Error(`a member that would be written outside the folder: ${JSON.stringify(path)}`);
}

async function writeEntry(entry: ArchiveEntry, folder: string): Promise<void> {
  const path = target(folder, entry.path);
  if (entry.kind === "folder") {
    await mkdir(path, { recursive: true });
    return;
  }
  if (entry.kind === "other") return;
  await mkdir(dirname(path), { recursive: true });
  if (entry.linkTo !== undefined) {
    // No links are made, so what lies inside the folder is a file of this archive.
    await copyFile(target(folder, entry.linkTo), path);
    return;
  }
  const file = await open(path, "w");
  try {
    for await (const piece of entry.body()) await file.write(piece);
  } finally {
    await file.close();
  }
}

function members(archive: string): AsyncIterable<ArchiveEntry> {
  if (/\.zip$/i.test(archive)) return readZip(archive);
  const bytes = createReadStream(archive);
  if (!/\.(tgz|gz)$/i.test(archive)) return readTar(bytes);
  const gunzip = createGunzip();
  bytes.on("error", (error) => gunzip.destroy(error)); // pipe does not pass errors on
  return readTar(bytes.pipe(gunzip));
}

/**
 * Unpacks a .tgz, .tar.gz, .tar or .zip file into a folder. Files and folders only: hard links become copies, symbolic links
 * and devices are left out, and a member whose path leads outside the folder stops the work.
 * Throws `DataError` when the archive is damaged or unsafe. Source: EXT-2.
 */
export async function extractArchive(archive: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  try {
    for await (const entry of members(archive)) await writeEntry(entry, join(folder));
  } catch (error) {
    throw new DataError(`extractArchive: cannot unpack ${archive}: ${messageOf(error)}. Download it again.`, {
      item: archive,
      cause: error,
    });
  }
}
