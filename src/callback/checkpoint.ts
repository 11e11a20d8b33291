import { existsSync } from "node:fs";
import { Callback, CancelEpoch, readState, restore, save, type TrainingLoop } from "../learner/index.js";
import { checkOptions, FileFormatError, loadSafetensors } from "../torch/index.js";

/** Options of `Checkpoint`. */
export interface CheckpointOptions {
  /** The file's name, below the learner's model folder. Default: "checkpoint". */
  fname?: string;
  /** Whether a file that is there is gone on from. Default: true. */
  resume?: boolean;
  /** A checkpoint is written after so many epochs. Default: 1. */
  every?: number;
}

/** What a checkpoint says besides weights, optimizer and random numbers. */
interface Progress {
  /** Which fit of this callback: `fineTune` has two. */
  readonly fit: number;
  /** Epochs that are done. */
  readonly epochs: number;
  readonly trainIter: number;
  /** Callbacks' states by name. */
  readonly cbs: Readonly<Record<string, object>>;
}

/**
 * Writes everything that a fit depends on after each epoch: weights, optimizer, random numbers, records and the states of
 * callbacks. When the program runs again after a crash, the fit goes on after the last epoch that was written, with the same
 * losses as if nothing had happened (on the CPU to the last bit). Delete the file to begin anew.
 *
 * @example
 * await learn.fitOneCycle(50, 1e-3, { cbs: new Checkpoint() });
 */
export class Checkpoint extends Callback {
  override readonly name = "checkpoint";
  override readonly order = 80; // after everything else has noted the epoch
  override readonly onlyTrainLoop = true;
  override readonly removeOnFetch = true;
  readonly #fname: string;
  readonly #resume: boolean;
  readonly #every: number;
  #fit = -1;
  #start = 0;

  constructor(options: CheckpointOptions = {}) {
    super();
    checkOptions("Checkpoint", options, ["fname", "resume", "every"]);
    this.#fname = options.fname ?? "checkpoint";
    this.#resume = options.resume ?? true;
    this.#every = options.every ?? 1;
  }

  override async beforeFit(learn: TrainingLoop): Promise<void> {
    if (!learn.fitting) return;
    this.#fit += 1;
    this.#start = 0;
    const path = learn.modelFile(this.#fname, ".safetensors");
    if (!this.#resume || !existsSync(path)) return;
    const saved = await loadSafetensors(path);
    const progress = readState(saved) as Progress | null; // what #write put there
    if (!progress || typeof progress.fit !== "number") {
      throw new FileFormatError(
        `Checkpoint: expected a checkpoint in ${path}, got another file. Choose another fname.`,
      );
    }
    if (progress.fit < this.#fit) return;
    this.#start = progress.fit > this.#fit ? learn.nEpoch : progress.epochs;
    if (progress.fit > this.#fit) return; // a fit that was finished before
    restore(learn, saved, this.#fname, { withRng: true });
    learn.trainIter = progress.trainIter;
    for (const cb of learn.cbs) {
      const state = progress.cbs[cb.name];
      if (state) cb.loadStateDict?.(state);
    }
    if (!learn.quiet) console.log(`Going on after epoch ${progress.epochs - 1} of ${path}`);
  }

  override beforeEpoch(learn: TrainingLoop): void {
    if (learn.epoch < this.#start) throw new CancelEpoch("this epoch is in the checkpoint");
  }

  override async afterEpoch(learn: TrainingLoop): Promise<void> {
    if (!learn.fitting || learn.epoch < this.#start || (learn.epoch + 1) % this.#every !== 0) return;
    const cbs = learn.cbs.flatMap((cb) => (cb.stateDict ? [[cb.name, cb.stateDict()] as const] : []));
    const { trainIter } = learn;
    const state: Progress = { fit: this.#fit, epochs: learn.epoch + 1, trainIter, cbs: Object.fromEntries(cbs) };
    await save(learn, this.#fname, { state });
  }
}
