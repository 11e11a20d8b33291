import { Callback, type TrainingLoop, type Undo } from "../learner/index.js";
import type { Schedule } from "./schedules.js";

/**
 * Sets hyper-parameters at the start of each training batch by their schedules, and notes the last layer group's values
 * in the recorder's `hps`. Source: SCH-4.
 */
export class ParamScheduler extends Callback {
  override readonly name: string = "paramScheduler";
  override readonly order = 60;
  override readonly runValid = false;
  /** Values of the last layer group by iteration. */
  hps: Record<string, number[]> = {};
  readonly #scheds: readonly (readonly [name: string, sched: Schedule])[];

  /** @param scheds a schedule for each hyper-parameter, such as `{ lr: schedCos(1e-3, 1e-5) }`. */
  constructor(scheds: Readonly<Record<string, Schedule>>) {
    super();
    this.#scheds = Object.entries(scheds);
  }

  override async beforeFit(learn: TrainingLoop): Promise<Undo | undefined> {
    if (!learn.fitting) return undefined;
    this.hps = Object.fromEntries(this.#scheds.map(([name]) => [name, []]));
    await learn.countBatches(learn.dls.train);
    return undefined;
  }

  override stateDict(): object {
    return { hps: this.hps };
  }

  override loadStateDict(state: object): void {
    this.hps = (state as { hps: Record<string, number[]> }).hps; // what stateDict gave
  }

  /** The position of the schedules for the batch at hand. */
  protected position(learn: TrainingLoop): number {
    return learn.pctTrain;
  }

  override beforeBatch(learn: TrainingLoop): void {
    const pos = this.position(learn);
    for (const [name, sched] of this.#scheds) learn.opt?.setHyper(name, sched(pos));
  }

  override afterBatch(learn: TrainingLoop): void {
    const hypers = learn.opt?.hypers.at(-1);
    for (const [name] of this.#scheds) this.hps[name]?.push(hypers?.[name] ?? Number.NaN);
  }

  override afterFit(learn: TrainingLoop): void {
    if (learn.fitting && learn.hasRecorder) learn.recorder.hps = this.hps;
  }
}
