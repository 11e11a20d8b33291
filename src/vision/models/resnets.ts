import { defineArch } from "./arch.js";
import { family, published } from "./published.js";
import { BasicBlock, Bottleneck, ResNet, type ResNetOptions } from "./resnet.js";
import { splitBodyAt } from "./split.js";

type Blocks = readonly [number, number, number, number];
const of18: Blocks = [2, 2, 2, 2];
const of34: Blocks = [3, 4, 6, 3];
const of101: Blocks = [3, 4, 23, 3];
const of152: Blocks = [3, 8, 36, 3];

/** fastai knows the groups of these five; those with other bottlenecks have two. Source: VLN-5. */
function define(name: string, block: typeof BasicBlock | typeof Bottleneck, blocks: Blocks, digits: string) {
  const build = (options: ResNetOptions = {}) => new ResNet(block, blocks, options);
  return defineArch(name, build, published(`${name}-${digits}.pth`, family(-2, splitBodyAt(6))));
}

function defineWide(name: string, blocks: Blocks, inner: ResNetOptions, digits: string) {
  const build = (options: ResNetOptions = {}) => new ResNet(Bottleneck, blocks, { ...inner, ...options });
  return defineArch(name, build, published(`${name}-${digits}.pth`));
}

/** ResNet of 18 layers, 11.7 million parameters. Source: VLN-12, He et al. 2015. */
export const resnet18 = define("resnet18", BasicBlock, of18, "f37072fd");
/** ResNet of 34 layers, 21.8 million parameters. Source: VLN-12. */
export const resnet34 = define("resnet34", BasicBlock, of34, "b627a593");
/** ResNet of 50 layers, 25.6 million parameters. Source: VLN-12. */
export const resnet50 = define("resnet50", Bottleneck, of34, "11ad3fa6");
/** ResNet of 101 layers, 44.5 million parameters. Source: VLN-12. */
export const resnet101 = define("resnet101", Bottleneck, of101, "cd907fc2");
/** ResNet of 152 layers, 60.2 million parameters. Source: VLN-12. */
export const resnet152 = define("resnet152", Bottleneck, of152, "f82ba261");

/** `resnet50` in 32 groups, 25.0 million parameters. Source: Xie et al. 2016; so for the next two. */
export const resnext50_32x4d = defineWide("resnext50_32x4d", of34, { groups: 32, groupWidth: 4 }, "1a0047aa");
/** `resnet101` in 32 groups, 88.8 million parameters. */
export const resnext101_32x8d = defineWide("resnext101_32x8d", of101, { groups: 32, groupWidth: 8 }, "110c445d");
/** `resnet101` in 64 groups, 83.5 million parameters. */
export const resnext101_64x4d = defineWide("resnext101_64x4d", of101, { groups: 64, groupWidth: 4 }, "173b62eb");
/** `resnet50` with bottlenecks twice as wide, 68.9 million parameters. Source: Zagoruyko and Komodakis 2016. */
export const wideResnet50_2 = defineWide("wide_resnet50_2", of34, { groupWidth: 128 }, "9ba9bcbe");
/** `resnet101` with bottlenecks twice as wide, 126.9 million parameters. */
export const wideResnet101_2 = defineWide("wide_resnet101_2", of101, { groupWidth: 128 }, "d733dc28");
