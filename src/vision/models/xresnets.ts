import { type BlockFactory, resBlock, SEBlock, SEResNeXtBlock } from "../../layers/index.js";
import { type ArchMeta, type DefinedArch, defaultMeta, defineArch } from "./arch.js";
import { splitBodyAt } from "./split.js";
import { XResNet, type XResNetOptions } from "./xresnet.js";

/** A factory of {@link XResNet}s. */
export type XResNetArch = DefinedArch<XResNetOptions, XResNet>;

/** fastai knows the split of the five plain ones only; the others have two groups. Source: VLN-5. */
const plainMeta: ArchMeta = { ...defaultMeta, cut: -4, split: splitBodyAt(3) };

function define(
  name: string,
  block: BlockFactory,
  expansion: number,
  layers: readonly number[],
  fixed: XResNetOptions = {},
): XResNetArch {
  const build = (options: XResNetOptions = {}) => new XResNet(block, expansion, layers, { ...fixed, ...options });
  return defineArch(name, build, /^xresnet\d+$/.test(name) ? plainMeta : defaultMeta);
}

const se = { groups: 1, reduction: 16 };
const seNext = { groups: 32, reduction: 16 };
const next = { groups: 32, reduction: 0 };

/** Blocks in each stage, by the number of layers in the name. */
const of18 = [2, 2, 2, 2];
const of34 = [3, 4, 6, 3];
const of101 = [3, 4, 23, 3];
const of152 = [3, 8, 36, 3];
const deep = [1, 1];
const deeper = [1, 1, 1, 1];

/** XResNet of 18 layers, 11.7 million parameters. Source: VLN-11; so for all that follow. */
export const xresnet18 = define("xresnet18", resBlock, 1, of18);
/** XResNet of 34 layers, 21.8 million parameters. */
export const xresnet34 = define("xresnet34", resBlock, 1, of34);
/** XResNet of 50 layers, 25.6 million parameters. */
export const xresnet50 = define("xresnet50", resBlock, 4, of34);
/** XResNet of 101 layers, 44.6 million parameters. */
export const xresnet101 = define("xresnet101", resBlock, 4, of101);
/** XResNet of 152 layers, 60.2 million parameters. */
export const xresnet152 = define("xresnet152", resBlock, 4, of152);
/** `xresnet18` with two more stages. */
export const xresnet18Deep = define("xresnet18_deep", resBlock, 1, [...of18, ...deep]);
/** `xresnet34` with two more stages. */
export const xresnet34Deep = define("xresnet34_deep", resBlock, 1, [...of34, ...deep]);
/** `xresnet50` with two more stages. */
export const xresnet50Deep = define("xresnet50_deep", resBlock, 4, [...of34, ...deep]);
/** Eight stages of one or two blocks. */
export const xresnet18Deeper = define("xresnet18_deeper", resBlock, 1, [2, 2, 1, 1, ...deeper]);
/** `xresnet34` with four more stages. */
export const xresnet34Deeper = define("xresnet34_deeper", resBlock, 1, [...of34, ...deeper]);
/** `xresnet50` with four more stages. */
export const xresnet50Deeper = define("xresnet50_deeper", resBlock, 4, [...of34, ...deeper]);
/** `xresnet18` with squeeze and excitation. */
export const xseResnet18 = define("xse_resnet18", SEBlock, 1, of18, se);
/** `xresnet18` in 32 groups with squeeze and excitation. */
export const xseResnext18 = define("xse_resnext18", SEResNeXtBlock, 1, of18, seNext);
/** `xresnet18` in 32 groups. */
export const xresnext18 = define("xresnext18", SEResNeXtBlock, 1, of18, next);
/** `xresnet34` with squeeze and excitation. */
export const xseResnet34 = define("xse_resnet34", SEBlock, 1, of34, se);
/** `xresnet34` in 32 groups with squeeze and excitation. */
export const xseResnext34 = define("xse_resnext34", SEResNeXtBlock, 1, of34, seNext);
/** `xresnet34` in 32 groups. */
export const xresnext34 = define("xresnext34", SEResNeXtBlock, 1, of34, next);
/** `xresnet50` with squeeze and excitation. */
export const xseResnet50 = define("xse_resnet50", SEBlock, 4, of34, se);
/** `xresnet50` in 32 groups with squeeze and excitation. */
export const xseResnext50 = define("xse_resnext50", SEResNeXtBlock, 4, of34, seNext);
/** `xresnet50` in 32 groups. */
export const xresnext50 = define("xresnext50", SEResNeXtBlock, 4, of34, next);
/** `xresnet101` with squeeze and excitation. */
export const xseResnet101 = define("xse_resnet101", SEBlock, 4, of101, se);
/** `xresnet101` in 32 groups with squeeze and excitation. */
export const xseResnext101 = define("xse_resnext101", SEResNeXtBlock, 4, of101, seNext);
/** `xresnet101` in 32 groups. */
export const xresnext101 = define("xresnext101", SEResNeXtBlock, 4, of101, next);
/** `xresnet152` with squeeze and excitation. */
export const xseResnet152 = define("xse_resnet152", SEBlock, 4, of152, se);
/** `xse_resnext18` with two more stages. */
export const xseResnext18Deep = define("xse_resnext18_deep", SEResNeXtBlock, 1, [...of18, ...deep], seNext);
/** `xse_resnext34` with two more stages. */
export const xseResnext34Deep = define("xse_resnext34_deep", SEResNeXtBlock, 1, [...of34, ...deep], seNext);
/** `xse_resnext50` with two more stages. */
export const xseResnext50Deep = define("xse_resnext50_deep", SEResNeXtBlock, 4, [...of34, ...deep], seNext);
/** Eight stages of one or two blocks in 32 groups with squeeze and excitation. */
export const xseResnext18Deeper = define("xse_resnext18_deeper", SEResNeXtBlock, 1, [2, 2, 1, 1, ...deeper], seNext);
/** Eight stages of one to four blocks in 32 groups with squeeze and excitation. */
export const xseResnext34Deeper = define("xse_resnext34_deeper", SEResNeXtBlock, 1, [3, 4, 4, 2, 2, 1, 1, 1], seNext);
/** `xse_resnext34_deeper` with bottlenecks. */
export const xseResnext50Deeper = define("xse_resnext50_deeper", SEResNeXtBlock, 4, [3, 4, 4, 2, 2, 1, 1, 1], seNext);
