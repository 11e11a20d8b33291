import { imagenetStats } from "../stats.js";
import { type ArchMeta, defineArch } from "./arch.js";
import { BasicBlock, Bottleneck, ResNet, type ResNetOptions } from "./resnet.js";
import { splitBodyAt } from "./split.js";

/** torchvision's best published weights. The digits in the file name begin its SHA-256. */
function meta(file: string): ArchMeta {
  const sha256 = /-([0-9a-f]{8})\.pth$/.exec(file)?.[1] ?? "";
  const weights = { url: `https://download.pytorch.org/models/${file}`, sha256 };
  return { cut: -2, split: splitBodyAt(6), stats: imagenetStats, weights };
}

/** ResNet of 18 layers, 11.7 million parameters. Source: VLN-12, He et al. 2015. */
export const resnet18 = defineArch(
  "resnet18",
  (options: ResNetOptions = {}) => new ResNet(BasicBlock, [2, 2, 2, 2], options),
  meta("resnet18-f37072fd.pth"),
);

/** ResNet of 34 layers, 21.8 million parameters. Source: VLN-12. */
export const resnet34 = defineArch(
  "resnet34",
  (options: ResNetOptions = {}) => new ResNet(BasicBlock, [3, 4, 6, 3], options),
  meta("resnet34-b627a593.pth"),
);

/** ResNet of 50 layers, 25.6 million parameters. Source: VLN-12. */
export const resnet50 = defineArch(
  "resnet50",
  (options: ResNetOptions = {}) => new ResNet(Bottleneck, [3, 4, 6, 3], options),
  meta("resnet50-11ad3fa6.pth"),
);

/** ResNet of 101 layers, 44.5 million parameters. Source: VLN-12. */
export const resnet101 = defineArch(
  "resnet101",
  (options: ResNetOptions = {}) => new ResNet(Bottleneck, [3, 4, 23, 3], options),
  meta("resnet101-cd907fc2.pth"),
);

/** ResNet of 152 layers, 60.2 million parameters. Source: VLN-12. */
export const resnet152 = defineArch(
  "resnet152",
  (options: ResNetOptions = {}) => new ResNet(Bottleneck, [3, 8, 36, 3], options),
  meta("resnet152-f82ba261.pth"),
);
