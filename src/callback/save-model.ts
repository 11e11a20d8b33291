import { load, save, type TrainingLoop } from "../learner/index.js";
import { checkOptions, OptionError } from "../torch/index.js";
import { Tracker, type TrackerOptions } from "./tracker.js";

/** Options of `SaveModel`. */
export interface SaveModelOptions extends TrackerOptions {
  /** The file's name. Default: "model". */
  fname?: string;
  /** Saves every n-th epoch as `fname_epoch` instead of the best one. Default: 0, the best. */
  everyEpoch?: number;
  /** Saves once at the end instead, and does not go back to the best. Default: false. */
  atEnd?: boolean;
  /** Whether the optimizer's state is saved too. Default: false. */
  withOpt?: boolean;
}

/** Saves the model whenever a column of the epoch table gets better, and goes back to the best one at the end. Source: CBK-6. */
export class SaveModel extends Tracker {
  override readonly order = 61;
  /** The file written last. */
  lastSavedPath: string | null = null;
  readonly #save: Required<Pick<SaveModelOptions, "fname" | "everyEpoch" | "atEnd" | "withOpt">>;

  constructor(options: SaveModelOptions = {}) {
    const { fname = "model", everyEpoch = 0, atEnd = false, withOpt = false, ...tracked } = options;
    checkOptions("SaveModel", tracked, ["monitor", "comp", "minDelta", "resetOnFit"]);
    if (everyEpoch > 0 && atEnd)
      throw new OptionError("SaveModel: expected everyEpoch or atEnd, got both. Choose one.");
    super(tracked);
    this.#save = { fname, everyEpoch, atEnd, withOpt };
  }

  override stateDict(): object {
    return { ...super.stateDict(), lastSavedPath: this.lastSavedPath };
  }

  override loadStateDict(state: object): void {
    super.loadStateDict(state);
    this.lastSavedPath = (state as { lastSavedPath: string | null }).lastSavedPath; // what stateDict gave
  }

  protected override async judged(learn: TrainingLoop): Promise<void> {
    const { fname, everyEpoch } = this.#save;
    if (everyEpoch > 0) {
      if (learn.epoch % everyEpoch === 0) await this.#write(learn, `${fname}_${learn.epoch}`);
      return;
    }
    if (!this.newBest) return;
    console.log(`Better model found at epoch ${learn.epoch} with ${this.monitor} value: ${this.best}.`);
    await this.#write(learn, fname);
  }

  override async afterFit(learn: TrainingLoop): Promise<void> {
    const { fname, everyEpoch, atEnd, withOpt } = this.#save;
    if (!learn.fitting) return;
    if (atEnd) await this.#write(learn, fname);
    else if (everyEpoch === 0 && this.lastSavedPath) await load(learn, fname, { withOpt });
  }

  async #write(learn: TrainingLoop, name: string): Promise<void> {
    this.lastSavedPath = await save(learn, name, { withOpt: this.#save.withOpt });
  }
}
