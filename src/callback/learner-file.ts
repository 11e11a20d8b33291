import { basename } from "node:path";
import * as z from "zod";
import { loadersSchema } from "../data/index.js";
import { FileFormatError } from "../torch/index.js";

const specSchema = z.object({ type: z.string(), config: z.unknown().optional() });

/** What the file says about a learner, apart from its weights. */
export const learnerSchema = z.object({
  format: z.literal("fastai-ts learner"),
  version: z.literal(1),
  model: specSchema,
  loss: specSchema,
  metrics: z.array(specSchema),
  data: z.union([loadersSchema, specSchema]),
  /** The kind of learner, when it is a registered one. */
  learner: specSchema.optional(),
});

/** Where the description stands in the file's metadata. */
export const metadataKey = "fastai-ts";

/** The checked description in a file's metadata. Throws `FileFormatError` when it is none of ours. */
export function readDescription(path: string, text: string | undefined): z.output<typeof learnerSchema> {
  if (text === undefined) {
    throw new FileFormatError(
      `loadLearner: expected a file written by learn.export, got ${basename(path)} without a description. ` +
        "Weights alone are read by learn.load or loadSafetensors.",
    );
  }
  const parsed = learnerSchema.safeParse(parseJson(path, text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new FileFormatError(
    `loadLearner: expected a description of version 1 in ${basename(path)}, got another at ` +
      `${issue?.path.join(".") || "its root"}: ${issue?.message}. Export the learner again with this version.`,
    { cause: parsed.error },
  );
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FileFormatError(`loadLearner: expected JSON in ${basename(path)}, got a damaged description.`, { cause });
  }
}
