import { formatTime } from "../learner/index.js";

/** A place to write lines to, such as `process.stdout`. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const minInterval = 100; // ms between redraws
const barWidth = 24;

/** One line at the bottom of the terminal, redrawn at most ten times a second; the clock is only looked at in `update`. */
export class ProgressBar {
  readonly #out: Terminal;
  readonly #label: string;
  readonly #total: number;
  readonly #start = performance.now();
  #drawn = this.#start;

  /** @param total how many steps there are; NaN when unknown. */
  constructor(out: Terminal, label: string, total: number) {
    this.#out = out;
    this.#label = label;
    this.#total = total;
    this.#draw(0, "");
  }

  /** Tells that `done` steps are done. `comment` is only asked for when the line is drawn. */
  update(done: number, comment: () => string): void {
    const now = performance.now();
    if (now - this.#drawn < minInterval) return;
    this.#drawn = now;
    this.#draw(done, comment());
  }

  /** Takes the line away. */
  clear(): void {
    this.#out.write("\r\x1b[2K");
  }

  #draw(done: number, comment: string): void {
    const elapsed = (performance.now() - this.#start) / 1000;
    const known = Number.isFinite(this.#total) && this.#total > 0;
    const share = known ? Math.min(1, done / this.#total) : 0;
    const full = Math.round(share * barWidth);
    const bar = known
      ? `${"█".repeat(full)}${"░".repeat(barWidth - full)} ${(100 * share).toFixed(0).padStart(3)}% `
      : "";
    const left = known && done > 0 ? `<${formatTime(elapsed * (1 / share - 1))}` : "";
    const count = known ? `${done}/${this.#total}` : String(done);
    const text = `${this.#label} ${bar}[${count} ${formatTime(elapsed)}${left}${comment ? ` ${comment}` : ""}]`;
    const width = (this.#out.columns ?? 80) - 1;
    this.#out.write(`\r\x1b[2K${text.slice(0, width)}`);
  }
}
