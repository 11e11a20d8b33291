/** Gives Tensor its methods: the generated ones, one per operator, and those written by hand. */

import { native, packed } from "../native.js";
import { backward, packLists, unpackList } from "./autograd.js";
import { checkFunction, checkTensor, describeValue } from "./checks.js";
import type { CudaDevice } from "./cuda/devices.js";
import { checkStream, currentStream, type Stream } from "./cuda/streams.js";
import { type Device, type DType, deviceCode, dtypeCode } from "./dtype.js";
import { checkOptions, ValueError } from "./errors.js";
import { methodNames } from "./generated/names.js";
import { at, setAt } from "./indexing.js";
import { check, checked } from "./native-call.js";
import { opFunction, opMethod } from "./op-callable.js";
import { isOptions } from "./op-choice.js";
import { camelCase } from "./op-schema.js";
import { format } from "./printing.js";
import type { Scalar } from "./scalar.js";
import { keep } from "./scope.js";
import { Tensor } from "./tensor.js";
import type { BackwardOptions, Index, ToOptions } from "./tensor-extras.js";
import { toNested, toNestedBigInts } from "./to-array.js";

for (const name of methodNames) {
  Object.defineProperty(Tensor.prototype, camelCase(name), {
    value: opMethod(name),
    writable: true,
    configurable: true,
  });
}

const convert = opFunction("aten::to", "camel", "dtype_layout");

const select = opFunction("aten::where");

function target(to: DType | Device | Tensor | ToOptions): ToOptions {
  if (to instanceof Tensor) return { dtype: to.dtype, device: to.device };
  if (typeof to === "object") return to;
  if (dtypeCode(to) !== undefined) return { dtype: to as DType }; // just looked up
  if (deviceCode(to) !== undefined) return { device: to as Device }; // just looked up
  throw new ValueError(
    `to: expected a dtype such as "float32" or a device such as "cuda:0", got ${describeValue(to)}.`,
  );
}

function as<T extends Tensor>(self: T, to: ToOptions): T {
  const result = convert(self, to) as Tensor; // one tensor
  return (self._like === Tensor.prototype._like ? result : self._like(result.aliasHandle())) as T; // _like keeps the class
}

function hook(run: (gradient: Tensor) => unknown): () => void {
  return () => {
    const [gradient] = unpackList();
    const result = gradient == null ? undefined : run(gradient);
    packLists(result instanceof Tensor ? [result] : []);
  };
}

const casts: Record<string, DType> = {
  float: "float32",
  double: "float64",
  half: "float16",
  bfloat16: "bfloat16",
  long: "int64",
  int: "int32",
  short: "int16",
  char: "int8",
  cfloat: "complex64",
  cdouble: "complex128",
  byte: "uint8",
  bool: "bool",
};

for (const [name, dtype] of Object.entries(casts)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor) {
      return as(this, { dtype });
    },
    writable: true,
    configurable: true,
  });
}

const extras = {
  to(to: DType | Device | Tensor | ToOptions, options: ToOptions = {}) {
    const known = ["dtype", "device", "copy", "nonBlocking", "memoryFormat"];
    checkOptions("to", options, known);
    const wanted = { ...target(to), ...options };
    checkOptions("to", wanted, known);
    return as(this, wanted);
  },
  cpu() {
    return as(this, { device: "cpu" });
  },
  cuda(device: Device = "cuda") {
    return as(this, { device });
  },
  async cpuAsync() {
    const { device } = this;
    if (!device.startsWith("cuda")) {
      await new Promise((resolve) => setImmediate(resolve)); // as on a GPU: it is there in a later turn
      return as(this, { device: "cpu" });
    }
    const host = keep(as(this, { device: "cpu", nonBlocking: true })); // pinned memory, filled when the device comes to it
    await currentStream(device as CudaDevice)
      .recordEvent()
      .done();
    return host;
  },
  recordStream(stream: Stream) {
    checkStream("recordStream", stream);
    checked("recordStream", [this, stream], () => native.cudaRecordStream(this._h, stream.device, stream.id));
    return this;
  },
  toArray() {
    return toNested(this);
  },
  toBigIntArray() {
    return toNestedBigInts(this);
  },
  where(condition: Tensor, other: Tensor | number) {
    return select(condition, this, other);
  },
  at(...index: Index[]) {
    return at(this, index);
  },
  setAt_(index: readonly Index[] | Index, value: Tensor | Scalar) {
    return setAt(this, Array.isArray(index) ? Array.from(index) : [index as Index], value); // readonly arrays are not narrowed
  },
  requiresGrad_(value = true) {
    this.requiresGrad = value;
    return this;
  },
  backward(gradient?: Tensor | null | BackwardOptions, options?: BackwardOptions) {
    const chosen = options ?? (isOptions(gradient) ? (gradient as BackwardOptions) : {}); // isOptions rules tensors out
    checkOptions("backward", chosen, ["retainGraph", "createGraph"]);
    backward(this, { ...chosen, gradients: [gradient instanceof Tensor ? gradient : null] });
  },
  registerHook(run: (gradient: Tensor) => unknown) {
    checkFunction("registerHook", run);
    packed[0] = 0;
    const position = native.registerHook(this._h, hook(run));
    check("registerHook", [this]);
    const held = new WeakRef(this);
    return () => {
      const tensor = held.deref();
      if (tensor?.isAlive) native.removeHook(tensor._h, position);
    };
  },
  setData_(source: Tensor) {
    checkTensor("setData_", source);
    packed[0] = 0;
    native.setData(this._h, source._h);
    check("setData_", [this, source]);
    return this;
  },
  toString(this: Tensor) {
    return format(this);
  },
} satisfies Record<string, (this: Tensor, ...args: never[]) => unknown>;

const properties = { T: "numpy_T", mT: "mT", H: "matrix_H", mH: "mH" };

for (const [name, value] of Object.entries(extras)) {
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}
for (const [name, op] of Object.entries(properties)) {
  const call = opFunction(`aten::${op}`);
  Object.defineProperty(Tensor.prototype, name, {
    get(this: Tensor) {
      return call(this);
    },
  });
}
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Tensor) {
    return this.isAlive ? format(this) : "Tensor (freed)";
  },
});
