/** Where the time of each training step goes. */
import { Callback, type EventName, type TrainingLoop, type Undo } from "../learner/index.js";
import { type Figure, lineChart, tableFigure } from "../show/index.js";
import { checkOptions, cuda, OptionError } from "../torch/index.js";

/** What a step consists of. */
const profilePhases = ["data", "forward", "loss", "backward", "step", "callbacks", "rest"] as const;

/** One part of a step: `rest` is clearing gradients and the loop itself. */
export type ProfilePhase = (typeof profilePhases)[number];

/** What passes before an event's first handler. */
const before: Partial<Record<EventName, ProfilePhase>> = {
  beforeBatch: "data",
  afterPred: "forward",
  afterLoss: "loss",
  beforeBackward: "rest",
  afterBackward: "backward",
  beforeStep: "rest",
  afterStep: "step",
  afterBatch: "rest",
};

const events = Object.keys(before) as EventName[];

/** Options of `Profiler`. */
export interface ProfilerOptions {
  /** Whether every part waits for the GPU, so that work counts where it is asked for. Default false. */
  sync?: boolean;
}

/** The time of one part of the steps. */
export interface ProfileRow {
  readonly phase: ProfilePhase;
  /** Milliseconds in all. */
  readonly total: number;
  /** Milliseconds a step: mean, and the one that half of the steps stay below. */
  readonly mean: number;
  readonly median: number;
  /** Share of the whole time, 0..1. */
  readonly share: number;
}

/**
 * Measures how long each training step takes for data, forward pass, loss, backward pass, optimizer and callbacks.
 *
 * @example
 * const profiler = new Profiler();
 * await learn.fit(1, { cbs: profiler });
 * console.log(String(profiler));
 */
export class Profiler extends Callback {
  override readonly name = "profiler";
  override readonly order = Number.NEGATIVE_INFINITY;
  override readonly runValid = false;
  override readonly onlyTrainLoop = true;
  /** Milliseconds of each part, by training step. */
  readonly steps: Record<ProfilePhase, number[]> = emptySteps();
  readonly #sync: boolean;
  #mark = 0;
  #current = emptyTimes();

  constructor(options: ProfilerOptions = {}) {
    super();
    checkOptions("Profiler", options, ["sync"]);
    this.#sync = options.sync ?? false;
    for (const event of events) Object.assign(this, { [event]: () => this.#count(before[event] ?? "rest") });
  }

  override beforeFit(learn: TrainingLoop): Undo {
    Object.assign(this.steps, emptySteps());
    const last = this.#last();
    learn.addCbs(last);
    return () => void learn.removeCbs(last);
  }

  override beforeTrain(): void {
    this.#mark = this.#now();
  }

  /** Each part's time; the parts add up to the whole. */
  table(): ProfileRow[] {
    const totals = profilePhases.map((phase) => this.steps[phase].reduce((sum, ms) => sum + ms, 0));
    const all = totals.reduce((sum, ms) => sum + ms, 0);
    const n = this.steps.data.length;
    if (n === 0) throw new OptionError("Profiler: expected a finished fit, but no step was seen. Fit with it first.");
    return profilePhases.map((phase, i) => {
      const total = totals[i] ?? 0;
      const sorted = [...this.steps[phase]].sort((a, b) => a - b);
      return { phase, total, mean: total / n, median: sorted[Math.floor(n / 2)] ?? 0, share: total / all };
    });
  }

  /** The table as a picture. */
  plotTable(): Figure {
    return tableFigure({
      title: `${this.steps.data.length} steps`,
      columns: ["part", "share", "mean ms", "median ms", "total ms"],
      rows: this.table().map(({ phase, share, mean, median, total }) => [
        phase,
        `${(100 * share).toFixed(1)} %`,
        ...[mean, median, total].map((ms) => ms.toFixed(3)),
      ]),
    });
  }

  /** The milliseconds of each part by step. */
  plot(): Figure {
    const series = profilePhases.map((name) => ({ name, y: this.steps[name], dots: false }));
    return lineChart({ title: "Time of a step", series, xLabel: "Step", yLabel: "ms" });
  }

  /** The table as text. */
  override toString(): string {
    const rows = this.table().map(({ phase, share, mean, median }) =>
      [
        phase.padEnd(10),
        `${(100 * share).toFixed(1)} %`.padStart(8),
        mean.toFixed(3).padStart(10),
        median.toFixed(3).padStart(10),
      ].join(" "),
    );
    return [
      ["part".padEnd(10), "share".padStart(8), "mean ms".padStart(10), "median ms".padStart(10)].join(" "),
      ...rows,
    ].join("\n");
  }

  /** The partner that runs after all other callbacks: what passed since the event began is theirs. */
  #last(): Callback {
    const handlers = events.map((event) => [event, () => this.#after(event)]);
    return { name: "profilerEnd", order: Number.POSITIVE_INFINITY, runValid: false, ...Object.fromEntries(handlers) };
  }

  #after(event: EventName): void {
    this.#count("callbacks");
    if (event !== "afterBatch") return;
    for (const phase of profilePhases) this.steps[phase].push(this.#current[phase]);
    this.#current = emptyTimes();
    this.#mark = this.#now();
  }

  #count(phase: ProfilePhase): void {
    const now = this.#now();
    this.#current[phase] += now - this.#mark;
    this.#mark = now;
  }

  #now(): number {
    if (this.#sync && cuda.isAvailable()) cuda.synchronize();
    return performance.now();
  }
}

function emptyTimes(): Record<ProfilePhase, number> {
  return { data: 0, forward: 0, loss: 0, backward: 0, step: 0, callbacks: 0, rest: 0 };
}

function emptySteps(): Record<ProfilePhase, number[]> {
  return { data: [], forward: [], loss: [], backward: [], step: [], callbacks: [], rest: [] };
}
