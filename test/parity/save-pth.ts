/**
 * Writes a .pth file of everything the format holds, for test/parity/save_pth.py to open in Python.
 *
 * Run: npx tsx test/parity/save-pth.ts FILE && python test/parity/save_pth.py FILE
 */
import { arange, type DType, nn, save, scope, type Tensor, tensor } from "../../src/torch/index.js";

const file = process.argv[2] ?? "save.pth";
const dtypes: DType[] = [
  ...(["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"] as const),
  ...(["uint16", "uint32", "uint64", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2"] as const),
];
const typed = Object.fromEntries(dtypes.map((dtype): [string, Tensor] => [dtype, tensor([0, 1, 3]).to(dtype)]));
const net = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
scope(() =>
  net
    .stateDict()
    .get("0.weight")
    ?.copy_(arange(6).view([2, 3])),
);
await save(file, {
  typed,
  net: net.stateDict(),
  transposed: arange(6).view([2, 3]).t(),
  scalar: tensor(3.5),
  plain: { epoch: 3, lr: 1e-3, big: 2n ** 70n, negative: -129, text: "grün", none: null, flags: [true, false] },
  bytes: Uint8Array.of(0, 128, 255),
});
