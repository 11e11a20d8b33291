import type { nn, Tensor } from "../torch/index.js";

/** A module from one tensor to one tensor: what containers here are made of. */
export type Layer = nn.Module<[Tensor], Tensor>;

/** The class of an activation, made without arguments, such as `nn.ReLU`. */
export type ActCls = new () => Layer;

/** How many spatial dimensions a convolution, pooling or normalisation has. */
export type Ndim = 1 | 2 | 3;
