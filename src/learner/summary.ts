import { findBs } from "../data/index.js";
import { type nn, noGrad, scope, Tensor } from "../torch/index.js";
import { firstInputs } from "./first-batch.js";
import type { TrainingLoop } from "./loop.js";

const width = 76;
const columns = [20, 20, 10, 10] as const;

interface LayerInfo {
  readonly name: string;
  readonly params: number | null;
  readonly trainable: boolean;
  readonly shape: readonly number[] | null;
  /** Whether the layer gives back the shape it was given. */
  readonly sameShape: boolean;
}

/**
 * A table of the model's layers on one batch: output shapes, parameters, whether they train; then totals, optimizer, loss,
 * frozen groups and callbacks. 76 characters wide. Source: LRN-32.
 */
export async function summary(learn: TrainingLoop): Promise<string> {
  const xb = await firstInputs(learn);
  const size = findBs(xb);
  const infos = layerInfos(learn, xb);
  const lines = [
    `${className(learn.model)} (Input shape: ${shapeText(xb[0]?.shape ?? null, size)})`,
    "=".repeat(width),
    row("Layer (type)", "Output Shape", "Param #", "Trainable"),
    "=".repeat(width),
    ...layerLines(infos, size),
    "_".repeat(width),
    "",
    ...totals(infos),
    "",
    ...settings(learn),
  ];
  return lines.join("\n");
}

function className(value: object): string {
  const name = value.constructor.name;
  return name === "Function" ? (value as { name?: string }).name || "function" : name;
}

function row(...cells: string[]): string {
  return cells
    .map((cell, i) => cell.padEnd(columns[i] ?? 10))
    .join(" ")
    .trimEnd();
}

function shapeText(shape: readonly number[] | null, size: number): string {
  return shape ? [size, ...shape.slice(1)].join(" x ") : "?";
}

/** Runs one item through the model and notes what each layer without children makes of it. */
function layerInfos(learn: TrainingLoop, xb: readonly Tensor[]): LayerInfo[] {
  const { model } = learn;
  const infos: LayerInfo[] = [];
  const leaves = [...model.modules()].filter((module) => [...module.children()].length === 0);
  const undos = leaves.map((leaf) =>
    leaf.registerForwardHook((module, args, output) => {
      infos.push(layerInfo(module, args, output));
    }),
  );
  const wasTraining = model.training;
  try {
    model.eval();
    noGrad(() =>
      scope(() => {
        model(...xb.map((x) => x.narrow(0, 0, 1)));
        return null;
      }),
    );
  } finally {
    for (const undo of undos) undo();
    model.train(wasTraining);
  }
  return infos;
}

function layerInfo(module: nn.AnyModule, args: readonly unknown[], output: unknown): LayerInfo {
  const out = output instanceof Tensor ? [...output.shape] : null;
  const own = [...module.parameters()];
  return {
    name: className(module),
    params: own.length > 0 ? own.reduce((sum, p) => sum + p.numel(), 0) : null,
    trainable: own.some((p) => p.requiresGrad),
    shape: out,
    sameShape: args.some((arg) => arg instanceof Tensor && arg.shape.slice(1).join() === out?.slice(1).join()),
  };
}

function layerLines(infos: readonly LayerInfo[], size: number): string[] {
  const lines: string[] = [];
  let before: string | null = null;
  for (const { name, params, trainable, shape, sameShape } of infos) {
    const text = shapeText(shape, size).slice(0, 19);
    if (before === null) lines.push(row("", text));
    else if (!sameShape && text !== before) lines.push("_".repeat(width), row("", text));
    before = text;
    lines.push(
      row(name, "", params === null ? "" : String(params), params === null ? "" : trainable ? "True" : "False"),
    );
  }
  return lines;
}

function totals(infos: readonly LayerInfo[]): string[] {
  const count = (layers: readonly LayerInfo[]): number => layers.reduce((sum, layer) => sum + (layer.params ?? 0), 0);
  const all = count(infos);
  const trainable = count(infos.filter((layer) => layer.trainable));
  const text = (n: number): string => n.toLocaleString("en-US");
  return [
    `Total params: ${text(all)}`,
    `Total trainable params: ${text(trainable)}`,
    `Total non-trainable params: ${text(all - trainable)}`,
  ];
}

function settings(learn: TrainingLoop): string[] {
  const { opt, optFunc, lossFunc } = learn;
  const frozen = opt
    ? ["", `Model ${opt.frozenIdx > 0 ? `frozen up to parameter group #${opt.frozenIdx}` : "unfrozen"}`]
    : [];
  return [
    `Optimizer used: ${optFunc.name || "a function"}`,
    `Loss function: ${lossFunc.name || className(lossFunc)}`,
    ...frozen,
    "",
    "Callbacks:",
    ...learn.sortedCbs.map((cb) => `  - ${cb.name}`),
  ];
}
