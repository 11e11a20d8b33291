/** Transformers on patches of photos. Source: VLN-12, Dosovitskiy et al. 2020. */
import type { Layer } from "../../layers/index.js";
import { cat, empty, nn, noGrad, registerModule, type Tensor, zeros } from "../../torch/index.js";
import { defineArch } from "./arch.js";
import { published } from "./published.js";

const eps = 1e-6;

function mlp(dim: number, inner: number): nn.Sequential {
  const layers = [new nn.Linear(dim, inner), new nn.Linear(inner, dim)] as const;
  noGrad(() => {
    for (const { weight, bias } of layers) {
      nn.init.xavierUniform_(weight);
      if (bias) nn.init.normal_(bias, 0, 1e-6);
    }
  });
  return new nn.Sequential(layers[0], new nn.GELU(), new nn.Dropout(0), layers[1], new nn.Dropout(0));
}

/** Attention and two layers on each token, each added to what came in. Shapes: x [N, tokens, dim] -> the same. */
export class EncoderBlock extends nn.Module<[Tensor], Tensor> {
  ln_1: Layer;
  self_attention: nn.MultiheadAttention;
  ln_2: Layer;
  mlp: nn.Sequential;
  constructor(heads: number, dim: number, inner: number) {
    super();
    this.ln_1 = new nn.LayerNorm(dim, { eps });
    this.self_attention = new nn.MultiheadAttention(dim, heads, { batchFirst: true });
    this.ln_2 = new nn.LayerNorm(dim, { eps });
    this.mlp = mlp(dim, inner);
  }
  override forward(x: Tensor): Tensor {
    const normed = this.ln_1(x);
    const seen = this.self_attention(normed, normed, normed, { needWeights: false })[0].add(x);
    return this.mlp(this.ln_2(seen)).add(seen);
  }
}

/** Adds where each token is, then applies the blocks. Shapes: x [N, 1 + tokens, dim] -> the same. */
export class TokenEncoder extends nn.Module<[Tensor, rows: number, cols: number], Tensor> {
  pos_embedding: nn.Parameter;
  layers: nn.Sequential;
  ln: Layer;
  constructor(tokens: number, depth: number, heads: number, dim: number, inner: number) {
    super();
    this.pos_embedding = new nn.Parameter(empty([1, tokens + 1, dim]).normal_(0, 0.02));
    const blocks = Array.from({ length: depth }, () => new EncoderBlock(heads, dim, inner));
    this.layers = new nn.Sequential(new Map(blocks.map((block, i) => [`encoder_layer_${i}`, block])));
    this.ln = new nn.LayerNorm(dim, { eps });
  }
  override forward(x: Tensor, rows: number, cols: number): Tensor {
    return this.ln(this.layers(x.add(this.positions(rows, cols))));
  }
  /** For photos of another size than the model was made for, the grid of positions is resampled. */
  private positions(rows: number, cols: number): Tensor {
    const [, count = 0, dim = 0] = this.pos_embedding.shape;
    const side = Math.round(Math.sqrt(count - 1));
    if (rows === side && cols === side) return this.pos_embedding;
    const grid = this.pos_embedding.narrow(1, 1, count - 1).view([1, side, side, dim]); // [1, side, side, dim]
    const resized = nn.functional.interpolate(grid.permute(0, 3, 1, 2), { size: [rows, cols], mode: "bicubic" });
    return cat([this.pos_embedding.narrow(1, 0, 1), resized.flatten(2).transpose(1, 2)], 1); // [1, 1 + rows * cols, dim]
  }
}

/** The shape of a vision transformer. */
export interface VisionTransformerShape {
  /** Pixels of a patch's side. */
  readonly patch: number;
  readonly depth: number;
  readonly heads: number;
  /** Numbers in a token. */
  readonly dim: number;
  /** Numbers in the middle of a block. */
  readonly inner: number;
  /** Pixels of the side of the photos it is trained on. Default 224. */
  readonly imageSize?: number;
}

/** What a vision transformer may be told. */
export interface VisionTransformerOptions {
  /** Outputs. Default 1000, ImageNet's classes. */
  nOut?: number;
}

/**
 * A transformer on patches, with torchvision's keys. Takes photos of any size of a patch or more.
 * Shapes: x [N, 3, H, W] -> [N, nOut].
 */
