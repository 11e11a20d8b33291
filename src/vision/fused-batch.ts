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
import { isIdentity, packMaps, spread } from "./homography.js";
import { Brightness, Contrast, LightingTfm, linearChange } from "./lighting.js";
import { augmentImages, augmentsOn } from "./native-augment.js";

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
const lightingClasses = new Set<unknown>([LightingTfm, Brightness, Contrast]);

/** The steps that are done at once. */
interface Plan {
  toFloat?: IntToFloatTensor;
  spatial?: AffineCoordTfm;
  lighting?: LightingTfm;
  normalize?: Normalize;
  readonly steps: Transform[];
}

/** As many of the steps, from the first on, as come in this order; each at most once. */
function planFor(steps: readonly Transform[]): Plan {
  const plan: Plan = { steps: [] };
  for (const step of steps) {
    if (step.constructor === IntToFloatTensor && plan.steps.length === 0) plan.toFloat = step as IntToFloatTensor;
    else if (spatialClasses.has(step.constructor) && !plan.spatial && !plan.lighting && fusesSpatial(step)) {
      plan.spatial = step;
    } else if (lightingClasses.has(step.constructor) && !plan.lighting && fusesLighting(step)) plan.lighting = step;
    else if (step.constructor === Normalize && fusesNormalize(step as Normalize)) plan.normalize = step as Normalize;
    else break;
    plan.steps.push(step);
    if (plan.normalize) break;
  }
  return plan;
}

function fusesSpatial(step: Transform): step is AffineCoordTfm {
  return step instanceof AffineCoordTfm && step.mode === "bilinear" && step.coordFuncs.length === 0;
}

function fusesLighting(step: Transform): step is LightingTfm {
  return step instanceof LightingTfm && step.parts.every((part) => part.linear);
}

function fusesNormalize({ mean, std }: Normalize): boolean {
  const perChannel = (figures: Tensor | null) =>
    figures?.dtype === "float32" && figures.ndim === 4 && figures.numel() === figures.shape[1];
  return perChannel(mean) && perChannel(std);
}

function fits(x: TensorImage, { toFloat, normalize, steps }: Plan): boolean {
  return (
    x.ndim === 4 &&
    x.dtype === (toFloat ? "uint8" : "float32") &&
    x.numel() > 0 &&
    x.isContiguous() &&
    (!normalize || normalize.mean?.numel() === x.shape[1]) &&
    !steps.some((step) => step.isExtendedFor(x)) &&
    augmentsOn(x)
  );
}

/** What the steps drew, done to one batch of photos; null when they drew what the kernel does not do. */
function encodeImages(x: TensorImage, { toFloat, spatial, lighting, normalize }: Plan, info: CallInfo): Tensor | null {
  const [height = 0, width = 0] = x.shape.slice(-2);
  const size = spatial?.size ?? [height, width];
  const maps = spatial?.maps ?? [];
  const moves = size[0] !== height || size[1] !== width || !maps.every(isIdentity);
  if (spatial && moves && shrinkFactor(x, size, () => spread(maps)) !== 1) return null;
  const light = lighting?.runsOn(info.splitIdx ?? null) ? linearChange(lighting.parts, lighting.draws) : [];
  return augmentImages(x, {
    size,
    scale: toFloat ? 1 / toFloat.div : 1,
    ...(spatial && { padding: padCodes[spatial.padMode], align_corners: spatial.alignCorners }),
    ...(moves && { maps: tensor(packMaps(maps)) }),
    ...(light.length > 0 && { light: tensor(Float32Array.from(light.flat())) }),
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
    step instanceof IntToFloatTensor || step instanceof AffineCoordTfm || step instanceof LightingTfm,
  run: fuseBatch,
});
