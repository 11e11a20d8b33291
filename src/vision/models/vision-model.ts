import * as z from "zod";
import { applyInit, type InitFunc } from "../../layers/index.js";
import {
  checkOptions,
  fromSpec,
  nn,
  noGrad,
  register,
  type Spec,
  type Tensor,
  toSpec,
  ValueError,
} from "../../torch/index.js";
import { type ArchMeta, defaultMeta, findArch, type VisionArch } from "./arch.js";
import { adaptInputChannels, type Cut, createBody, firstWeightKey, numFeatures } from "./body.js";
import { explainChannels } from "./explain-channels.js";
import { fitWeights, gapsIn, type WeightsReport } from "./fit-weights.js";
import { createHead, type HeadOptions, headOptionKeys } from "./head.js";
import { loadWeights, noWeights, type WeightsOptions } from "./weights.js";

/** How the body of an architecture is made. */
export interface BodyChoice extends WeightsOptions {
  /** Whether the body starts with published weights. Default true. */
  pretrained?: boolean;
  /** Channels that come in. Default 3. */
  nIn?: number;
  /** Where the body ends. Default: what the architecture says, else before its last pooling. */
  cut?: Cut | null;
}

/** The names in {@link BodyChoice}. */
export const bodyChoiceKeys = [
  ...(["pretrained", "nIn", "cut"] as const),
  ...(["weights", "weightsDir", "onProgress", "onWeights", "signal"] as const),
] as const satisfies readonly (keyof BodyChoice)[];

/** What {@link createVisionModel} may be told. */
export interface VisionModelOptions extends HeadOptions, BodyChoice {
  /** Initialises the head's weights; null keeps each layer's own. Default `nn.init.kaimingNormal_`. */
  init?: InitFunc | null;
  /** A head of one's own. Default: {@link createHead}. */
  customHead?: nn.Module<[Tensor], Tensor> | null;
}

/** The names in {@link VisionModelOptions}. */
export const visionModelOptionKeys = [
  ...headOptionKeys,
  ...bodyChoiceKeys,
  ...(["init", "customHead"] as const),
] as const;

const configSchema = z.object({
  arch: z.string(),
  nOut: z.int().positive(),
  nIn: z.int().positive(),
  cut: z.int().nullable(),
  head: z.object({
    linFtrs: z.array(z.int().positive()).nullable().optional(),
    ps: z.union([z.number(), z.array(z.number())]).optional(),
    pool: z.boolean().optional(),
    concatPool: z.boolean().optional(),
    firstBn: z.boolean().optional(),
    bnFinal: z.boolean().optional(),
    linFirst: z.boolean().optional(),
    yRange: z.tuple([z.number(), z.number()]).nullable().optional(),
  }),
  customHead: z.object({ type: z.string(), config: z.unknown().optional() }).nullable(),
});

type Config = z.infer<typeof configSchema>;

/** A body and a head, with what it takes to make them again. Keys are "0.…" and "1.…". Source: VLN-6. */
export class VisionModel extends nn.Sequential {
  readonly #arch: VisionArch;
  readonly #nOut: number;
  readonly #options: VisionModelOptions;

  constructor(
    body: nn.Module<[Tensor], Tensor>,
    head: nn.Module<[Tensor], Tensor>,
    arch: VisionArch,
    nOut: number,
    options: VisionModelOptions,
  ) {
    super(body, head);
    this.#arch = arch;
    this.#nOut = nOut;
    this.#options = options;
  }

  override forward(x: Tensor): Tensor {
    return explainChannels("VisionModel", this, x, () => super.forward(x));
  }

