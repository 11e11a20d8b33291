import type { DataLoaders } from "../data/index.js";
import type { DataSource, LearnerOptions } from "../learner/index.js";
import { checkOptions } from "../torch/index.js";
import { transferLearner, type VisionLearner } from "./learner.js";
import type { VisionArch } from "./models/arch.js";
import { DynamicUnet, type DynamicUnetOptions, dynamicUnetOptionKeys } from "./models/unet.js";
import { type BodyChoice, bodyChoiceKeys, type LoadBody, planBody } from "./models/vision-model.js";

/** What {@link createUnetModel} may be told. */
export interface UnetModelOptions extends BodyChoice, DynamicUnetOptions {
  /**
   * [height, width] that the body is tried with, to see where it changes the size. The net takes images of any size.
   * Default [128, 128].
   */
  imgSize?: readonly [height: number, width: number];
}

const unetModelOptionKeys = [...bodyChoiceKeys, ...dynamicUnetOptionKeys, "imgSize"] as const;

/** What {@link unetLearner} may be told: what the model and the learner may. */
export interface UnetLearnerOptions extends UnetModelOptions, LearnerOptions {
  /** Whether to add `Normalize` with the architecture's figures when it is pretrained and the data has none. Default true. */
  normalize?: boolean;
  /** How many outputs a pixel. Default: what the data says. */
  nOut?: number;
}

function planUnet(arch: VisionArch, nOut: number, options: UnetModelOptions): { model: DynamicUnet; load: LoadBody } {
  checkOptions("createUnetModel", options, unetModelOptionKeys);
  const { imgSize = [128, 128], blur, blurFinal, selfAttention, yRange, lastCross, bottle, ...rest } = options;
  const { actCls, init, normType, ...choice } = rest;
  const { body, load } = planBody(arch, choice);
  const shape = { blur, blurFinal, selfAttention, yRange, lastCross, bottle, actCls, init, normType };
  return { model: new DynamicUnet(body, nOut, imgSize, shape), load };
}

/**
 * A U-Net over the body of an architecture, with published weights unless told otherwise.
 * Shapes: x [N, nIn, H, W] -> [N, nOut, H, W]. Throws when the weights cannot be had. Source: VLN-7.
 *
 * @example
 * const model = await createUnetModel(resnet18, 32, { pretrained: false });
 */
export async function createUnetModel(
  arch: VisionArch,
  nOut: number,
  options: UnetModelOptions = {},
): Promise<DynamicUnet> {
  const { model, load } = planUnet(arch, nOut, options);
  await load?.();
  return model;
}

/**
 * A learner that says something about every pixel (segmentation, image to image) with a U-Net over the body of an
 * architecture. Pretrained weights, freezing and normalisation are as in `visionLearner`. Source: VLN-7.
 *
 * @example
 * const learn = unetLearner(dls, resnet34, { metrics: foregroundAcc });
 * await learn.fineTune(8);
 */
export function unetLearner<D extends DataSource = DataLoaders>(
  dls: D,
  arch: VisionArch | string,
  options: UnetLearnerOptions = {},
): VisionLearner<D> {
  const model = { keys: unetModelOptionKeys, plan: planUnet };
  return transferLearner<D, UnetModelOptions>("unetLearner", dls, arch, options, model);
}
