/**
 * Finding things: boxes and their names by a small RetinaNet, written with public parts alone.
 * `npx tsx examples/retinanet.ts FOLDER [EPOCHS] [--pretrained]`: FOLDER holds `train/` and `train.json`, as fastai's
 * COCO_TINY does. The default is `coco_tiny` and 30 epochs from random weights, for which two hundred photos are too few: they
 * show how it is done, not how well it finds things. `--pretrained` starts from a network trained on photos (a download).
 * Source: Lin et al. 2017, "Focal Loss for Dense Object Detection".
 */
import { basename } from "node:path";
import { cat, nn, register, registerModule, type Tensor, tensor } from "fastai-ts/torch";
import {
  augTransforms,
  BBoxBlock,
  BBoxLblBlock,
  ConvLayer,
  createBody,
  createVisionModel,
  DataBlock,
  getAnnotations,
  getImageFiles,
  ImageBlock,
  Interpretation,
  Learner,
  loadLearner,
  RandomSplitter,
  Resize,
  resnet18,
  TensorBBox,
  TensorMultiCategory,
} from "fastai-ts/vision";
import { z } from "zod";

const side = 128;
/** Places on each side of the three grids of features, which are 8, 16 and 32 pixels apart. */
const grids = [16, 8, 4];
/** Shapes of anchors at every place: height / width, and size in places. */
const anchorShapes = [0.5, 1, 2].flatMap((ratio) => [2, 3].map((size) => ({ ratio, size })));

/** All anchors as (centre x, centre y, width, height), -1..1 across the photo: [A, 4]. */
const anchors = tensor(
  grids.flatMap((n) =>
    Array.from({ length: n * n }, (_, i) => i).flatMap((i) =>
      anchorShapes.map(({ ratio, size }) => {
        const [x, y] = [(i % n) + 0.5, Math.floor(i / n) + 0.5];
        return [x, y, size / Math.sqrt(ratio), size * Math.sqrt(ratio)].map((v, k) => (2 * v) / n - (k < 2 ? 1 : 0));
      }),
    ),
  ),
);
const [anchorCentre, anchorSize] = [anchors.narrow(1, 0, 2), anchors.narrow(1, 2, 2)];
const anchorBoxes = cat([anchorCentre.sub(anchorSize.div(2)), anchorCentre.add(anchorSize.div(2))], 1);

/** Four convolutions and one that says `nOut` numbers for each anchor: [N, C, h, w] -> [N, h * w * anchors, nOut]. */
class AnchorHead extends nn.Module<[Tensor], Tensor> {
  steps: nn.Sequential;
  constructor(
    nf: number,
    readonly nOut: number,
    bias = 0,
  ) {
    super();
    const last = new nn.Conv2d(nf, nOut * anchorShapes.length, 3, { padding: 1 });
    nn.init.normal_(last.weight, 0, 0.01);
    nn.init.constant_(last.bias as Tensor, bias);
    this.steps = new nn.Sequential(new ConvLayer(nf, nf), new ConvLayer(nf, nf), last);
  }
  override forward(x: Tensor): Tensor {
    return this.steps(x)
      .permute(0, 2, 3, 1)
      .reshape([x.size(0), -1, this.nOut]);
  }
}

/**
 * Features of three sizes, each with what the coarser ones know, and for every anchor four numbers that move it and one
 * score for each class. Shapes: [N, 3, 128, 128] -> [N, A, 4 + classes].
 */
class RetinaNet extends nn.Module<[Tensor], Tensor> {
  body: nn.Module<[Tensor], Tensor>;
  across = [128, 256, 512].map((ni) => new nn.Conv2d(ni, 96, 1));
  smooth = [0, 1, 2].map(() => new ConvLayer(96, 96));
  boxes = new AnchorHead(96, 4);
  scores: AnchorHead;
  constructor(body: nn.Module<[Tensor], Tensor>, classes: number) {
    super();
    this.body = body;
    this.scores = new AnchorHead(96, classes, -Math.log(99)); // at first, one anchor in a hundred is something
  }
  override forward(x: Tensor): Tensor {
    const seen: Tensor[] = [];
    for (const layer of this.body.children() as nn.Module<[Tensor], Tensor>[]) seen.push(layer(seen.at(-1) ?? x));
    let above: Tensor | null = null;
    const out: Tensor[] = [];
    for (const i of [2, 1, 0]) {
      const here: Tensor = (this.across[i] as nn.Conv2d)(seen.slice(-3)[i] as Tensor);
      const size = here.shape.slice(2);
      above = above ? here.add(nn.functional.interpolate(above, { size, mode: "nearest" })) : here;
      const features = (this.smooth[i] as ConvLayer)(above);
      out.unshift(cat([this.boxes(features), this.scores(features)], 2));
    }
    return cat(out, 1);
  }
}
registerModule("example.AnchorHead", AnchorHead);
registerModule("example.RetinaNet", RetinaNet);

