import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Callback, type TrainingLoop } from "../learner/index.js";
import { checkOptions } from "../torch/index.js";

/** Options of `CSVLogger`. */
export interface CSVLoggerOptions {
  /** The file, in the learner's path. Default: "history.csv". */
  fname?: string;
  /** Whether an older file is continued. Default: false. */
  append?: boolean;
}

/** Writes the epoch table to a CSV file, a line as soon as an epoch is done. Source: CBK-3. */
export class CSVLogger extends Callback {
  override readonly name = "csvLogger";
  override readonly order = 60;
  readonly #fname: string;
  readonly #append: boolean;
  #path = "";
  #epochStart = 0;

  constructor(options: CSVLoggerOptions = {}) {
    super();
    checkOptions("CSVLogger", options, ["fname", "append"]);
    const { fname = "history.csv", append = false } = options;
    this.#fname = fname;
    this.#append = append;
  }

  /** The rows of the file that was written last, by column; cells that are numbers as numbers. */
  async readLog(): Promise<Record<string, number | string>[]> {
    const [header = "", ...lines] = (await readFile(this.#path, "utf8")).trim().split("\n");
    const names = header.split(",");
    const cell = (text: string): number | string => (text === "" || Number.isNaN(Number(text)) ? text : Number(text));
    const rows = lines.filter((line) => line !== header); // continued files repeat the header
    return rows.map((line) => Object.fromEntries(line.split(",").map((text, i) => [names[i] ?? i, cell(text)])));
  }

  override async beforeFit(learn: TrainingLoop): Promise<void> {
    if (!learn.fitting) return;
    this.#path = join(learn.path, this.#fname);
    await mkdir(dirname(this.#path), { recursive: true });
    const header = `${learn.recorder.metricNames.join(",")}\n`;
    await (this.#append ? appendFile(this.#path, header) : writeFile(this.#path, header));
  }

  override beforeEpoch(): void {
    this.#epochStart = performance.now();
  }

  override async afterEpoch(learn: TrainingLoop): Promise<void> {
    if (!learn.fitting) return;
    const seconds = ((performance.now() - this.#epochStart) / 1000).toFixed(2);
    const cells = [
      learn.epoch,
      ...learn.finalRecord.map((value) => value ?? ""),
      ...(learn.recorder.addTime ? [seconds] : []),
    ];
    await appendFile(this.#path, `${cells.join(",")}\n`);
  }
}
