/** Writes files of every format for test/parity/files_written.py, which opens them in Python. Run by its first line. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  arange,
  type DType,
  keep,
  noGrad,
  optim,
  type PthInput,
  parsePth,
  pthBytes,
  save,
  saveNpz,
  scope,
  type Tensor,
  tensor,
} from "../../src/torch/index.js";
import { MemorySource } from "../../src/torch/serialization/byte-source.js";
import { readZip } from "../../src/torch/serialization/zip-entries.js";
import { zipPieces } from "../../src/torch/serialization/zip-writer.js";
import { build, cases, freshParams, train } from "../torch/optim/trajectory.js";
import { pth } from "../torch/serialization/files.js";

const folder = process.argv[2] as string;
const file = (name: string) => join(folder, name);

await save(file("special.pth"), {
  quantized: parsePth(pth("quantized")) as Map<string, Tensor>,
  sparse: new Map([...(parsePth(pth("sparse")) as Map<string, Tensor>)].filter(([name]) => name !== "csc")),
});

// The form of files of more than 4 GB, of a small one.
const narrow = [...readZip(new MemorySource(pthBytes({ big: arange(6), name: "grün" })), "bytes").values()];
const wide = zipPieces(
  narrow.map(({ name, packed }) => ({ name, content: [packed.bytes(0, packed.size)] })),
  0,
);
writeFileSync(file("wide.pth"), Buffer.concat(wide));

await save(file("set.pth"), { set: new Set([1, "a"]) });

const dtypes: DType[] = [
  ...(["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const),
  ...(["float16", "float32", "float64", "complex64", "complex128"] as const),
];
const arrays = Object.fromEntries(dtypes.map((dtype): [string, Tensor] => [dtype, arange(6).to(dtype).view([2, 3])]));
await saveNpz(file("plain.npz"), { ...arrays, transposed: arange(6).view([2, 3]).t() });
await saveNpz(file("packed.npz"), { ...arrays, transposed: arange(6).view([2, 3]).t() }, { compressed: true });
await save(file("scalar.npy"), tensor(3.5));

// Optimizers after six steps, and where eight more lead.
for (const [label, one] of Object.entries(cases)) {
  const params = freshParams(one);
  const opt = build(one, params);
  train(one, opt, params, 1, 6);
  const before = scope(() => noGrad(() => keep(params.map((param) => param.detach().clone()))));
  const state = again(opt.stateDict());
  train(one, opt, params, 7, 14);
  await save(file(`${label}.pth`), { label, before, state, after: params.map((param) => param.detach()) });
}

const groups = [{ params: [tensor([1]).requiresGrad_()] }, { params: [tensor([1]).requiresGrad_()], lr: 0.03 }];
const opt = new optim.SGD(groups, { lr: 0.1, momentum: 0.9 });
const { ChainedScheduler, CosineAnnealingLR, CyclicLR, MultiStepLR, OneCycleLR, ReduceLROnPlateau } = optim.lrScheduler;
const schedules = {
  MultiStepLR: new MultiStepLR(opt, [2, 5]),
  CyclicLR: new CyclicLR(opt, 0.1, 0.2, { stepSizeUp: 4 }),
  OneCycleLR: new OneCycleLR(opt, 0.2, { totalSteps: 20 }),
  ReduceLROnPlateau: new ReduceLROnPlateau(opt, { patience: 1 }),
  ChainedScheduler: new ChainedScheduler([new CosineAnnealingLR(opt, 9)]),
};
for (let i = 0; i < 3; i++) for (const schedule of Object.values(schedules)) schedule.step(1);
const states = Object.entries(schedules).map(([name, schedule]) => [name, schedule.stateDict()] as const);
await save(file("schedules.pth"), { ...Object.fromEntries(states), optimizer: opt.stateDict() });

/** A copy through bytes: the live tensors go on changing. */
function again(state: PthInput): Map<string, Tensor> {
  return parsePth(pthBytes(state)) as Map<string, Tensor>;
}
