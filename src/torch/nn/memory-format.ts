/** Weights of convolutions in another memory layout. */
import { noGrad } from "../autograd.js";
import type { MemoryFormat } from "../dtype.js";
import { scope } from "../scope.js";
import { ConvNd } from "./convolution/conv.js";
import { ConvTransposeNd } from "./convolution/conv-transpose.js";
import type { AnyModule } from "./module.js";

function convertWeights<M extends AnyModule>(module: M, memoryFormat: MemoryFormat, ndim: number): M {
  scope(() =>
    noGrad(() => {
      for (const layer of module.modules()) {
        if (!(layer instanceof ConvNd || layer instanceof ConvTransposeNd) || layer.weight.ndim !== ndim) continue;
        layer.weight.setData_(layer.weight.detach().contiguous({ memoryFormat }));
      }
    }),
  );
  return module;
}

/** Lays the weights of all convolutions over images out anew ("channels_last": by pixel). Returns the module. */
export function convertConv2dWeightMemoryFormat<M extends AnyModule>(module: M, memoryFormat: MemoryFormat): M {
  return convertWeights(module, memoryFormat, 4);
}

/** Lays the weights of all convolutions over volumes out anew ("channels_last_3d": by voxel). Returns the module. */
export function convertConv3dWeightMemoryFormat<M extends AnyModule>(module: M, memoryFormat: MemoryFormat): M {
  return convertWeights(module, memoryFormat, 5);
}
