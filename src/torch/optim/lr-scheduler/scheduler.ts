/** What every learning-rate schedule shares: base rates, counting, state dicts in Python's layout. */
import { ValueError } from "../../errors.js";
import type { ScheduledHypers } from "../optimizer.js";
import { recordOf } from "../state-dict.js";

/** A parameter group as schedules see it. */
export type ScheduledGroup = ScheduledHypers & {
  lr: number;
  momentum?: number;
  betas?: readonly [number, number];
};

/** What a schedule drives: any optimizer whose groups have a learning rate. */
export interface ScheduledOptimizer {
  readonly paramGroups: readonly ScheduledGroup[];
  readonly defaults: object;
}

/** A value in a schedule's saved state. */
export type SavedValue =
  | number
  | boolean
  | string
  | null
  | readonly SavedValue[]
  | ReadonlyMap<number, number>
  | { readonly [key: string]: SavedValue };

/** A schedule's state under Python's keys. */
export type SchedulerState = Record<string, SavedValue>;

/** Options of every schedule. */
export interface SchedulerOptions {
  /** The epoch that was the last, when training goes on with an optimizer that has been scheduled before. Default -1. */
  lastEpoch?: number;
}

/** The options' names. */
export const schedulerKeys = ["lastEpoch"] as const;

/** What is called after each epoch (or batch). `step` of `ReduceLROnPlateau` takes a metric, hence the argument. */
export interface Schedule {
  readonly optimizer: ScheduledOptimizer;
  step(metric?: number): void;
  getLastLr(): number[];
  stateDict(): SchedulerState;
  loadStateDict(state: object): void;
}

/**
 * Base class of the schedules: sets `lr` of each group at the start and at each `step()`, which is called after the
 * optimizer's. A subclass gives `getLr`, which may go on from the groups' present rates, so that schedules combine, and
 * calls `start()` at the end of its constructor. `Fields` are its own numbers, under the names that they are saved by.
 */
export abstract class LRScheduler<Fields extends object = object> implements Schedule {
  /** Steps so far; after the constructor 0. */
  lastEpoch: number;
  /** The groups' rates before the schedule. */
  protected baseLrs: readonly number[];
  protected readonly fields: Fields;
  /** Whether the first rates are being set, by the constructor. */
  protected isInitial = false;
  protected stepCount = 0;
  #lastLr: readonly number[];

  constructor(
    readonly optimizer: ScheduledOptimizer,
    { lastEpoch = -1 }: SchedulerOptions,
    fields: Fields,
  ) {
    this.fields = fields;
    this.lastEpoch = lastEpoch;
    this.baseLrs = optimizer.paramGroups.map((group, at) => {
      if (lastEpoch === -1) group.initialLr ??= group.lr;
      if (group.initialLr !== undefined) return group.initialLr;
      throw new ValueError(
        `${this.constructor.name}: expected groups with initialLr when lastEpoch is ${lastEpoch}, got none in group ${at}. ` +
          "Load the optimizer's state first, or leave lastEpoch out.",
      );
    });
    this.#lastLr = this.groupLrs();
  }

  /** The rates for `lastEpoch`, one for each group. */
  protected abstract getLr(): number[];

  /** Sets the first rates. */
  start(): void {
    this.stepCount = 0;
    this.isInitial = true;
    this.step();
    this.isInitial = false;
  }

  /** Takes back the step of the constructor, for a schedule whose turn comes later. */
  undoStart(): void {
    this.lastEpoch -= 1;
  }

  /** Sets the rates of the next epoch. */
  step(): void {
    this.stepCount += 1;
    this.lastEpoch += 1;
    this.apply(this.getLr());
  }

  /** Begins with epoch 0 now, for a schedule whose turn has come. */
  begin(): void {
    this.lastEpoch = 0;
    this.apply(this.closedForm());
  }

  /** The rates in use, one for each group. */
  getLastLr(): number[] {
    return [...this.#lastLr];
  }

  /** The state, under Python's keys, without the optimizer (save that too) and without functions. */
  stateDict(): SchedulerState {
    return {
      ...this.fields,
      base_lrs: this.baseLrs,
      last_epoch: this.lastEpoch,
      _step_count: this.stepCount,
      _is_initial: false,
      _get_lr_called_within_step: false,
      _last_lr: this.#lastLr,
    };
  }

  /** Takes a state, PyTorch's or ours, also as `load` gives it. */
  loadStateDict(state: object): void {
    const where = `${this.constructor.name}.loadStateDict`;
    const saved = recordOf(where, state);
    if (typeof saved.last_epoch !== "number") {
      throw new ValueError(`${where}: expected the state of a schedule, got none of last_epoch.`);
    }
    this.lastEpoch = saved.last_epoch;
    this.stepCount = Number(saved._step_count ?? this.stepCount);
    this.baseLrs = numbersOf(saved.base_lrs) ?? this.baseLrs;
    this.#lastLr = numbersOf(saved._last_lr) ?? this.#lastLr;
    const known = Object.entries(saved).filter(([name]) => name in this.fields);
    Object.assign(this.fields, Object.fromEntries(known));
  }

  /** The rates for `lastEpoch` from the base rates alone, where there is a formula. */
  protected closedForm(): number[] {
    return this.getLr();
  }

  /** The groups' present rates. */
  protected groupLrs(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** The groups' present rates, times a factor. */
  protected scaled(factor: number): number[] {
    return this.groupLrs().map((lr) => lr * factor);
  }

  protected apply(rates: readonly number[]): void {
    this.optimizer.paramGroups.forEach((group, at) => {
      group.lr = rates[at] as number; // one for each group
    });
    this.#lastLr = this.groupLrs();
  }
}

function numbersOf(value: unknown): number[] | undefined {
  return Array.isArray(value) ? value.map(Number) : undefined;
}

/** One value for each group, from one for all or a list. Throws `ValueError` on a list of another length. */
export function forGroups<T>(where: string, name: string, optimizer: ScheduledOptimizer, value: T | readonly T[]): T[] {
  const { length } = optimizer.paramGroups;
  if (!Array.isArray(value)) return Array.from({ length }, () => value as T);
  if (value.length === length) return [...value];
  throw new ValueError(`${where}: expected ${length} values of ${name}, one a group, got ${value.length}.`);
}
