/** Switching a learner's precision and memory format: what its `to…` methods do. */
import type { TrainingLoop } from "../learner/index.js";
import { checkOptions } from "../torch/index.js";
import { ChannelsLast } from "./channels-last.js";
import { type AmpMode, MixedPrecision, type MixedPrecisionOptions } from "./mixed-precision.js";

/** Options of `toChannelslast`. */
export interface ChannelsLastOptions extends MixedPrecisionOptions {
  /** Whether mixed precision is added, unless it is there. Default true. */
  useAmp?: boolean;
  /** Which mixed precision. Default "fp16". */
  ampMode?: AmpMode;
}

/** Trains in mixed precision from now on; another one that was there goes. Source: CBK-10. */
export function toMixed(learn: TrainingLoop, mode: AmpMode, options?: MixedPrecisionOptions): void {
  learn.removeCbs(MixedPrecision).addCbs(new MixedPrecision(mode, options));
}

/** Trains in the channels-last memory format, in mixed precision unless told otherwise. Source: CBK-21. */
export function toChannelslast(learn: TrainingLoop, options: ChannelsLastOptions = {}): void {
  const { useAmp = true, ampMode = "fp16", ...scaler } = options;
  learn.removeCbs(ChannelsLast).addCbs(ChannelsLast);
  if (useAmp && !learn.cbs.some((cb) => cb instanceof MixedPrecision)) toMixed(learn, ampMode, scaler);
}

/** Lays the model's weights out as usual from now on, and with `toFp32` ends mixed precision. Source: CBK-21. */
export function toContiguous(learn: TrainingLoop, options: { toFp32?: boolean } = {}): void {
  checkOptions("toContiguous", options, ["toFp32"]);
  learn.model.to({ memoryFormat: "contiguous_format" });
  learn.removeCbs(options.toFp32 ? [ChannelsLast, MixedPrecision] : ChannelsLast);
}