/** Overlap of every anchor with every box, 0..1: boxes [N, m, 4] -> [N, A, m]. */
function overlaps(boxes: Tensor): Tensor {
  const [a, b] = [anchorBoxes.view([1, -1, 1, 4]), boxes.unsqueeze(1)];
  const corner = (x: Tensor, from: number) => x.narrow(-1, from, 2);
  const area = (x: Tensor) => corner(x, 2).sub(corner(x, 0)).prod(-1);
  const shared = corner(a, 2)
    .minimum(corner(b, 2))
    .sub(corner(a, 0).maximum(corner(b, 0)))
    .clampMin(0)
    .prod(-1);
  return shared.div(area(a).add(area(b)).sub(shared));
}

/** Focal loss of the scores and a smooth distance of the boxes, over anchors that lie on something or clearly on nothing. */
class RetinaLoss extends nn.Module<[Tensor, ...Tensor[]], Tensor> {
  reduction: "mean" | "none" = "mean";
  constructor(readonly minScore = 0.25) {
    super();
  }

  override forward(pred: Tensor, ...[boxes, labels]: Tensor[]): Tensor {
    if (!boxes || !labels) throw new Error("RetinaLoss: expected boxes and labels as targets.");
    const { values, indices } = overlaps(boxes).max({ dim: 2 }); // [N, A]: the best box of each anchor
    const on = values.ge(0.4).float();
    const counted = values.lt(0.3).float().add(on); // between the two, an anchor is neither
    const found = on.sum(1).clampMin(1); // [N]

    const scores = pred.narrow(2, 4, pred.size(2) - 4);
    const labelOf = labels.gather(1, indices).mul(on.long()); // 0 is nothing
    const truth = nn.functional
      .oneHot(labelOf, scores.size(2) + 1)
      .narrow(2, 1, scores.size(2))
      .float();
    const p = scores.sigmoid().detach();
    const far = truth.mul(p.neg().add(1)).add(truth.neg().add(1).mul(p)); // 1 - the probability of the truth
    const alpha = truth.mul(-0.5).add(0.75); // 0.25 for things, 0.75 for nothing
    const weight = alpha.mul(far.pow(2)).mul(counted.unsqueeze(2));
    const focal = nn.functional.binaryCrossEntropyWithLogits(scores, truth, { weight, reduction: "none" });

    const box = boxes.gather(1, indices.unsqueeze(2).expand([-1, -1, 4])); // [N, A, 4]
    const [low, high] = [box.narrow(2, 0, 2), box.narrow(2, 2, 2)];
    const move = low.add(high).div(2).sub(anchorCentre).div(anchorSize).div(0.1);
    const stretch = high.sub(low).clampMin(1e-3).div(anchorSize).log().div(0.2);
    const apart = nn.functional.smoothL1Loss(pred.narrow(2, 0, 4), cat([move, stretch], 2), { reduction: "none" });

    const each = focal
      .sum({ dim: [1, 2] })
      .add(apart.mul(on.unsqueeze(2)).sum({ dim: [1, 2] }))
      .div(found); // [N]
    return this.reduction === "none" ? each : each.mean();
  }

