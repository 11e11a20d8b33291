/** A line search that ends where the loss has fallen enough and the slope has flattened enough. */
import type { Tensor } from "../tensor.js";

/** A place on the line: how far along, the loss, its gradient, and its slope along the line. */
export interface LinePoint {
  readonly t: number;
  readonly loss: number;
  readonly grad: Tensor;
  readonly slope: number;
}

/** What is searched. */
export interface LineSearch {
  /** Where the line starts, t = 0. */
  readonly start: LinePoint;
  /** Largest element of the direction, by size. */
  readonly reach: number;
  /** The loss and its gradient at t. */
  evaluate(t: number): LinePoint;
  /** Evaluations after the first. */
  readonly maxEvaluations: number;
  /** Brackets below this size are not divided. */
  readonly toleranceChange: number;
}

/** The strong Wolfe conditions' constants: share of the promised fall, and share of the slope that may remain. */
const fall = 1e-4;
const flatness = 0.9;

/**
 * Finds a point that meets the strong Wolfe conditions, by widening a bracket from `t` on and then dividing it by cubic
 * interpolation; the best point seen when evaluations run out. Source: Nocedal and Wright 2006, algorithms 3.5 and 3.6.
 */
export function strongWolfe(search: LineSearch, t: number): { point: LinePoint; evaluations: number } {
  const counted = { evaluations: 0 };
  const evaluate = (at: number): LinePoint => {
    counted.evaluations++;
    return search.evaluate(at);
  };
  const bracket = widened({ ...search, evaluate }, t);
  const left = search.maxEvaluations - counted.evaluations + 1;
  return { point: divided({ ...search, evaluate }, bracket, left), ...counted };
}

function fallsShort({ start }: LineSearch, point: LinePoint): boolean {
  return point.loss > start.loss + fall * point.t * start.slope;
}

function isFlat({ start }: LineSearch, point: LinePoint): boolean {
  return Math.abs(point.slope) <= -flatness * start.slope;
}

/** One point that meets the conditions, or two around one. */
function widened(search: LineSearch, t: number): readonly LinePoint[] {
  let before = search.start;
  let now = search.evaluate(t);
  for (let i = 0; i < search.maxEvaluations; i++) {
    if (fallsShort(search, now) || (i > 1 && now.loss >= before.loss)) return [before, now];
    if (isFlat(search, now)) return [now];
    if (now.slope >= 0) return [before, now];
    const next = minimumBetween(before, now, [now.t + 0.01 * (now.t - before.t), now.t * 10]);
    before = now;
    now = search.evaluate(next);
  }
  return [search.start, now];
}

function divided(search: LineSearch, [one, other]: readonly LinePoint[], evaluations: number): LinePoint {
  const first = one as LinePoint; // a bracket has one point at least
  if (!other) return first;
  let [low, high] = first.loss <= other.loss ? [first, other] : [other, first];
  let stuck = false;
  for (let i = 0; i < evaluations; i++) {
    if (Math.abs(high.t - low.t) * search.reach < search.toleranceChange) break;
    const trial = awayFromEnds(minimumBetween(low, high), low.t, high.t, stuck);
    stuck = trial.stuck;
    const point = search.evaluate(trial.t);
    if (fallsShort(search, point) || point.loss >= low.loss) {
      [low, high] = point.loss < low.loss ? [point, low] : [low, point];
    } else {
      if (isFlat(search, point)) return point;
      if (point.slope * (high.t - low.t) >= 0) high = low;
      low = point;
    }
  }
  return low;
}

/** Moves a trial that stays close to one end of the bracket a tenth inwards: the second time, or when it left the bracket. */
function awayFromEnds(t: number, a: number, b: number, stuck: boolean): { t: number; stuck: boolean } {
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  const margin = 0.1 * (to - from);
  if (Math.min(to - t, t - from) >= margin) return { t, stuck: false };
  if (!stuck && t < to && t > from) return { t, stuck: true };
  return { t: Math.abs(t - to) < Math.abs(t - from) ? to - margin : from + margin, stuck: false };
}

/** Where the cubic through two points with their slopes is lowest, within bounds (the points' own by default). */
function minimumBetween(p: LinePoint, q: LinePoint, bounds?: readonly [number, number]): number {
  const [a, b] = p.t <= q.t ? [p, q] : [q, p];
  const [from, to] = bounds ?? [a.t, b.t];
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (from + to) / 2;
  const d2 = Math.sqrt(square);
  const t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  return Math.min(Math.max(t, from), to);
}
