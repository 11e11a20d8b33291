import { describeSkipped, type Photos } from "./photos.js";
import type { Preset } from "./preset.js";

/** Where the words go: a terminal gets a line that is drawn over while pictures are made. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
}

const label = (name: string) => name.padEnd(10);

/** What the quickstart says while it works, and a list of what it wrote. */
export class Report {
  readonly #out: Output;
  readonly #written: [file: string, what: string][] = [];
  #start = performance.now();

  constructor(out: Output = process.stdout) {
    this.#out = out;
  }

  #line(text = ""): void {
    this.#out.write(`${text}\n`);
  }

  /** Progress of drawing pictures, 0..1. */
  drawing(pct: number): void {
    const text = `${label("Drawing")}pictures ${Math.round(pct * 100)} %`;
    if (this.#out.isTTY) this.#out.write(pct < 1 ? `\r${text}` : `\r${" ".repeat(text.length)}\r`);
  }

  /** How many photos there are, of which classes, and what was left out. */
  photos({ train, valid, classes, skipped }: Photos, from: string): void {
    const names = classes.length > 12 ? `${classes.slice(0, 12).join(", ")} …` : classes.join(", ");
    this.#line(`${label("Photos")}${train.length} to learn from and ${valid.length} to check with, in ${from}`);
    this.#line(`${label("")}${classes.length} classes: ${names}`);
    if (skipped.length > 0) this.#line(`${label("")}${describeSkipped(skipped)}`);
  }

  /** What is about to be trained. */
  training({ arch, size, epochs, bs, lr }: Preset): void {
    const passes = `${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;
    this.#line(`${label("Model")}${arch} from random weights, ${size} x ${size} pixels`);
    this.#line(`${label("Training")}${passes}, batches of ${bs}, learning rate up to ${lr}\n`);
    this.#start = performance.now();
  }

  /** What came out; `accuracy` 0..1. */
  trained(accuracy: number): void {
    const seconds = (performance.now() - this.#start) / 1000;
    this.#line(
      `\n${label("Result")}${percent(accuracy)} of the photos it never saw are recognised (after ${seconds.toFixed(0)} s)`,
    );
  }

  /** One prediction of the model that was read back. */
  predicted(file: string, model: string, name: string, probability: number): void {
    this.#line(`${label("Predict")}${file} is ${name} (${percent(probability)} sure), says ${model}, loaded again\n`);
  }

  /** Lines under a heading; the further ones are indented. */
  say(heading: string, ...lines: string[]): void {
    for (const [i, line] of lines.entries()) this.#line(`${label(i === 0 ? heading : "")}${line}`.trimEnd());
  }

  /** Notes a file that was written. Returns it. */
  wrote(file: string, what: string): string {
    this.#written.push([file, what]);
    return file;
  }

  /** Where everything lies, and what to do next. */
  finish(hint: string): void {
    const width = Math.max(...this.#written.map(([file]) => file.length)) + 2;
    for (const [i, [file, what]] of this.#written.entries()) {
      this.#line(`${label(i === 0 ? "Written" : "")}${file.padEnd(width)}${what}`);
    }
    this.#line(`\n${hint}`);
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
