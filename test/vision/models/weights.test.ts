import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import {
  fromSpec,
  manualSeed,
  nn,
  noGrad,
  saveSafetensors,
  type Tensor,
  toSpec,
  zeros,
} from "../../../src/torch/index.js";
import { type ArchMeta, defaultMeta } from "../../../src/vision/models/arch.js";
import { gapsIn, type WeightsReport } from "../../../src/vision/models/fit-weights.js";
import { resnet18, resnet34 } from "../../../src/vision/models/resnets.js";
import { archMeta, createVisionModel, planVisionModel, VisionModel } from "../../../src/vision/models/vision-model.js";
import { loadWeights, weightsCache } from "../../../src/vision/models/weights.js";
import { xresnet18, xresnet34 } from "../../../src/vision/models/xresnets.js";
import { failure } from "../../failure.js";

const statePth = fileURLToPath(new URL("../../fixtures/pth/state.pth", import.meta.url));
const nestedPth = fileURLToPath(new URL("../../fixtures/pth/nested.pth", import.meta.url));

async function withFolder(fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "weights-"));
  try {
    await fn(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A loopback server of one file; counts the requests. */
async function withFile(content: Buffer, fn: (url: string, count: () => number) => Promise<void>): Promise<void> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests++;
    response.writeHead(200, { "content-length": content.length }).end(content);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    await fn(`http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny-12345678.pth`, () => requests);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

describe("loadWeights", () => {
  it("downloads once into the folder, tells the progress, and reads the file from then on", async () => {
    const content = await readFile(statePth);
    const sha256 = createHash("sha256").update(content).digest("hex").slice(0, 8);
    await withFolder((weightsDir) =>
      withFile(content, async (url, count) => {
        const seen: number[] = [];
        const options = { weightsDir, onProgress: (done: number) => seen.push(done) };
        const state = await loadWeights("tiny", { url, sha256 }, options);
        expect([...state.keys()][0]).toBe("0.weight");
        expect(state.get("0.weight")).toBeClose([
          [0, 1, 2],
          [3, 4, 5],
        ]);
        await loadWeights("tiny", { url, sha256 }, options);
        expect(count()).toBe(1);
        expect(seen.at(-1)).toBe(content.length);
      }),
    );
  });

  it("keeps nothing of a file with the wrong hash", async () => {
    await withFolder((weightsDir) =>
      withFile(Buffer.from("not the file"), async (url) => {
        const failed = loadWeights("tiny", { url, sha256: "12345678" }, { weightsDir, onProgress: () => {} });
        await expect(failed).rejects.toThrow("SHA-256 12345678");
        await expect(readFile(join(weightsDir, "tiny-12345678.pth"))).rejects.toThrow("ENOENT");
      }),
    );
  });

  it("says offline where to put the file, and how to do without", async () => {
    await withFolder(async (weightsDir) => {
      const published = { url: "http://127.0.0.1:1/tiny.pth", sha256: "00" };
      const failed = loadWeights("tiny", published, { weightsDir });
      await expect(failed).rejects.toThrow("{ pretrained: false }");
      await expect(failed).rejects.toThrow(`put it at ${join(weightsDir, "tiny.pth")}`);
    });
  });

  it("finds a converted file of the same name in the folder", async () => {
    await withFolder(async (weightsDir) => {
      await saveSafetensors(join(weightsDir, "tiny.safetensors"), { a: zeros([2]) });
      const state = await loadWeights("tiny", { url: "http://127.0.0.1:1/tiny.pth", sha256: "00" }, { weightsDir });
      expect([...state.keys()]).toEqual(["a"]);
    });
  });

  it("reads a file of one's own, and finds the state in it by the architecture's converter or where programs put it", async () => {
    const inside = {
      url: "http://127.0.0.1:1/x.pth",
      sha256: "",
      convert: (o: unknown) => (o as Map<string, null>).get("model") ?? null,
    };
    expect((await loadWeights("tiny", inside, { weights: nestedPth })).size).toBe(7);
    expect((await loadWeights("tiny", null, { weights: nestedPth })).size).toBe(7);
  });

  it("says that nobody has published any", async () => {
    await expect(loadWeights("tiny", null)).rejects.toThrow("tiny: expected published weights, got none");
    expect(() => planVisionModel(xresnet34, 2)).toThrow("{ pretrained: false }");
  });

  it("keeps files in the user's cache folder", () => {
    vi.stubEnv("XDG_CACHE_HOME", "/somewhere");
    expect(weightsCache()).toBe("/somewhere/fastai-ts/weights");
    vi.unstubAllEnvs();
  });

  it("VLN-5: torchvision's files are known by the digits in their names", () => {
    const { url, sha256 } = archMeta(resnet34).weights ?? {};
    expect([url, sha256]).toEqual(["https://download.pytorch.org/models/resnet34-b627a593.pth", "b627a593"]);
  });
});

/** A network of a few parameters that looks like a residual one. */
class Tiny extends nn.Sequential {
  constructor() {
    super(new nn.Conv2d(3, 4, 3), new nn.AdaptiveAvgPool2d(1), new nn.Flatten(), new nn.Linear(4, 10));
  }
}
const meta: ArchMeta = { ...defaultMeta, weights: { url: "http://127.0.0.1:1/tiny.pth", sha256: "" } };
const tiny = Object.assign(() => new Tiny(), { meta });

describe("pretrained models", () => {
  it("VLN-2, VLN-6: createVisionModel puts the weights into the body and adapts them to the channels", async () => {
    await withFolder(async (weightsDir) => {
      manualSeed(1);
      const trained = new Tiny();
      await saveSafetensors(join(weightsDir, "tiny.safetensors"), trained.stateDict());
      const model = await createVisionModel(tiny, 2, { weightsDir });
      const published = trained.stateDict().get("0.weight");
      expect(model.stateDict().get("0.0.weight")).toBeClose(published?.toArray());
      const grey = await createVisionModel(tiny, 2, { weightsDir, nIn: 1 });
      expect(grey.stateDict().get("0.0.weight")).toBeClose(published?.sum(1, { keepdim: true }).toArray());
      expect(grey.parameters().every((p) => p.requiresGrad)).toBe(true);
    });
  });

  it("names the keys of a file that does not fit", async () => {
    await withFolder(async (folder) => {
      await mkdir(folder, { recursive: true });
      await copyFile(statePth, join(folder, "other.pth"));
      expect((await failure(createVisionModel(tiny, 2, { weights: join(folder, "other.pth") }))).message).toContain(
        'got "0.weight" [2,3]',
      );
    });
  });

  it("VLN-6: a file of one's own fills what it fits, behind a wrapper's prefix, and says what became of it", async () => {
    await withFolder(async (folder) => {
      manualSeed(4);
      const trained = new Tiny();
      const file = join(folder, "mine.safetensors");
      const extra: [string, Tensor] = ["module.neck.weight", zeros([1])];
      const state = [...trained.stateDict()].map(([key, t]): [string, Tensor] => [`module.${key}`, t]);
      await saveSafetensors(file, new Map([...state.filter(([key]) => key !== "module.0.bias"), extra]));
      const seen: WeightsReport[] = [];
      const model = await createVisionModel(tiny, 2, { weights: file, onWeights: (report) => seen.push(report) });
      expect(model.stateDict().get("0.0.weight")).toBeClose(trained.stateDict().get("0.weight")?.toArray());
      const unused = ["module.3.weight", "module.3.bias", "module.neck.weight"];
      expect(seen.map(({ unused: rest, ...report }) => ({ ...report, unused: [...rest].sort() }))).toEqual([
        { prefix: "module.", loaded: ["0.weight"], missing: ["0.bias"], mismatched: [], unused: unused.sort() },
      ]);
      expect(gapsIn(seen[0] as WeightsReport)).toBe("weights: 1 of 2 entries fit. missing: 0.bias");
    });
  });

  it("says so of a file that is no state at all", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "x.pth"), "hello");
      expect((await failure(createVisionModel(tiny, 2, { weights: join(folder, "x.pth") }))).message).toContain(
        "torch.save",
      );
    });
  });
});