  /** The description that an exported learner keeps. Throws when a part of it is a function without a name. */
  toConfig(): Config {
    const { nIn = 3, cut = null, customHead, ...rest } = this.#options;
    const { name } = this.#arch;
    if (findArch(name) !== this.#arch)
      throw new ValueError(`export: expected the architecture that "${name}" names, got another.`);
    if (typeof cut === "function")
      throw new ValueError("export: expected a cut that is a number, got a function. Name the body with defineArch.");
    const head: Record<string, unknown> = {};
    for (const key of headOptionKeys) if (rest[key] !== undefined) head[key] = rest[key];
    return configSchema.parse({
      arch: name,
      nOut: this.#nOut,
      nIn,
      cut,
      head,
      customHead: customHead ? toSpec(customHead) : null,
    });
  }
}

register("visionModel", {
  cls: VisionModel,
  config: configSchema,
  toConfig: (model: VisionModel) => model.toConfig(),
  fromConfig: ({ arch, nOut, nIn, cut, head, customHead }) => {
    const options = { ...head, nIn, cut, customHead: customHead && madeHead(customHead) };
    return planVisionModel(findArch(arch), nOut, { ...options, pretrained: false }).model;
  },
});

function madeHead(spec: Spec): nn.Module<[Tensor], Tensor> {
  const head = fromSpec(spec);
  // toConfig was given a head of this type; a registration gives back what it described.
  if (head instanceof nn.Module) return head as nn.Module<[Tensor], Tensor>;
  throw new ValueError(`visionModel: expected "${spec.type}" to make a module, got something else.`);
}

/** What is known of an architecture. */
export function archMeta(arch: VisionArch): ArchMeta {
  return arch.meta ?? defaultMeta;
}

/** Fetches the weights and puts them into the body; null when there are none to wait for. */
export type LoadBody = (() => Promise<void>) | null;

/** A body whose published weights have not arrived yet. */
export interface BodyPlan {
  readonly body: nn.Module<[Tensor], Tensor>;
  readonly load: LoadBody;
}

/** A model whose published weights have not arrived yet. */
export interface VisionModelPlan {
  readonly model: VisionModel;
  readonly load: LoadBody;
}

/** The body of an architecture at once, and how its pretrained weights get in. Throws when there are none to be had. */
export function planBody(arch: VisionArch, options: BodyChoice = {}): BodyPlan {
  const { pretrained = true, nIn = 3 } = options;
  const meta = archMeta(arch);
  if (pretrained && !meta.weights && !options.weights) throw noWeights(arch.name);
  const whole = arch();
  const body = createBody(whole, { nIn, cut: options.cut ?? meta.cut, pretrained: false });
  const load = async () => {
    const state = adaptedTo(nIn, whole, await loadWeights(arch.name, meta.weights, options));
    if (!options.weights) noGrad(() => whole.loadStateDict(state));
    else (options.onWeights ?? warnOfGaps)(fitWeights(whole, body, state, options.weights));
  };
  return { body, load: pretrained ? load : null };
}

/** Makes a model at once, and says how its pretrained weights get in. Throws when there are none to be had. */
export function planVisionModel(arch: VisionArch, nOut: number, options: VisionModelOptions = {}): VisionModelPlan {
  checkOptions("createVisionModel", options, visionModelOptionKeys);
  const { init = nn.init.kaimingNormal_, customHead = null } = options;
  const { body, load } = planBody(arch, options);
  const head = customHead ?? createHead(numFeatures(body), nOut, headOptions(options));
  if (init) applyInit(head, init);
  return { model: new VisionModel(body, head, arch, nOut, options), load };
}

function headOptions({ linFtrs, ps, pool, concatPool, firstBn, bnFinal, linFirst, yRange }: HeadOptions): HeadOptions {
  return { linFtrs, ps, pool, concatPool, firstBn, bnFinal, linFirst, yRange };
}

/** The weights with a first convolution that reads `nIn` channels, where that one reads 3. */
function adaptedTo(nIn: number, whole: nn.AnyModule, state: Map<string, Tensor>): Map<string, Tensor> {
  const key = [...state.keys()].find((each) => each.endsWith(firstWeightKey(whole)));
  const first = key === undefined ? undefined : state.get(key);
  if (key === undefined || first?.size(1) !== 3 || nIn === 3) return state;
  return new Map([...state, [key, adaptInputChannels(first, nIn)]]);
}

function warnOfGaps(report: WeightsReport): void {
  const gaps = gapsIn(report);
  if (gaps) process.emitWarning(gaps);
}

/**
 * A classification model for transfer learning: the body of an architecture, with published weights unless told otherwise, and a
 * new head. Children 0 and 1 are the body and the head.
 *
 * Throws when the weights cannot be had. Source: VLN-6, fastai `create_vision_model`.
 *
 * @example
 * const model = await createVisionModel(resnet18, 10, { pretrained: false, nIn: 1 });
 */
export async function createVisionModel(
  arch: VisionArch,
  nOut: number,
  options: VisionModelOptions = {},
): Promise<VisionModel> {
  const { model, load } = planVisionModel(arch, nOut, options);
  await load?.();
  return model;
}
