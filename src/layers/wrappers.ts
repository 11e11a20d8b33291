import { cat, nn, ops, type Tensor } from "../torch/index.js";
import type { Layer } from "./layer.js";

/** A function as a layer. It cannot be exported by name; write a Module class for that. Source: LAY-1. */
export class Lambda extends nn.Module<[Tensor], Tensor> {
  constructor(readonly func: (x: Tensor) => Tensor) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return this.func(x);
  }
}

/** Keeps the batch dimension and flattens the rest. Shapes: [N, ...] -> [N, product], `full`: [product]. Source: LAY-1. */
export class Flatten extends nn.Module<[Tensor], Tensor> {
  readonly full: boolean;
  constructor({ full = false }: { full?: boolean } = {}) {
    super();
    this.full = full;
  }
  override forward(x: Tensor): Tensor {
    return this.full ? x.reshape([-1]) : x.flatten(1);
  }
}

/** Reshapes to a fixed size, batch included; one entry may be -1. Source: LAY-1. */
export class View extends nn.Module<[Tensor], Tensor> {
  readonly size: readonly number[];
  constructor(...size: number[]) {
    super();
    this.size = size;
  }
  override forward(x: Tensor): Tensor {
    return x.view([...this.size]);
  }
}

/** Reshapes everything but the batch dimension. Shapes: [N, ...] -> [N, ...size]. Source: LAY-1. */
export class ResizeBatch extends nn.Module<[Tensor], Tensor> {
  readonly size: readonly number[];
  constructor(...size: number[]) {
    super();
    this.size = size;
  }
  override forward(x: Tensor): Tensor {
    return x.view([x.size(0), ...this.size]);
  }
}

/** Stops in the debugger with the tensor at hand, and passes it on. Source: LAY-1. */
export class Debugger extends nn.Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    // biome-ignore lint/suspicious/noDebugger: this layer is the place where one wants to stop.
    debugger;
    return x;
  }
}

/** The outputs of several layers on one input, concatenated. Source: LAY-1. */
export class Cat extends nn.Sequential {
  readonly dim: number;
  constructor(layers: Layer[], { dim = 1 }: { dim?: number } = {}) {
    super(...layers);
    this.dim = dim;
  }
  override forward(x: Tensor): Tensor {
    const outputs = (this.layers() as Layer[]).map((layer) => layer(x)); // the constructor took no others
    return cat(outputs, this.dim);
  }
}

/** A Sequential of modules and plain functions. Source: LAY-1, fastai `sequential`. */
export function sequential(...layers: (Layer | ((x: Tensor) => Tensor))[]): nn.Sequential {
  return new nn.Sequential(...layers.map((layer) => (layer instanceof nn.Module ? layer : new Lambda(layer))));
}

/** Holds a lone parameter `val`, so that model inspection can show it; passes its input on. Source: LAY-1. */
export class ParameterModule extends nn.Module<[Tensor], Tensor> {
  constructor(readonly val: nn.Parameter) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return x;
  }
}

/** `sigmoid(x) * (high - low) + low`, as one operation. Source: LAY-2. */
export function sigmoidRange(x: Tensor, low: number, high: number): Tensor {
  return ops.fastai?.sigmoid_range?.(x, low, high) as Tensor;
}

/** Squeezes its input between two bounds by a sigmoid. Source: LAY-2. */
export class SigmoidRange extends nn.Module<[Tensor], Tensor> {
  constructor(
    readonly low: number,
    readonly high: number,
  ) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return sigmoidRange(x, this.low, this.high);
  }
  override extraRepr(): string {
    return `low=${this.low}, high=${this.high}`;
  }
}
