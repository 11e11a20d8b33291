import { describe, expect, it } from "vitest";
import {
  Categorize,
  Category,
  DataError,
  DataLoader,
  DataLoaders,
  Datasets,
  dispatch,
  disposeTensors,
  getC,
  IntToFloatTensor,
  Normalize,
  RandTransform,
  showBatch,
  showResults,
  TensorCategory,
  TensorImage,
  TfmdDL,
  Transform,
} from "../../src/data/index.js";
import { arange, manualSeed, memory, scope, type Tensor, tensor } from "../../src/torch/index.js";
import { failure } from "../failure.js";
import fixture from "../fixtures/data.json" with { type: "json" };

/** Photos made of numbers: item i is a 1x2x2 image of bytes 10 i. */
const photo = (i: number) =>
  scope(() =>
    tensor(
      [
        [
          [10 * i, 10 * i],
          [10 * i, 10 * i],
        ],
      ],
      { dtype: "uint8" },
    ).as(TensorImage),
  );
const parity = (i: number) => (i % 2 ? "odd" : "even");
const items = Array.from({ length: 10 }, (_, i) => i);
const splits = [
  [0, 1, 2, 3, 4, 5, 6],
  [7, 8, 9],
];
const dsets = () => Datasets.create(items, [[photo], [parity, new Categorize()]], { splits });
type Pair = [TensorImage, TensorCategory];

