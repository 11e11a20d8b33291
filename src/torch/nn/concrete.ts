/** Types for layers that a function makes for each rank. */
import type { Tensor } from "../tensor.js";

/** A layer whose `forward` is no longer abstract. */
export type Concrete<Layer, Args extends unknown[] = [x: Tensor], Out = Tensor> = Layer & {
  forward(...args: Args): Out;
};
