// `npm run bench -- [case …] [--json FILE] [--rounds N] [--threads N] [--quick] [--list]`: our version and Python's of
// the same work, in turn. A case is an id or the beginning of some; --quick only tries whether everything runs.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Command, Side } from "./side.js";
import { CASES, type Case } from "./table.js";

/** One case's result: medians, and as `ratio` the median of ours / peer over neighbouring rounds. */
export interface Result {
  case: string;
  ours: number;
  peer: number;
  peerName: string;
  unit: Case["unit"];
  ratio: number;
}

// Many short rounds: a machine's clock and its other tenants change slowly, so neighbouring rounds see the same machine.
const MIN_ROUNDS = 5;
const ROUND_MS = 120;
const LONGEST_CASE_MS = 12_000;
const QUICK = { rounds: 1, roundMs: 20 };
const PER_UNIT = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

const here = import.meta.dirname;
const { values: options, positionals } = commandLine();

function commandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "string" },
        rounds: { type: "string", default: "25" },
        threads: { type: "string" },
        quick: { type: "boolean" },
        list: { type: "boolean" },
      },
    });
  } catch (error) {
    return refuse(error);
  }
}

/** A mistake in the command line needs no stack. */
function refuse(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}

const roundMs = options.quick ? QUICK.roundMs : ROUND_MS;

/** The interpreter of the peers: `FASTAI_TS_BENCH_PYTHON`, or the environment that `npm run bench:setup` makes. */
function peerPython(): string {
  const python = process.env.FASTAI_TS_BENCH_PYTHON ?? join(here, ".venv", "bin", "python");
  if (existsSync(python)) return python;
  throw new Error(
    `bench: expected a Python with torch and fastai in ${python}, found none. Do this: npm run bench:setup`,
  );
}

/** Both sides' command lines for a case: our worker and theirs, or one program a figure. */
function commands({ id, process: own }: Case): { ours: Command; peer: Command } {
  const name = id.replace(".", "-");
  return {
    ours: own
      ? [process.execPath, join(here, "startup", `${name}.mjs`)]
      : [process.execPath, "--import", "tsx", join(here, "worker.ts")],
    peer: [peerPython(), join(here, "peers", own ? `${name.replace("-", "_")}.py` : "worker.py")],
  };
}

/** What both sides answered, round by round. */
interface Figures {
  ours: number[];
  peer: number[];
}

/** Asks both sides in turn, `rounds` times or, where a round takes long, until the case's time is over. */
async function takeTurns(rounds: number, ours: () => Promise<number>, peer: () => Promise<number>): Promise<Figures> {
  const figures: Figures = { ours: [], peer: [] };
  const started = performance.now();
  const isOver = (round: number) => round >= MIN_ROUNDS && performance.now() - started > LONGEST_CASE_MS;
  for (let round = 0; round < rounds && !isOver(round); round++) {
    figures.ours.push(await ours());
    figures.peer.push(await peer());
  }
  return figures;
}

/** Rounds of two long-lived processes; the one waits while the other works. */
async function alternate(test: Case, rounds: number): Promise<Figures> {
  const { ours: ourCommand, peer: peerCommand } = commands(test);
  const ours = new Side(ourCommand, test, roundMs);
  const peer = new Side(peerCommand, test, roundMs);
  try {
    await ours.ask(`prepare ${test.id}`);
    await peer.ask(`prepare ${test.id}`);
    return await takeTurns(
      rounds,
      () => ours.ask("round"),
      () => peer.ask("round"),
    );
  } finally {
    await Promise.all([ours.stop(), peer.stop()]);
  }
}

/** A fresh process a figure: the number it gives, or its time until it gives one. */
async function single(command: Command, test: Case): Promise<number> {
  const started = performance.now();
  const side = new Side(command, test, roundMs);
  try {
    const value = await side.answer();
    return test.unit === "MB" ? value / 1024 : (performance.now() - started) * 1e6;
  } finally {
    await side.stop();
  }
}

async function alternateProcesses(test: Case, rounds: number): Promise<Figures> {
  const { ours, peer } = commands(test);
  const turns = (count: number) =>
    takeTurns(
      count,
      () => single(ours, test),
      () => single(peer, test),
    );
  await turns(1); // unmeasured, so that both sides read their files from memory
  return turns(rounds);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function measure(test: Case, rounds: number): Promise<Result> {
  const figures = await (test.process ? alternateProcesses : alternate)(test, rounds);
  const divisor = test.unit === "MB" ? 1 : PER_UNIT[test.unit];
  const [ours, peer] = [median(figures.ours) / divisor, median(figures.peer) / divisor];
  const ratio = median(figures.ours.map((value, round) => value / (figures.peer[round] ?? Number.NaN)));
  return { case: test.id, ours, peer, peerName: test.peer, unit: test.unit, ratio };
}

function selected(): Case[] {
  const unknown = positionals.filter((name) => !CASES.some(({ id }) => id === name || id.startsWith(`${name}.`)));
  if (unknown.length > 0) {
    refuse(`bench: expected a case, got ${unknown.join(", ")}. Known: ${CASES.map(({ id }) => id).join(", ")}`);
  }
  const isWanted = ({ id }: Case) => positionals.some((name) => id === name || id.startsWith(`${name}.`));
  return positionals.length === 0 ? CASES : CASES.filter(isWanted);
}

async function main(cases: readonly Case[]): Promise<void> {
  if (options.list) {
    for (const { id, ours, peer } of CASES) console.log(`${id.padEnd(26)} ${ours}  /  ${peer}`);
    return;
  }
  const rounds = options.quick ? QUICK.rounds : Math.max(MIN_ROUNDS, Number(options.rounds));
  const results: Result[] = [];
  console.log(`${"case".padEnd(26)} ${"ours".padStart(10)} ${"peer".padStart(10)} unit  ratio  target`);
  for (const chosen of cases) {
    const test = { ...chosen, threads: Number(options.threads ?? chosen.threads) };
    try {
      const result = await measure(test, rounds);
      results.push(result);
      const figures = [result.ours, result.peer].map((value) => value.toPrecision(4).padStart(10)).join(" ");
      const verdict = result.ratio <= test.target ? "" : "  above target";
      console.log(
        `${test.id.padEnd(26)} ${figures} ${test.unit.padEnd(4)} ${result.ratio.toFixed(3)}   ${test.target}${verdict}`,
      );
    } catch (error) {
      console.error(`${test.id.padEnd(26)} failed: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
    if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  }
}

await main(selected());