describe("TfmdDL", () => {
  it("DCO-1: runs its pipelines on items and batches, on the split of its dataset", async () => {
    const train = new Transform(dispatch([TensorImage, (x) => x.add(1)]), { splitIdx: 0 });
    const { train: ds, valid } = await dsets();
    const opts = { bs: 2, afterItem: [train], afterBatch: [new IntToFloatTensor()] };
    const [x, y] = (await new TfmdDL(ds, opts).oneBatch()) as Pair;
    const [vx] = (await new TfmdDL(valid, opts).oneBatch()) as Pair;
    expect([x, y].map((t) => [t.constructor, t.dtype])).toEqual([
      [TensorImage, "float32"],
      [TensorCategory, "int64"],
    ]);
    expect(x.mul(255).round().toArray()).toEqual([
      [
        [
          [1, 1],
          [1, 1],
        ],
      ],
      [
        [
          [11, 11],
          [11, 11],
        ],
      ],
    ]);
    expect(vx.at(0, 0, 0, 0).mul(255).item()).toBeCloseTo(70, 3);
  });

  it("DCO-1: sets its pipelines up with the loader, in order, so that Normalize can draw a batch", async () => {
    const { train } = await dsets();
    const normalize = new Normalize();
    const dl = new TfmdDL(train, { bs: 7, afterBatch: [normalize, new IntToFloatTensor()] });
    const [x] = (await dl.oneBatch()) as Pair;
    expect(normalize.mean?.shape).toEqual([1, 1, 1, 1]);
    expect(normalize.mean?.item()).toBeCloseTo(30 / 255, 5);
    expect(Math.abs(Number(x.mean().item()))).toBeLessThan(1e-5);
    expect(Number(x.std().item())).toBeCloseTo(1, 4);
  });

  it("DCO-3: learns the classes of a batch from one item, and names the item that fails", async () => {
    const { train } = await dsets();
    const dl = new TfmdDL(train, { bs: 2 });
    expect(await dl.onePass()).toEqual([TensorImage, TensorCategory]);
    expect(dl.nInp).toBe(1);
    const fails = () => {
      throw new Error("no");
    };
    expect((await failure(new TfmdDL(train, { afterBatch: [fails] }).onePass())).message).toContain(
      "passing one item (0) through the loader failed in fails: no",
    );
  });

  it("DCO-4: decodes a batch back to photos and names, and gives bare tensors their class", async () => {
    const { train } = await dsets();
    const dl = new TfmdDL(train, { bs: 3, afterBatch: [new IntToFloatTensor(), Normalize.fromStats([0.5], [0.25])] });
    const [x] = (await dl.oneBatch()) as Pair;
    const bare = tensor([1, 0, 1], { dtype: "int64" });
    const decoded = (await dl.decodeBatch([x, bare], { maxN: 2 })) as [Tensor, Category][];
    expect(decoded.map(([, name]) => String(name))).toEqual(["odd", "even"]);
    expect(decoded[1]?.[1]).toBeInstanceOf(Category);
    const first = decoded[1]?.[0] as Tensor;
    expect(first).toBeInstanceOf(TensorImage);
    const pixels = Array.from(first.view(-1).toArray() as number[], Number);
    expect(pixels.every((value) => Math.abs(value - 10) <= 1)).toBe(true);
  });

  it("DTR-13, DTR-14: IntToFloatTensor and Normalize give fastai's values, there and back", async () => {
    const { images } = fixture;
    const bytes = tensor(images.bytes, { dtype: "uint8" }).as(TensorImage);
    const toFloat = new IntToFloatTensor();
    const normalize = Normalize.fromStats([0.5, 0.4, 0.3], [0.2, 0.3, 0.4]);
    const floats = toFloat.encode(bytes) as TensorImage;
    const out = normalize.encode(floats) as Tensor;
    const close = (a: Tensor, b: unknown) =>
      expect(
        Number(
          a
            .sub(tensor(b as number[]))
            .abs()
            .max()
            .item(),
        ),
      ).toBeLessThan(1e-5);
    close(out, images.normalized);
    close(toFloat.decode(normalize.decode(out)) as Tensor, images.decoded);
    const own = new Normalize();
    await own.setups({ oneBatch: async () => [floats.clone()] });
    close(own.mean?.flatten() as Tensor, images.mean);
    close(own.std?.flatten() as Tensor, images.std);
  });

  it("DTR-14: Normalize leaves other tensors alone and refuses unequal figures", () => {
    const category = tensor([1]).as(TensorCategory);
    expect(Normalize.fromStats([[0.5], [0.5]]).encode(category)).toBe(category);
    expect(() => Normalize.fromStats([0.5, 0.5], [0.1])).toThrow("as many standard deviations as means, got 2 and 1");
    expect(() => new Normalize().encode(photo(1))).toThrow("expected figures, got none");
  });

  it("DLD-10: a copy shares the set-up transforms, whichever is used first", async () => {
    const { train, valid } = await dsets();
    const dl = new TfmdDL(train, { bs: 7, afterBatch: [new IntToFloatTensor(), new Normalize()] });
    const copy = dl.new(valid, { bs: 3 });
    const [x] = (await copy.oneBatch()) as Pair;
    expect(Number(x.at(0, 0, 0, 0).item())).toBeGreaterThan(1);
    expect(copy.pipelines.afterBatch.find(Normalize)).toBe(dl.pipelines.afterBatch.find(Normalize));
    expect(copy.pipelines.afterBatch.splitIdx).toBe(1);
  });

  it("gives the list of items of a batch to beforeBatch whole", async () => {
    const counts: number[] = [];
    const note = (list: unknown[]) => {
      counts.push(list.length);
      return list;
    };
    const dl = new TfmdDL((await dsets()).train, { bs: 3, beforeBatch: [note] });
    for await (const batch of dl) disposeTensors(batch);
    expect(counts).toEqual([3, 3, 1]);
  });

  it("draws the same for an item whatever the concurrency", async () => {
    class Jitter extends RandTransform {
      by = 0;
      override beforeCall(...args: Parameters<RandTransform["beforeCall"]>) {
        super.beforeCall(...args);
        this.by = args[2].int(100);
      }
      override encodes = dispatch([TensorImage, (x) => x.add(this.by)]);
    }
    const later = async (i: number) => {
      await new Promise((resolve) => setTimeout(resolve, (i * 7) % 5));
      return photo(i);
    };
    const ds = (await Datasets.create(items, [[later]], { splits: [items, []] })).train;
    const run = async (concurrency: number) => {
      manualSeed(11);
      const [x] = (await new TfmdDL(ds, {
        bs: 10,
        shuffle: true,
        concurrency,
        afterItem: [new Jitter()],
      }).oneBatch()) as Pair;
      return x.toArray();
    };
    expect(await run(8)).toEqual(await run(1));
  });

  it("frees the items' tensors once a batch is made, and the batch before afterBatch", async () => {
    const dl = new TfmdDL((await dsets()).train, {
      bs: 3,
      prefetch: 0,
      concurrency: 1,
      afterBatch: [new IntToFloatTensor()],
    });
    await dl.ready();
    globalThis.gc?.();
    const before = memory().tensors;
    for await (const batch of dl) {
      expect(memory().tensors - before).toBeLessThanOrEqual(2);
      disposeTensors(batch);
    }
    expect(memory().tensors - before).toBeLessThanOrEqual(0);
  });

  it("takes whole batches when no item step is given", async () => {
    const xs = arange(10);
    const ds = {
      length: 10,
      splitIdx: 0,
      get: () => [xs],
      getBatch: (idxs: readonly number[]) => [xs.indexSelect(0, tensor([...idxs], { dtype: "int64" }))],
    };
    const dl = new TfmdDL(ds, { bs: 5, afterBatch: [dispatch([Object, (x) => (x as Tensor).mul(2)])] });
    expect([dl.wholeBatches, new TfmdDL(ds, { afterItem: [(x: unknown) => x] }).wholeBatches]).toEqual([true, false]);
    expect(((await dl.oneBatch())[0] as Tensor).toArray()).toEqual([0, 2, 4, 6, 8]);
  });

  it("DCO-5: draws a batch by the rule of its classes, else as a table of titles", async () => {
    class Sound {}
    const seen: unknown[] = [];
    const dl = new TfmdDL((await dsets()).train, { bs: 4 });
    const table = await dl.showBatch({ maxN: 3 });
    expect(table.toSVG()).toContain("odd");
    showBatch.add([TensorImage, TensorCategory], (x, _y, samples, options) => {
      seen.push([x.shape, samples.map((sample) => String(sample[1])), options.maxN]);
      return table;
    });
    expect(await dl.showBatch({ maxN: 2 })).toBe(table);
    expect(seen).toEqual([[[4, 1, 2, 2], ["even", "odd"], 2]]);
    expect(showBatch.has(new Sound(), 1)).toBe(false);
  });

  it("DCO-5: unique shows one item again and again", async () => {
    const seen: string[][] = [];
    showBatch.add([TensorImage, TensorCategory], (_x, _y, samples) => {
      seen.push(samples.map((sample) => String((sample[0] as Tensor).at(0, 0, 0).item())));
      return figure;
    });
    const figure = await new TfmdDL((await dsets()).train, { bs: 2 }).showResults([photo(1).unsqueeze(0)], []);
    await new TfmdDL((await dsets()).train, { bs: 4 }).showBatch({ unique: true });
    expect(seen).toEqual([["0", "0", "0", "0"]]);
  });

  it("DCO-6: draws results with decoded predictions", async () => {
    const dl = new TfmdDL((await dsets()).train, { bs: 2 });
    const batch = (await dl.oneBatch()) as Pair;
    const out = tensor([1, 1], { dtype: "int64" });
    const figure = await dl.showResults(batch, out);
    expect(figure.toSVG()).toContain("prediction");
    const seen: string[][] = [];
    showResults.add([TensorImage, TensorCategory], (_x, _y, samples, outs) => {
      seen.push(
        samples.map((sample) => String(sample[1])),
        outs.map((o) => String(o[0])),
      );
      return figure;
    });
    await dl.showResults(batch, out);
    expect(seen).toEqual([
      ["even", "odd"],
      ["odd", "odd"],
    ]);
  });
});