describe("exported vision models", () => {
  it("LRN-22: a model is made again from its description", () => {
    const options = { pretrained: false, nIn: 1, linFtrs: [16], ps: [0.1, 0.2], yRange: [0, 1], cut: -2 } as const;
    const { model } = planVisionModel(resnet18, 3, options);
    const spec = JSON.parse(JSON.stringify(toSpec(model)));
    expect(spec).toEqual({
      type: "visionModel",
      config: {
        arch: "resnet18",
        nOut: 3,
        nIn: 1,
        cut: -2,
        head: { linFtrs: [16], ps: [0.1, 0.2], yRange: [0, 1] },
        customHead: null,
      },
    });
    const again = fromSpec(spec);
    if (!(again instanceof VisionModel)) throw new Error("expected a VisionModel");
    noGrad(() => again.loadStateDict(model.stateDict()));
    const x = zeros([1, 1, 32, 32]);
    expect(again.eval()(x)).toBeClose(model.eval()(x));
    expect(toSpec(again)).toEqual(spec);
  });

  it("LRN-22: refuses what a file cannot describe, and descriptions that do not fit", () => {
    const cut = planVisionModel(xresnet18, 3, { pretrained: false, cut: (model) => model.children()[0] as nn.Conv2d });
    expect(() => toSpec(cut.model)).toThrow("cut");
    const headed = planVisionModel(xresnet18, 3, { pretrained: false, customHead: new Tiny() });
    expect(() => toSpec(headed.model)).toThrow("Tiny");
    const config = { arch: "resnet99", nOut: 2, nIn: 3, cut: null, head: {}, customHead: null };
    expect(() => fromSpec({ type: "visionModel", config })).toThrow('got "resnet99"');
    expect(() => fromSpec({ type: "visionModel", config: { ...config, nOut: -1 } })).toThrow("nOut");
  });
});

describe("exported whole architectures", () => {
  it("LRN-22: what an architecture makes is made again with its options", () => {
    const model = xresnet18({ nOut: 4, stemSzs: [8, 8, 64], sa: true });
    const spec = JSON.parse(JSON.stringify(toSpec(model)));
    expect(spec).toEqual({
      type: "visionArch",
      config: { arch: "xresnet18", options: { nOut: 4, stemSzs: [8, 8, 64], sa: true } },
    });
    const again = fromSpec(spec);
    if (!(again instanceof nn.Sequential)) throw new Error("expected a model");
    expect([...again.stateDict().keys()]).toEqual([...model.stateDict().keys()]);
  });

  it("LRN-22: options that no file can hold do not matter, as the layers are described one by one", () => {
    const model = xresnet18({ actCls: nn.Mish, nOut: 4 });
    const again = fromSpec(JSON.parse(JSON.stringify(toSpec(model))));
    expect(String(again)).toBe(String(model));
    expect(String(again)).toContain("Mish()");
    if (!(again instanceof nn.Sequential)) throw new Error("expected a model");
    expect([...again.stateDict().keys()]).toEqual([...model.stateDict().keys()]);
  });

  it("LRN-22: unknown options are refused on loading", () => {
    const config = { arch: "xresnet18", options: { nOutt: 4 } };
    expect(() => fromSpec({ type: "visionArch", config })).toThrow('"nOutt"');
  });
});
