/** Random choices that repeat with the same seed. */
export class Dice {
  #state: number;
  /** Lightness of colours in percent. */
  light: [low: number, high: number] = [20, 85];

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [low, high). mulberry32, a 32-bit generator that is good enough for drawing. */
  between(low: number, high: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * (high - low);
  }

  /** A whole number, both ends included. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  /** True with a probability of `pct`. */
  chance(pct: number): boolean {
    return this.between(0, 1) < pct;
  }

  /** One of several things. */
  pick<T>(first: T, ...others: T[]): T {
    return others[this.whole(0, others.length) - 1] ?? first;
  }

  /** Any colour: every hue is as likely for every thing, so that colour alone tells no class. Default lightness: {@link light}. */
  color({ light = this.between(...this.light) }: { light?: number } = {}): string {
    return `hsl(${Math.round(this.between(0, 360))},${Math.round(this.between(15, 90))}%,${Math.round(light)}%)`;
  }
}