export class VisionTransformer extends nn.Module<[Tensor], Tensor> {
  conv_proj: nn.Conv2d;
  class_token: nn.Parameter;
  encoder: TokenEncoder;
  heads: nn.Sequential;
  constructor(shape: VisionTransformerShape, { nOut = 1000 }: VisionTransformerOptions = {}) {
    super();
    const { patch, depth, heads, dim, inner, imageSize = 224 } = shape;
    this.conv_proj = new nn.Conv2d(3, dim, patch, { stride: patch });
    this.class_token = new nn.Parameter(zeros([1, 1, dim]));
    this.encoder = new TokenEncoder(Math.floor(imageSize / patch) ** 2, depth, heads, dim, inner);
    const head = new nn.Linear(dim, nOut);
    this.heads = new nn.Sequential(new Map([["head", head]]));
    noGrad(() => {
      nn.init.truncNormal_(this.conv_proj.weight, { std: Math.sqrt(1 / (3 * patch * patch)) });
      this.conv_proj.bias?.fill_(0);
      head.weight.fill_(0);
      head.bias?.fill_(0);
    });
  }
  override forward(x: Tensor): Tensor {
    return this.heads(tokensOf(this, x).tokens.select(1, 0));
  }
}

/** What the encoder makes of the class token and of the patches, [N, 1 + rows * cols, dim]. */
function tokensOf(
  { conv_proj, class_token, encoder }: Pick<VisionTransformer, "conv_proj" | "class_token" | "encoder">,
  x: Tensor,
): { tokens: Tensor; rows: number; cols: number } {
  const patches = conv_proj(x); // [N, dim, rows, cols]
  const [n = 0, , rows = 0, cols = 0] = patches.shape;
  const sequence = cat([class_token.expand([n, -1, -1]), patches.flatten(2).transpose(1, 2)], 1);
  return { tokens: encoder(sequence, rows, cols), rows, cols };
}

/** A vision transformer without its head: the encoded patches as an image. Shapes: x [N, 3, H, W] -> [N, dim, H / patch, W / patch]. */
export class VisionTransformerBody extends nn.Module<[Tensor], Tensor> {
  conv_proj: nn.Conv2d;
  class_token: nn.Parameter;
  encoder: TokenEncoder;
  constructor({ conv_proj, class_token, encoder }: VisionTransformer) {
    super();
    this.conv_proj = conv_proj;
    this.class_token = class_token;
    this.encoder = encoder;
  }
  override forward(x: Tensor): Tensor {
    const { tokens, rows, cols } = tokensOf(this, x);
    const patches = tokens.narrow(1, 1, rows * cols).transpose(1, 2); // [N, dim, rows * cols]
    return patches.reshape([x.size(0), -1, rows, cols]);
  }
}

/** Published files are from when the two layers of a block, now 0 and 3, were called `linear_1` and `linear_2`. */
const renamed = (key: string): string => key.replace("mlp.linear_1.", "mlp.0.").replace("mlp.linear_2.", "mlp.3.");

function define(size: string, shape: VisionTransformerShape, file: string) {
  const name = `vit_${size}_${shape.patch}`;
  const build = (options: VisionTransformerOptions = {}) => new VisionTransformer(shape, options);
  const cut = (model: nn.AnyModule) => new VisionTransformerBody(model as VisionTransformer); // what build made
  return defineArch(name, build, published(`${name}${file}.pth`, { cut, renamed }));
}

const base = { depth: 12, heads: 12, dim: 768, inner: 3072 };
const wide = { depth: 24, heads: 16, dim: 1024, inner: 4096 };

/** Patches of 16 pixels, 86.6 million parameters. */
export const vitB16 = define("b", { ...base, patch: 16 }, "-c867db91");
/** Patches of 32 pixels, 88.2 million parameters. */
export const vitB32 = define("b", { ...base, patch: 32 }, "-d86f8d99");
/** Patches of 16 pixels, 304.3 million parameters. */
export const vitL16 = define("l", { ...wide, patch: 16 }, "-852ce7e3");
/** Patches of 32 pixels, 306.5 million parameters. */
export const vitL32 = define("l", { ...wide, patch: 32 }, "-c7638314");

registerModule("vision.EncoderBlock", EncoderBlock);
registerModule("vision.TokenEncoder", TokenEncoder);
registerModule("vision.VisionTransformer", VisionTransformer);
registerModule("vision.VisionTransformerBody", VisionTransformerBody);
