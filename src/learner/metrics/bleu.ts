/** BLEU of a corpus (Papineni et al. 2002), with exponential smoothing (Chen and Cherry 2014, method 3). */
import { keep, type Tensor } from "../../torch/index.js";
import { axisOption, metricMaker, PairMetric, shapesDiffer } from "./metric-factory.js";

const longest = 4; // n-grams of one to four words

/** How often each run of `n` words occurs. */
function grams(words: readonly number[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + n <= words.length; at++) {
    const gram = words.slice(at, at + n).join();
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** The score of guessed sentences against true ones, 0 to 1: precisions of 1- to 4-grams times the penalty of brevity. */
export function corpusBleu(preds: readonly (readonly number[])[], targs: readonly (readonly number[])[]): number {
  const [right, all] = [new Array<number>(longest).fill(0), new Array<number>(longest).fill(0)];
  for (const [i, pred] of preds.entries()) {
    let smoothing = 1;
    for (let n = 1; n <= longest; n++) {
      const [guessed, actual] = [grams(pred, n), grams(targs[i] ?? [], n)];
      let hits = [...guessed].reduce((sum, [gram, count]) => sum + Math.min(count, actual.get(gram) ?? 0), 0);
      if (hits === 0) {
        smoothing *= 2;
        hits = 1 / smoothing;
      }
      right[n - 1] = (right[n - 1] ?? 0) + hits;
      all[n - 1] = (all[n - 1] ?? 0) + Math.max(0, pred.length - n + 1);
    }
  }
  const words = (sentences: readonly (readonly number[])[]): number => sentences.reduce((sum, s) => sum + s.length, 0);
  const brevity = words(preds) < words(targs) ? Math.exp(1 - words(targs) / words(preds)) : 1;
  return brevity * right.reduce((product, hits, n) => product * (hits / (all[n] ?? 0)), 1) ** (1 / longest);
}

/**
 * BLEU over the validation set, from word numbers. Shapes: pred [N, words, vocabulary] (words at `axis`, default -1),
 * targ [N, words]. Source: MET-5.
 */
export const CorpusBLEUMetric = metricMaker(
  "CorpusBLEUMetric",
  { axis: axisOption },
  ({ axis }) => new BleuMetric(axis),
);

class BleuMetric extends PairMetric {
  override readonly name = "CorpusBLEU";
  override readonly higherIsBetter = true;
  /** Guessed and true words of each batch, where they are until the end. */
  #batches: [preds: Tensor, targs: Tensor][] = [];

  constructor(private readonly axis: number) {
    super();
  }

  override reset(): void {
    for (const t of this.#batches.flat()) t.dispose();
    this.#batches = [];
  }

  override add(pred: Tensor, targ: Tensor): void {
    const guess = pred.argmax(this.axis);
    if (targ.ndim !== 2 || guess.size(0) !== targ.size(0)) {
      throw shapesDiffer(this.name, pred, targ, "Both are to have as many sentences.");
    }
    this.#batches.push([keep(guess), keep(targ.detach().clone())]);
  }

  override get value(): number | null {
    if (this.#batches.length === 0) return null;
    const sentences = (t: Tensor): number[][] => t.long().toArray() as number[][]; // two dimensions, see add
    return corpusBleu(
      this.#batches.flatMap(([preds]) => sentences(preds)),
      this.#batches.flatMap(([, targs]) => sentences(targs)),
    );
  }
}
