/** The usual batch transforms of photos as one native call. Source: AUG-17, AUG-18, DTR-13, DTR-14. */
import {
  allOf,
  andThen,
  asTuple,
  type CallInfo,
  type Fused,
  IntToFloatTensor,
  isTuple,
  type MaybePromise,
  Normalize,
  RandTransform,
  registerFusion,
  retainType,
  TensorImage,
  type Transform,
} from "../data/index.js";
import { type Tensor, tensor } from "../torch/index.js";
import { padCodes, shrinkFactor } from "./affine-coord.js";
import { AffineCoordTfm } from "./affine-coord-tfm.js";
import { DeterministicDihedral, DeterministicFlip, Dihedral, Flip, Rotate, Warp, Zoom } from "./augment.js";
import { type Homography, isIdentity, packMaps, spread, windowMap } from "./homography.js";
import { Brightness, Contrast, HSVTfm, Hue, LightingTfm, linearChange, Saturation, type SpaceTfm } from "./lighting.js";
import { augmentImages, augmentsOn } from "./native-augment.js";
import { RandomResizedCropGPU } from "./random-resized-crop-gpu.js";

// NOTE [ fused batches ]
// From bytes to what a network takes, each usual step reads and writes the whole batch: to floats, sampling (and its grid
// of coordinates), to logits, light, back, normalisation. fastai::augment_images (cpp/vision) does them row by row while
// the row is in the cache; on a GPU, one thread does them for each pixel. It stands in for these steps in any pipeline where
// they are neighbours, for photos; masks, points and boxes of the batch go through the steps themselves, with the same draws
// (masks by fastai::augment_masks). A user's subclass, a step in between, a rule from outside, another device, or a setting
// the kernel does not know: the steps run one by one.

const spatialClasses = new Set<unknown>([
  ...[AffineCoordTfm, Flip, Dihedral, Rotate, Zoom, Warp],
  ...[DeterministicFlip, DeterministicDihedral],
]);
const lightingClasses = new Set<unknown>([LightingTfm, Brightness, Contrast, Saturation]);
const hueClasses = new Set<unknown>([HSVTfm, Hue]);

/** The steps that are done at once. */
interface Plan {
  readonly toFloat?: IntToFloatTensor;
  readonly spatial?: AffineCoordTfm;
  readonly crop?: RandomResizedCropGPU;
  readonly lighting?: LightingTfm;
  readonly hue?: HSVTfm;
  readonly normalize?: Normalize;
  readonly steps: readonly Transform[];
}

/** What may follow what, each at most once, and which steps can be it. */
const stages = [
  ["toFloat", (step: Transform) => step.constructor === IntToFloatTensor],
  ["spatial", fusesSpatial],
  ["crop", (step: Transform) => step instanceof RandomResizedCropGPU && step.isPlain],
  ["lighting", fusesLighting],
  ["hue", fusesHue],
  ["normalize", fusesNormalize],
] as const;

/** As many of the steps, from the first on, as come in this order. */
function planFor(steps: readonly Transform[]): Plan {
  const found: Record<string, Transform> = {};
  const taken: Transform[] = [];
  let next = 0;
  for (const step of steps) {
    const place = stages.findIndex(([, is], i) => i >= next && is(step));
    const [name] = stages[place] ?? [];
    // A crop draws for the size that comes in, so nothing before it may change that.
    if (name === undefined || (name === "crop" && found.spatial instanceof AffineCoordTfm && found.spatial.size)) break;
    found[name] = step;
    taken.push(step);
    next = place + 1;
  }
  // Each stage has seen that the step is of its class.
  return { ...found, steps: taken } as Plan;
}

function fusesSpatial(step: Transform): boolean {
  const known = step instanceof AffineCoordTfm && spatialClasses.has(step.constructor);
  return known && step.mode === "bilinear" && step.coordFuncs.length === 0;
}

function fusesLighting(step: Transform): boolean {
  const known = step instanceof LightingTfm && lightingClasses.has(step.constructor);
  return known && step.parts.every((part) => part.linear);
}

function fusesHue(step: Transform): boolean {
  const known = step instanceof HSVTfm && hueClasses.has(step.constructor);
  return known && step.parts.every((part) => part.turn);
}

function fusesNormalize(step: Transform): boolean {
  if (!(step instanceof Normalize) || step.constructor !== Normalize) return false;
  const { mean, std } = step;
  const perChannel = (figures: Tensor | null) =>
    figures?.dtype === "float32" && figures.ndim === 4 && figures.numel() === figures.shape[1];
  return perChannel(mean) && perChannel(std);
}

