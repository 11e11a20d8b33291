import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while holding a lock folder, so that two set-ups at once do the work once, one after the other.
 * A lock whose process is gone is taken over.
 * @template T
 * @param {string} path the lock folder
 * @param {(message: string) => void} say
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, say, work) {
  mkdirSync(dirname(path), { recursive: true });
  let waiting = false;
  while (!take(path)) {
    if (isStale(path)) {
      rmSync(path, { recursive: true, force: true });
      continue;
    }
    if (!waiting) say(`another set-up is at work (process ${owner(path) ?? "unknown"}), waiting for it`);
    waiting = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** @param {string} path */
function take(path) {
  try {
    mkdirSync(path);
  } catch {
    return false;
  }
  writeFileSync(join(path, "pid"), String(process.pid));
  return true;
}

/** @param {string} path */
function owner(path) {
  try {
    return Number(readFileSync(join(path, "pid"), "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function isStale(path) {
  const pid = owner(path);
  if (pid === undefined) {
    // Between mkdir and the pid file: stale only when it stays so.
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return made !== undefined && Date.now() - made > 5000;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH";
  }
}
