import { cat, nn, type Tensor } from "../torch/index.js";
import type { Layer } from "./layer.js";

/**
 * A layer that also reads what came into the container it stands in. Source: LAY-15.
 *
 * The container hands its input over as a second argument, where fastai hangs it on the tensor: nothing has to be cleared again.
 */
export abstract class MergingLayer extends nn.Module<[x: Tensor, orig: Tensor], Tensor> {}

/** Adds a container's input to what its layers made of it, or concatenates both (`dense`). Source: LAY-15. */
export class MergeLayer extends MergingLayer {
  readonly dense: boolean;
  constructor({ dense = false }: { dense?: boolean } = {}) {
    super();
    this.dense = dense;
  }
  override forward(x: Tensor, orig: Tensor): Tensor {
    return this.dense ? cat([x, orig], 1) : x.add(orig);
  }
}

/** Multiplies a container's input by what its layers made of it. Source: LAY-15. */
export class ProdLayer extends MergingLayer {
  override forward(x: Tensor, orig: Tensor): Tensor {
    return x.mul(orig);
  }
}

/**
 * Layers in turn, some of which ({@link MergingLayer}) also read the container's own input. Keys are `layers.0.…`. Source: LAY-15.
 *
 * @example
 * new SequentialEx(new ConvLayer(8, 8), new ConvLayer(8, 8), new MergeLayer()); // a residual block
 */
export class SequentialEx extends nn.Module<[Tensor], Tensor> {
  readonly layers: (Layer | MergingLayer)[];
  constructor(...layers: (Layer | MergingLayer)[]) {
    super();
    this.layers = layers;
  }
  override forward(x: Tensor): Tensor {
    let result = x;
    for (const layer of this.layers) result = layer instanceof MergingLayer ? layer(result, x) : layer(result);
    return result;
  }
}