  /** The boxes whose score is high enough, the best of those that lie on each other, padded to one number a photo. */
  decodes(pred: Tensor): [TensorBBox, TensorMultiCategory] {
    const centre = pred.narrow(2, 0, 2).mul(0.1).mul(anchorSize).add(anchorCentre);
    const size = pred.narrow(2, 2, 2).mul(0.2).clamp(-4, 4).exp().mul(anchorSize);
    const corners = cat([centre.sub(size.div(2)), centre.add(size.div(2))], 2).clamp(-1, 1);
    const { values, indices } = pred
      .narrow(2, 4, pred.size(2) - 4)
      .sigmoid()
      .max({ dim: 2 }); // [N, A]
    const kept = Array.from({ length: pred.size(0) }, (_, n) => {
      const score = values.select(0, n).toArray() as number[];
      const box = corners.select(0, n).toArray() as number[][];
      const label = indices.select(0, n).toArray() as number[];
      const order = score.map((_, i) => i).filter((i) => (score[i] ?? 0) > this.minScore);
      order.sort((i, j) => (score[j] ?? 0) - (score[i] ?? 0));
      const best: number[] = [];
      for (const i of order) if (best.every((j) => overlap(box[i] as Box, box[j] as Box) < 0.4)) best.push(i);
      return best.slice(0, 20).map((i) => ({ box: box[i] as Box, label: (label[i] ?? 0) + 1 }));
    });
    const most = Math.max(1, ...kept.map((each) => each.length));
    const nothing = { box: [0, 0, 0, 0], label: 0 };
    const padded = kept.map((each) => [...each, ...new Array(most - each.length).fill(nothing)] as typeof each);
    const boxes = padded.map((each) => each.map(({ box }) => [...box]));
    const labels = padded.map((each) => each.map(({ label }) => label));
    return [tensor(boxes).as(TensorBBox), tensor(labels, { dtype: "int64" }).as(TensorMultiCategory)];
  }
}
register("example.RetinaLoss", {
  cls: RetinaLoss,
  config: z.object({ minScore: z.number() }),
  toConfig: ({ minScore }) => ({ minScore }),
  fromConfig: ({ minScore }) => new RetinaLoss(minScore),
});

type Box = readonly number[];
function overlap(a: Box, b: Box): number {
  const area = ([x1 = 0, y1 = 0, x2 = 0, y2 = 0]: Box) => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
  const shared = area(a.map((v, k) => (k < 2 ? Math.max : Math.min)(v, b[k] ?? 0)));
  return shared / (area(a) + area(b) - shared || 1);
}

const [path = "coco_tiny", epochs = "30"] = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const pretrained = process.argv.includes("--pretrained");
const [files, labelled] = await getAnnotations(`${path}/train.json`);
const byName = new Map(files.map((file, i) => [file, labelled[i]]));
const coco = new DataBlock({
  blocks: [ImageBlock, BBoxBlock, BBoxLblBlock()],
  nInp: 1,
  getItems: getImageFiles,
  splitter: RandomSplitter({ validPct: 0.1, seed: 42 }),
  getY: [(file: string) => byName.get(basename(file))?.[0], (file: string) => byName.get(basename(file))?.[1]],
  itemTfms: new Resize(side),
  batchTfms: augTransforms({ maxRotate: 0, maxWarp: 0 }),
});
const dls = await coco.dataLoaders(`${path}/train`, { bs: 8 });
await (await dls.showBatch({ maxN: 6 })).save("found-batch.png");

const body = pretrained
  ? (await createVisionModel(resnet18, 2)).children()[0]
  : createBody(resnet18(), { cut: -2, pretrained: false });
const model = new RetinaNet(body as nn.Module<[Tensor], Tensor>, (dls.vocab?.length ?? 1) - 1); // one name is nothing
const learn = new Learner(dls, model, { lossFunc: new RetinaLoss() });
await learn.fitOneCycle(Number(epochs), 2e-3);
await (await learn.showResults({ dsIdx: 0, maxN: 4 })).save("found-training.png");
await (await learn.showResults({ maxN: 4 })).save("found-results.png");
await (await (await Interpretation.fromLearner(learn)).plotTopLosses(2)).save("found-losses.png");

const again = await loadLearner(await learn.export("retinanet.fai"));
const [[boxes, names]] = (await again.predict(`${path}/train/${files[0]}`)) as [
  [TensorBBox, string[]],
  unknown,
  unknown,
];
console.log(boxes.round().toArray(), [...names]);
