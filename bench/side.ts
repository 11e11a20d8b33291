import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Case } from "./table.js";

/** A command line. */
export type Command = [file: string, ...args: string[]];

/** The command on the last core that this process may use, where the system can be told so. */
function onOneCore(command: Command): Command {
  if (process.platform !== "linux") return command;
  const allowed = /^Cpus_allowed_list:.*?(\d+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ["taskset", "--cpu-list", allowed, ...command];
}

/**
 * One side of a comparison: a process that waits on its input while the other side runs, and answers on file descriptor
 * 3, so that whatever the libraries print does no harm.
 */
export class Side {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #arrived: string[] = [];
  #errors = "";

  /** roundMs: how long the process works for one figure, about. */
  constructor(command: Command, { threads, core = false }: Pick<Case, "threads" | "core">, roundMs: number) {
    const [file, ...args] = core ? onOneCore(command) : command;
    const limit = String(threads);
    this.#child = spawn(file, args, {
      stdio: ["pipe", "ignore", "pipe", "pipe"],
      env: { ...process.env, OMP_NUM_THREADS: limit, MKL_NUM_THREADS: limit, BENCH_ROUND_MS: String(roundMs) },
    });
    this.#ended = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.stdin?.on("error", () => undefined); // a dead process is reported by `answer`
    this.#child.stderr?.on("data", (chunk) => {
      this.#errors += chunk;
    });
    createInterface({ input: this.#child.stdio[3] as Readable }).on("line", (line) => {
      const next = this.#waiting.shift();
      if (next) next(line);
      else this.#arrived.push(line);
    });
  }

  /** Sends one line and gives the number answered. Throws with the process's last words when it died. */
  async ask(line: string): Promise<number> {
    this.#child.stdin?.write(`${line}\n`);
    return this.answer();
  }

  /** The next number the process gives by itself. */
  async answer(): Promise<number> {
    const line = this.#arrived.shift() ?? (await Promise.race([this.#line(), this.#ended.then(() => "")]));
    if (line) return JSON.parse(line) as number; // both workers write bare numbers
    throw new Error(this.#errors.trim().split("\n").slice(-6).join("\n") || "the process ended without an answer");
  }

  /** Ends the process and waits for it. */
  async stop(): Promise<void> {
    this.#child.kill();
    await this.#ended;
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  #line(): Promise<string> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
