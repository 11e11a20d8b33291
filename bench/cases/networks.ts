import { manualSeed, nn, randint, randn, type Tensor } from "fastai-ts/torch";

/** Ready-made batches, so that a loop is timed and no loader. */
export type Batches = [Tensor, Tensor][];

/** 32-64-32-2 with batch norm: ten parameters. */
export function smallMlp(): nn.Sequential {
  return new nn.Sequential(
    new nn.Linear(32, 64),
    new nn.BatchNorm1d(64),
    new nn.ReLU(),
    new nn.Linear(64, 32),
    new nn.BatchNorm1d(32),
    new nn.ReLU(),
    new nn.Linear(32, 2),
  );
}

/** Five convolutions of stride 2, batch norm after all but the last: 28x28 to ten numbers. */
export function conv5(): nn.Sequential {
  const block = (ni: number, nf: number, ks: number) => [
    new nn.Conv2d(ni, nf, ks, { stride: 2, padding: (ks - 1) / 2 }),
    new nn.ReLU(),
    new nn.BatchNorm2d(nf),
  ];
  return new nn.Sequential(
    ...block(1, 8, 5),
    ...block(8, 16, 3),
    ...block(16, 32, 3),
    ...block(32, 64, 3),
    new nn.Conv2d(64, 10, 3, { stride: 2, padding: 1 }),
    new nn.Flatten(),
  );
}

/** `count` batches of 64 with random inputs and labels. */
export function batches(count: number, shape: number[], classes: number): Batches {
  manualSeed(42);
  return Array.from({ length: count }, () => [randn([64, ...shape]), randint(0, classes, [64])]);
}
