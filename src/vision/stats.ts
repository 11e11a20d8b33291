/** Mean and standard deviation of each channel of well-known sets of photos. Source: VCO-1. */
import type { Stats } from "../data/index.js";

/** ImageNet's, red green blue: what pretrained models expect. */
export const imagenetStats: Stats = [
  [0.485, 0.456, 0.406],
  [0.229, 0.224, 0.225],
];
/** CIFAR-10's, red green blue. */
export const cifarStats: Stats = [
  [0.491, 0.482, 0.447],
  [0.247, 0.243, 0.261],
];
/** MNIST's, grey. */
export const mnistStats: Stats = [[0.131], [0.308]];
