/** How fastai's layers are described in exported learners: by their fields. */
import { type nn, registerLayer, registerModule } from "../torch/index.js";
import { ConvLayer } from "./conv-layer.js";
import { Embedding } from "./embedding.js";
import { LinBnDrop } from "./lin-bn-drop.js";
import { BaseLoss } from "./losses/base-loss.js";
import { BatchNorm1dFlat } from "./norm.js";
import { PixelShuffle_ICNR } from "./pixel-shuffle.js";
import { AdaptiveConcatPool1d, AdaptiveConcatPool2d, PoolFlatten } from "./pooling.js";
import { ResBlock } from "./res-block.js";
import { SEModule } from "./se-module.js";
import { PooledSelfAttention2d, SelfAttention, SimpleSelfAttention } from "./self-attention.js";
import { MergeLayer, ProdLayer, SequentialEx } from "./sequential-ex.js";
import { SimpleCNN } from "./simple-cnn.js";
import { TimeDistributed } from "./time-distributed.js";
import { Cat, Debugger, Flatten, Lambda, ParameterModule, ResizeBatch, SigmoidRange, View } from "./wrappers.js";

const described = [
  ...[ConvLayer, LinBnDrop, PixelShuffle_ICNR, PoolFlatten, SimpleCNN, Cat, SequentialEx, SEModule, ResBlock],
  ...[AdaptiveConcatPool1d, AdaptiveConcatPool2d, SelfAttention, PooledSelfAttention2d, SimpleSelfAttention],
  ...[MergeLayer, ProdLayer, TimeDistributed, BaseLoss],
  ...[Debugger, Flatten, Lambda, ParameterModule, ResizeBatch, SigmoidRange, View],
];
for (const cls of described) registerModule(`layers.${cls.name}`, cls as unknown as new () => nn.AnyModule);

registerLayer("layers.Embedding", Embedding, "numEmbeddings embeddingDim");
registerLayer("layers.BatchNorm1dFlat", BatchNorm1dFlat, "numFeatures", "eps momentum affine bias trackRunningStats");