function fits(x: TensorImage, { toFloat, lighting, hue, normalize, steps }: Plan): boolean {
  return (
    x.ndim === 4 &&
    x.dtype === (toFloat ? "uint8" : "float32") &&
    x.numel() > 0 &&
    x.isContiguous() &&
    (x.shape[1] === 3 || (!hue && !lighting?.parts.some((part) => part.linear?.(0)[2] !== undefined))) &&
    (!normalize || normalize.mean?.numel() === x.shape[1]) &&
    !steps.some((step) => step.isExtendedFor(x)) &&
    augmentsOn(x)
  );
}

/** What one call does to sizes and places; null when a picture that shrinks as much must be averaged first. */
interface Move {
  readonly size: readonly [number, number];
  readonly maps?: Tensor;
  readonly padding?: number;
  readonly align_corners?: boolean;
}

function spatialMove(x: Tensor, { size, maps, padMode, alignCorners }: AffineCoordTfm): Move | null {
  const [height = 0, width = 0] = x.shape.slice(-2);
  const to = size ?? [height, width];
  if (to[0] === height && to[1] === width && maps.every(isIdentity)) return { size: to };
  if (shrinkFactor([height, width], to, () => spread(maps)) !== 1) return null;
  return { size: to, maps: tensor(packMaps(maps)), padding: padCodes[padMode], align_corners: alignCorners };
}

function cropMove(x: Tensor, { window, size }: RandomResizedCropGPU): Move | null {
  const [n = 0, , height = 0, width = 0] = x.shape;
  if (shrinkFactor([window.height, window.width], size, () => 2) !== 1) return null;
  const map = windowMap(window, [width, height]);
  return { size, maps: tensor(packMaps(new Array<Homography>(n).fill(map))) };
}

/** Four numbers an image for the light, or none where it stays. */
function lightOf(n: number, { lighting, hue }: Plan, info: CallInfo): Float32Array | null {
  const runs = (step: SpaceTfm | undefined): step is SpaceTfm => Boolean(step?.runsOn(info.splitIdx ?? null));
  if (!runs(lighting) && !runs(hue)) return null;
  const changes = runs(lighting) ? linearChange(lighting.parts, lighting.draws) : [];
  const turns = (i: number) => (runs(hue) ? hue.parts : []).map((part, k) => part.turn?.(hue?.draws[k]?.[i] ?? 0) ?? 0);
  const out = new Float32Array(4 * n);
  for (let i = 0; i < n; i++) out.set([...(changes[i] ?? [1, 0, 0]), turns(i).reduce((a, b) => a + b, 0)], 4 * i);
  return out;
}

/** What the steps drew, done to one batch of photos; null when they drew what the kernel does not do. */
function encodeImages(x: TensorImage, plan: Plan, info: CallInfo): Tensor | null {
  const { toFloat, spatial, crop, normalize } = plan;
  const [height = 0, width = 0] = x.shape.slice(-2);
  const still: Move = { size: [height, width] };
  const first = spatial ? spatialMove(x, spatial) : still;
  const second = crop ? cropMove(x, crop) : first;
  if (!first || !second) return null;
  const scale = toFloat ? 1 / toFloat.div : 1;
  const light = lightOf(x.shape[0] ?? 0, plan, info);
  // A crop is an interpolation of its own, of what the maps made.
  const twice = crop !== undefined && first.maps !== undefined;
  const images = twice ? augmentImages(x, { ...first, scale }) : x;
  return augmentImages(images, {
    ...second,
    scale: twice ? 1 : scale,
    ...(light && { light: tensor(light) }),
    ...(normalize && { mean: normalize.mean, std: normalize.std }),
  });
}

function encodeOne(x: unknown, plan: Plan, info: CallInfo): MaybePromise<unknown> {
  if (x instanceof TensorImage && fits(x, plan)) {
    const done = encodeImages(x, plan, info);
    if (done) return retainType(done, x);
  }
  return plan.steps.reduce<MaybePromise<unknown>>(
    (value, step) => andThen(value, (arrived) => step.encodeDrawn(arrived, info)),
    x,
  );
}

function fuseBatch(steps: readonly Transform[], x: unknown, info: CallInfo): Fused | null {
  if (info.whole || info.scope) return null;
  const members = isTuple(x) ? x : [x];
  const plan = planFor(steps);
  if (plan.steps.length < 2 || !members.some((member) => member instanceof TensorImage && fits(member, plan)))
    return null;
  for (const step of plan.steps) if (step instanceof RandTransform) step.drawFor(x, info);
  const results = members.map((member) => encodeOne(member, plan, info));
  const result = isTuple(x) ? andThen(allOf(results), (parts) => asTuple(parts)) : results[0];
  return { count: plan.steps.length, result };
}

registerFusion({
  startsWith: (step) =>
    step instanceof IntToFloatTensor ||
    step instanceof AffineCoordTfm ||
    step instanceof RandomResizedCropGPU ||
    step instanceof LightingTfm ||
    step instanceof HSVTfm,
  run: fuseBatch,
});
