/** Runs the program of random calls in a child process with little memory, and watches that it goes on. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./robustness.program.ts", import.meta.url));

/** What came of a chunk of calls. */
export interface Chunk {
  readonly calls: number;
  readonly returned: number;
  /** Memory of the process at its end. */
  readonly megabytes: number;
  /** Calls that did not end as they should, and what happened; the call in which the process ended is the last one. */
  readonly failures: readonly { readonly call: string; readonly problem: string }[];
}

/** Settings of {@link runChunk}. */
export interface ChunkOptions {
  /** A call that takes longer is a hang. Seconds, default 60. */
  callLimit?: number;
  /** Data memory of the process, so that an absurd size is refused rather than served. Default 4; 0: no limit. */
  gigabytes?: number;
}

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Record<string, unknown>] : []));
}

/** Makes `calls` random calls, the same for the same seed. */
export async function runChunk(seed: number, calls: number, options: ChunkOptions = {}): Promise<Chunk> {
  const { callLimit = 60, gigabytes = 4 } = options;
  const folder = mkdtempSync(join(tmpdir(), "robustness-"));
  const log = join(folder, "calls.log");
  const limit = gigabytes > 0 ? `ulimit -d ${gigabytes * 1e6}; ` : "";
  const child = spawn("bash", [
    ...["-c", `${limit}exec "$0" --expose-gc --import tsx "$@"`, process.execPath],
    ...[program, log, String(seed), String(calls)],
  ]);
  let [output, errors, hung] = ["", "", false];
  child.stdout.on("data", (data) => {
    output += String(data);
  });
  child.stderr.on("data", (data) => {
    errors = (errors + String(data)).slice(-3000);
  });
  const started = Date.now();
  const watchdog = setInterval(() => {
    const last = statSync(log, { throwIfNoEntry: false })?.mtimeMs ?? started;
    if (Date.now() - last < callLimit * 1000) return;
    hung = true;
    child.kill("SIGKILL");
  }, 500);
  const code = await new Promise<number | string>((done) => {
    child.on("close", (status, signal) => done(status ?? signal ?? 0));
  });
  clearInterval(watchdog);
  const made = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []; // none when it could not begin
  rmSync(folder, { recursive: true });
  const lines = linesOf(output);
  const summary = lines.find((line) => "returned" in line) ?? {};
  const failures = lines.filter((line) => "problem" in line) as { call: string; problem: string }[]; // as it writes them
  if (code !== 0) {
    failures.push({
      call: made.at(-1) ?? "",
      problem: hung ? `took more than ${callLimit} s` : `the process ended with ${code}: ${errors}`,
    });
  }
  return {
    calls: made.length,
    returned: Number(summary.returned ?? 0),
    megabytes: Number(summary.megabytes ?? 0),
    failures,
  };
}
