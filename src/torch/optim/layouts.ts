/** How tensors lie in memory: fused kernels walk through it and trust that what belongs together lies alike. */
import { native, packed } from "../../native.js";
import { ValueError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import type { TensorList } from "./tensor-list.js";

/** Elements to step over in memory for one step in each dimension, of all tensors of a list in turn. */
export class Layouts {
  readonly #steps: number[] = [];
  readonly #params: TensorList;

  /** Throws `ValueError` where a parameter's elements do not lie side by side. */
  constructor(params: TensorList) {
    this.#params = params;
    for (const [at, param] of params.entries()) {
      const steps = param.stride();
      if (!liesAs(param.emptyLike(), param)) {
        throw new ValueError(
          `optimizer: expected parameters whose elements lie side by side in memory, got shape [${param.shape}] with ` +
            `strides [${steps}] at position ${at}. Make it from a contiguous() copy.`,
        );
      }
      this.#steps.push(...steps);
    }
  }

  /** Whether the parameters still lie as they did. Costs 50 ns a parameter. */
  get hold(): boolean {
    return this.#firstOther(this.#params) < 0;
  }

  /** The list, with copies of those tensors that lie otherwise than their parameter. */
  lay(list: TensorList): TensorList {
    if (this.#firstOther(list) < 0) return list;
    return list.each((tensor, at) => laidAs(this.#params[at] as Tensor, tensor));
  }

  /** Moves a statistic's values in memory to where its parameter has them; tensors of other shapes stay. */
  settle(list: TensorList): void {
    for (const [at, tensor] of list.entries()) {
      const param = this.#params[at] as Tensor;
      if (tensor.shape.join() === param.shape.join()) tensor.setData_(laidAs(param, tensor));
    }
  }

  /** Position of the first tensor with other steps than its parameter, or -1. */
  #firstOther(list: TensorList): number {
    let from = 0;
    for (let at = 0; at < list.length; at++) {
      native.strides((list[at] as Tensor)._h);
      const dims = packed[0] as number;
      if (dims < 0) {
        native.takeFailure(); // a sparse tensor has no steps
        return at;
      }
      for (let dim = 0; dim < dims; dim++) if (packed[1 + dim] !== this.#steps[from + dim]) return at;
      from += dims;
    }
    return -1;
  }
}

/** The tensor, or its values in the order in memory that `param` has. Sparse tensors stay what they are. */
function laidAs(param: Tensor, tensor: Tensor): Tensor {
  if (tensor.layout !== "strided" || liesAs(tensor, param)) return tensor;
  return param.detach().emptyLike({ dtype: tensor.dtype }).copy_(tensor);
}

/** Whether both have the same order in memory; dimensions of one element do not count. */
function liesAs(tensor: Tensor, param: Tensor): boolean {
  const [steps, wanted] = [tensor.stride(), param.stride()];
  return param.shape.every((size, dim) => size === 1 || steps[dim] === wanted[dim]);
}