describe("DataLoaders", () => {
  it("DCO-7: holds any loaders by index", async () => {
    const train = new DataLoader([1, 2], { bs: 1 });
    const data = new DataLoaders(train, new DataLoader([3], { bs: 1 }));
    expect([data.train, data.length, data.trainDs, data.validDs]).toEqual([train, 2, [1, 2], [3]]);
    expect(((await data.oneBatch()) as unknown as Tensor).shape).toEqual([1]);
    const plain = new DataLoaders([["x", "y"]]);
    expect(await plain.oneBatch()).toEqual(["x", "y"]);
    expect([plain.valid, plain.vocab, plain.c, plain.nInp, plain.device]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect((await failure(plain.testDl([1]))).message).toContain("expected a TfmdDL, got Array");
  });

  it("DCO-8: shuffles and drops for training only; validation has its own settings", async () => {
    const dls = (await dsets()).dataLoaders({ bs: 2, valBs: 3, val: { prefetch: 0 }, dlKwargs: [{ prefetch: 5 }] });
    const { train, valid } = dls;
    expect([train.shuffle, train.dropLast, train.bs, train.prefetch]).toEqual([true, true, 2, 5]);
    expect([valid.shuffle, valid.dropLast, valid.bs, valid.prefetch]).toEqual([false, false, 3, 0]);
    expect([train.length, valid.length]).toEqual([3, 1]);
    const unshuffled = (await dsets()).dataLoaders({ shuffle: false, n: 4 });
    expect([unshuffled.train.bs, unshuffled.train.dropLast, unshuffled.train.n, unshuffled.valid.n]).toEqual([
      64,
      false,
      4,
      3,
    ]);
    expect(() => DataLoaders.fromDsets([])).toThrow("at least one subset");
    expect((await failure(dsets().then((ds) => ds.dataLoaders({ numWorkers: 2 } as never)))).message).toContain(
      "numWorkers",
    );
  });

  it("DCO-7: are made of datasets of one's own", async () => {
    const dls = DataLoaders.fromDsets([[1, 2, 3], [4]], { bs: 2, afterItem: [(x: number) => x * 10], path: "here" });
    expect([dls.train.shuffle, dls.train.dropLast, dls.valid.shuffle, dls.valid.dropLast, dls.path]).toEqual([
      ...[true, true, false, false],
      "here",
    ]);
    expect(((await dls.valid.oneBatch()) as unknown as Tensor).toArray()).toEqual([40]);
  });

  it("DTR-11: knows vocab, number of classes and loss of its targets", async () => {
    const dls = (await dsets()).dataLoaders();
    expect([[...(dls.vocab as string[])], dls.c, getC(dls)]).toEqual([["even", "odd"], 2, 2]);
    expect(dls.lossFunc?.constructor.name).toBe("CrossEntropyLossFlat");
    expect(getC({ vocab: [["a"], ["b", "c"]] })).toBe(2);
    expect(getC({ train: { pipelines: { afterItem: { gather: () => [4] } } } })).toBe(4);
    expect(getC({})).toBe(0);
  });

  it("DCO-11: a test loader takes new items through the validation transforms", async () => {
    const dls = (await dsets()).dataLoaders({ bs: 2, afterBatch: [new IntToFloatTensor()] });
    const test = await dls.testDl([3, 4, 5]);
    const [x] = await test.oneBatch();
    expect([test.length, x?.shape, x?.dtype]).toEqual([2, [2, 1, 2, 2], "float32"]);
    const labelled = await dls.testDl([3], { withLabels: true, bs: 8 });
    expect([labelled.bs, Number(((await labelled.oneBatch()) as Pair)[1].item())]).toEqual([8, 1]);
  });

  it("DCO-7: adds steps at an event, and makes itself empty", async () => {
    const dls = (await dsets()).dataLoaders({ bs: 2 });
    await dls.train.ready();
    dls.addTfms([new IntToFloatTensor()], "afterBatch", [1]);
    expect([((await dls.train.oneBatch()) as Pair)[0].dtype, ((await dls.valid.oneBatch()) as Pair)[0].dtype]).toEqual([
      "uint8",
      "float32",
    ]);
    const empty = dls.newEmpty();
    expect([empty.train.n, empty.valid.n, empty.length]).toEqual([0, 0, 2]);
    expect(await failure(empty.oneBatch())).toBeInstanceOf(DataError);
  });

  it("sends batches and transforms to a device", async () => {
    const normalize = Normalize.fromStats([0.5], [0.5]);
    const dls = (await dsets()).dataLoaders({ bs: 2, afterBatch: [normalize] }).to("meta");
    expect([normalize.mean?.device, dls.device, dls.valid.device]).toEqual(["meta", "meta", "meta"]);
    expect((await dls.oneBatch())[0]?.device).toBe("meta");
  });
});
