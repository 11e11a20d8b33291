/** Metrics with an argument, such as a threshold, that is chosen for the best value. */
import { checkOptions, Tensor } from "../../torch/index.js";
import { AccumMetric } from "./accum-metric.js";

/** Where a function is least, and its value there. */
export interface Minimum {
  readonly x: number;
  readonly value: number;
}

const golden = (3 - Math.sqrt(5)) / 2;
const rounding = Math.sqrt(2.2e-16);
const mostSteps = 500;

/**
 * The minimum of a function between two bounds to within `tol`: parabolas through three points where they help, golden
 * sections elsewhere (Brent 1973, chapter 5).
 */
export function minimizeBounded(f: (x: number) => number, bounds: readonly [number, number], tol: number): Minimum {
  let [a, b] = bounds;
  let x = a + golden * (b - a);
  let [w, v] = [x, x];
  let [fx, before, step] = [f(x), 0, 0];
  let [fw, fv] = [fx, fx];
  for (let count = 1; count < mostSteps; count++) {
    const middle = (a + b) / 2;
    const least = rounding * Math.abs(x) + tol / 3;
    if (Math.abs(x - middle) <= 2 * least - (b - a) / 2) break;
    const parabola = Math.abs(before) > least ? parabolaStep([x, fx], [w, fw], [v, fv]) : Number.NaN;
    const fits = Math.abs(parabola) < Math.abs(before / 2) && x + parabola > a && x + parabola < b;
    if (fits) {
      before = step;
      const at = x + parabola;
      step = at - a < 2 * least || b - at < 2 * least ? least * Math.sign(middle - x || 1) : parabola;
    } else {
      before = (x >= middle ? a : b) - x;
      step = golden * before;
    }
    const u = x + Math.sign(step || 1) * Math.max(Math.abs(step), least);
    const fu = f(u);
    if (fu <= fx) {
      if (u >= x) a = x;
      else b = x;
      [v, fv, w, fw, x, fx] = [w, fw, x, fx, u, fu];
      continue;
    }
    if (u < x) a = u;
    else b = u;
    if (fu <= fw || w === x) [v, fv, w, fw] = [w, fw, u, fu];
    else if (fu <= fv || v === x || v === w) [v, fv] = [u, fu];
  }
  return { x, value: fx };
}

type Point = readonly [x: number, value: number];

/** From x to the lowest point of the parabola through three points; NaN where they lie on a line. */
function parabolaStep([x, fx]: Point, [w, fw]: Point, [v, fv]: Point): number {
  const r = (x - w) * (fx - fv);
  const q = (x - v) * (fx - fw);
  const bottom = 2 * (q - r);
  return bottom === 0 ? Number.NaN : -((x - v) * q - (x - w) * r) / bottom;
}

/** Options of `optimMetric`. */
export interface OptimMetricOptions {
  /** How exactly the argument is found. Default 0.01. */
  tol?: number;
  /** Whether the greatest value is the best. Default true. */
  doNeg?: boolean;
}

/**
 * The best value of `f(preds, targs, { [argName]: x })` over all predictions of an epoch, for x between two bounds.
 * The metric's `best` is the argument that gave it. Source: MET-1, fastai `optim_metric`.
 *
 * @example
 * const best = optimMetric((preds, targs, o) => accuracyMulti(preds, targs, o), "thresh", [0.1, 0.9]);
 */
export function optimMetric<Name extends string>(
  f: (preds: Tensor, targs: Tensor, options: Record<Name, number>) => Tensor | number,
  argName: Name,
  bounds: readonly [number, number],
  options: OptimMetricOptions = {},
): OptimMetric {
  checkOptions("optimMetric", options, ["tol", "doNeg"]);
  const { tol = 0.01, doNeg = true } = options;
  const sign = doNeg ? -1 : 1;
  return new OptimMetric(`opt_${f.name || "metric"}`, doNeg, (preds, targs) => {
    const { x, value } = minimizeBounded(
      (at) => sign * numberOf(f(preds, targs, { [argName]: at } as Record<Name, number>)),
      bounds,
      tol,
    );
    return { x, value: sign * value };
  });
}

/** A metric of the best value over an argument; `best` is that argument, NaN before the first value. */
export class OptimMetric extends AccumMetric {
  /** The argument that gave the last value. */
  best = Number.NaN;

  constructor(name: string, higherIsBetter: boolean, search: (preds: Tensor, targs: Tensor) => Minimum) {
    super(
      (preds, targs) => {
        const found = search(preds, targs);
        this.best = found.x;
        return found.value;
      },
      { name, higherIsBetter, flatten: false },
    );
  }
}

function numberOf(value: Tensor | number): number {
  return value instanceof Tensor ? Number(value.item()) : value;
}
