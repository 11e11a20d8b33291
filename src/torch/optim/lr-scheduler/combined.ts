/** Schedules made of schedules. */
import { ValueError } from "../../errors.js";
import { recordOf, recordsOf } from "../state-dict.js";
import { LRScheduler, type Schedule, type ScheduledOptimizer, type SchedulerState } from "./scheduler.js";

/** A schedule that can be a part: any but `ReduceLROnPlateau`, whose step needs a metric. */
export type SchedulePart = LRScheduler | SequentialLR | ChainedScheduler;

/** What both have in common: parts of one optimizer, and the rates after the last step. */
abstract class CombinedSchedule implements Schedule {
  protected lastLr: readonly number[] = [];

  constructor(
    readonly optimizer: ScheduledOptimizer,
    protected readonly schedulers: readonly SchedulePart[],
  ) {
    const where = new.target.name;
    if (schedulers.length === 0) throw new ValueError(`${where}: expected schedules, got none.`);
    schedulers.forEach((part, at) => {
      if (!(part instanceof LRScheduler || part instanceof CombinedSchedule)) {
        throw new ValueError(`${where}: expected schedules that need no metric, got another as number ${at}.`);
      }
      if (part.optimizer !== optimizer) {
        throw new ValueError(`${where}: expected schedules of one optimizer, got another's as number ${at}.`);
      }
    });
  }

  /** Sets the rates of the next epoch. */
  abstract step(): void;

  /** Sets the first rates, as a part of another schedule. */
  start(): void {
    this.step();
  }

  /** Takes back the first step, for a schedule whose turn comes later. */
  undoStart(): void {
    for (const part of this.schedulers) part.undoStart();
  }

  /** The rates in use, one for each group. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** The state with those of the parts, under Python's keys. */
  stateDict(): SchedulerState {
    return { _last_lr: this.lastLr, _schedulers: this.schedulers.map((part) => part.stateDict()) };
  }

  /** Takes a state, PyTorch's or ours, also as `load` gives it. */
  loadStateDict(state: object): void {
    const where = `${this.constructor.name}.loadStateDict`;
    const { _last_lr, _schedulers } = recordOf(where, state);
    const parts = recordsOf(where, _schedulers);
    if (parts.length !== this.schedulers.length) {
      throw new ValueError(`${where}: expected ${this.schedulers.length} schedules, got ${parts.length}.`);
    }
    if (Array.isArray(_last_lr)) this.lastLr = _last_lr.map(Number);
    for (const [at, part] of this.schedulers.entries()) part.loadStateDict(parts[at] as object);
  }

  protected groupLrs(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }
}

/** One schedule after the other: the next begins at each milestone. */
export class SequentialLR extends CombinedSchedule {
  /** Steps so far. */
  lastEpoch = 0;
  readonly #milestones: readonly number[];

  constructor(optimizer: ScheduledOptimizer, schedulers: readonly SchedulePart[], milestones: readonly number[]) {
    super(optimizer, schedulers);
    if (milestones.length !== schedulers.length - 1) {
      throw new ValueError(
        `SequentialLR: expected ${schedulers.length - 1} milestones between ${schedulers.length} schedules, got ` +
          `${milestones.length}.`,
      );
    }
    this.#milestones = milestones;
    for (const group of optimizer.paramGroups) group.lr = group.initialLr ?? group.lr;
    this.undoStart();
    this.#current().start();
    this.lastLr = this.#current().getLastLr();
  }

  /** Begins with epoch 0 now. */
  begin(): void {
    this.lastEpoch = 0;
    this.#current().begin();
    this.lastLr = this.groupLrs();
  }

  override step(): void {
    this.lastEpoch += 1;
    const current = this.#current();
    if (this.#milestones.includes(this.lastEpoch)) current.begin();
    else current.step();
    this.lastLr = current.getLastLr();
  }

  override stateDict(): SchedulerState {
    return { ...super.stateDict(), _milestones: this.#milestones, last_epoch: this.lastEpoch };
  }

  override loadStateDict(state: object): void {
    super.loadStateDict(state);
    this.lastEpoch = Number(recordOf("SequentialLR.loadStateDict", state).last_epoch);
  }

  #current(): SchedulePart {
    const at = this.#milestones.filter((milestone) => milestone <= this.lastEpoch).length;
    return this.schedulers[at] as SchedulePart; // one more than milestones
  }
}

/** Schedules that all act at each step, each on the rates that the one before left. */
export class ChainedScheduler extends CombinedSchedule {
  constructor(schedulers: readonly SchedulePart[], optimizer = schedulers[0]?.optimizer) {
    if (!optimizer) throw new ValueError("ChainedScheduler: expected schedules, got none.");
    super(optimizer, schedulers);
    this.lastLr = this.groupLrs();
  }

  /** Begins with epoch 0 now. */
  begin(): void {
    this.#each((part) => part.begin());
  }

  override step(): void {
    this.#each((part) => part.step());
  }

  #each(act: (part: SchedulePart) => void): void {
    this.schedulers.forEach(act);
    this.lastLr = this.groupLrs();
  }
}
