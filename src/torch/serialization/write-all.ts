/** Writing bytes of any length. */
import type { FileHandle } from "node:fs/promises";

const writeBytes = 2 ** 30; // one write call takes at most 2 GiB

/** Appends all bytes to a file. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(writeBytes, bytes.length - at));
    at += bytesWritten;
  }
}
