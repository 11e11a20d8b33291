import { nn, type Tensor } from "../torch/index.js";

/** `x * sigmoid(x)`. fastai's function of this name returns nothing (QRK-4). Source: LAY-21. */
export function swish(x: Tensor): Tensor {
  return x.silu();
}

/** `x * tanh(softplus(x))`. Source: LAY-21. */
export function mish(x: Tensor): Tensor {
  return x.mish();
}

/** PyTorch's SiLU under fastai's name. Source: LAY-21. */
export const Swish = nn.SiLU;

/** PyTorch's Mish. Source: LAY-21. */
export const Mish = nn.Mish;

/** Leaky ReLU of slope 0.3. Source: LAY-21. */
export function vleakyRelu(x: Tensor): Tensor {
  return x.leakyRelu(0.3);
}

/** Sigmoid, kept `eps` away from 0 and 1 so that its logarithm is finite. Default 1e-7. Source: LAY-21. */
export function sigmoid(x: Tensor, { eps = 1e-7 }: { eps?: number } = {}): Tensor {
  return x.sigmoid().clamp(eps, 1 - eps);
}

/** {@link sigmoid} in place. Source: LAY-21. */
export function sigmoid_(x: Tensor, { eps = 1e-7 }: { eps?: number } = {}): Tensor {
  return x.sigmoid_().clamp_(eps, 1 - eps);
}
