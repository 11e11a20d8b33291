import { type Figure, lineChart } from "../show/index.js";
import { ValueError } from "../torch/index.js";

/** A hyper-parameter's value: one, or one for each layer group. */
export type SchedValue = number | readonly number[];

/** A hyper-parameter over a fit: its value at a position from 0 to 1. */
export type Schedule = (pos: number) => SchedValue;

/** A schedule of plain numbers, when its ends are. */
export type ScheduleOf<V extends SchedValue> = (pos: number) => V extends number ? number : readonly number[];

type Shape = (start: number, end: number, pos: number) => number;

function lin(start: number, end: number, pos: number): number {
  return start + pos * (end - start);
}

function cos(start: number, end: number, pos: number): number {
  return start + ((1 + Math.cos(Math.PI * (1 - pos))) * (end - start)) / 2;
}

function exp(start: number, end: number, pos: number): number {
  return start * (end / start) ** pos;
}

/** A maker of schedules from a shape: of numbers, or of lists with a value for each layer group. Source: SCH-1. */
export function annealer(shape: Shape): <V extends SchedValue>(start: V, end: V) => ScheduleOf<V> {
  return <V extends SchedValue>(start: V, end: V) => {
    const schedule = scheduleOf(shape, start, end);
    return schedule as ScheduleOf<V>; // numbers give numbers, lists lists
  };
}

function scheduleOf(shape: Shape, start: SchedValue, end: SchedValue): Schedule {
  if (typeof start === "number" && typeof end === "number") return (pos) => shape(start, end, pos);
  const n = Math.max(typeof start === "number" ? 1 : start.length, typeof end === "number" ? 1 : end.length);
  const [starts, ends] = [spread(start, n), spread(end, n)];
  return (pos) => starts.map((from, i) => shape(from, ends[i] as number, pos));
}

function spread(value: SchedValue, n: number): readonly number[] {
  if (typeof value === "number") return Array.from({ length: n }, () => value);
  if (value.length === n) return value;
  throw new ValueError(
    `schedule: expected ${n} values, one for each layer group, got ${value.length}. Give both ends the same number.`,
  );
}

/** start + pos * (end - start). Source: SCH-1. */
export const schedLin = annealer(lin);

/** start + (1 + cos(pi * (1 - pos))) * (end - start) / 2. Source: SCH-1. */
export const schedCos = annealer(cos);

/** start, whatever the position. Source: SCH-1. */
export const schedNo = annealer((start) => start);

/** start * (end / start) ^ pos. Source: SCH-1. */
export const schedExp = annealer(exp);

/** start + (end - start) * pos ^ power. Source: SCH-1. */
export function schedPoly<V extends SchedValue>(start: V, end: V, power: number): ScheduleOf<V> {
  return annealer((from, to, pos) => from + (to - from) * pos ** power)(start, end);
}

/**
 * Schedules one after the other, each over its share of the fit. A position on a border belongs to the next piece.
 * Positions are rounded to float32, as fastai's are, so that a border falls on the same iteration.
 * Throws `ValueError` when the shares are negative, do not add up to 1, or are not one for each schedule. Source: SCH-2.
 */
export function combineScheds(pcts: readonly number[], scheds: readonly Schedule[]): Schedule {
  const total = pcts.reduce((sum, pct) => sum + pct, 0);
  if (Math.abs(total - 1) > 1e-6 || pcts.some((pct) => !(pct >= 0)) || pcts.length !== scheds.length) {
    throw new ValueError(
      `combineScheds: expected shares of at least 0 that add up to 1, one for each of ${scheds.length} schedules, ` +
        `got [${pcts.join(", ")}].`,
    );
  }
  const f = Math.fround;
  const borders = [0];
  for (const pct of pcts) borders.push(f((borders.at(-1) as number) + f(pct)));
  const last = scheds.length - 1;
  return (pos) => {
    const at = f(pos);
    let piece = last;
    while (piece > 0 && at < (borders[piece] as number)) piece -= 1;
    const [start, end] = [borders[piece] as number, borders[piece + 1] as number];
    return (scheds[piece] as Schedule)(f(f(at - start) / f(end - start)));
  };
}

/** Cosine from `start` to `middle` over `pct` of the fit, then cosine to `end`. Source: SCH-3. */
export function combinedCos(pct: number, start: SchedValue, middle: SchedValue, end: SchedValue): Schedule {
  return combineScheds([pct, 1 - pct], [scheduleOf(cos, start, middle), scheduleOf(cos, middle, end)]);
}

/**
 * What schedules do over a fit, before there is one: a line for each, or for each layer group.
 *
 * @example
 * await plotSchedules({ lr: combinedCos(0.25, 1e-4, 1e-2, 1e-6) }).save("lr.png");
 */
export function plotSchedules(scheds: Readonly<Record<string, Schedule>>, points = 200): Figure {
  const places = Array.from({ length: points }, (_, i) => i / (points - 1));
  const series = Object.entries(scheds).flatMap(([name, sched]) => {
    const values = places.map((pos) => [sched(pos)].flat() as number[]);
    const groups = values[0]?.length ?? 0;
    return Array.from({ length: groups }, (_, group) => ({
      name: groups > 1 ? `${name} ${group}` : name,
      x: places,
      y: values.map((value) => value[group] ?? Number.NaN),
      dots: false,
    }));
  });
  const names = Object.keys(scheds);
  return lineChart({ series, xLabel: "Share of the fit", yLabel: names.length === 1 ? names[0] : "Value" });
}
