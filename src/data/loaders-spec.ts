/** Loaders as data: what an exported learner writes down of them. */
import * as z from "zod";
import { Tensor } from "../torch/index.js";
import { fromSpec, hasSpec, type Spec, toSpec } from "../torch/registry.js";
import type { TypeTree } from "./batch-types.js";
import type { Class } from "./dispatch.js";
import { DataError } from "./errors.js";
import type { Pipeline } from "./pipeline.js";
import { batchEvents, type TfmdDL } from "./tfmd-dl.js";
import { specSchema, stepsToSpec } from "./transform-spec.js";

type TypesSpec = Spec | null | TypesSpec[];

const typesSchema: z.ZodType<TypesSpec> = z.lazy(() => z.union([z.null(), specSchema, z.array(typesSchema)]));

/** The shape of exported loaders. */
export const loadersSchema = z.object({
  version: z.literal(1),
  kind: z.enum(["Datasets", "TfmdLists"]),
  nInp: z.number(),
  bs: z.number().nullable(),
  lists: z.array(z.object({ steps: z.array(specSchema), types: z.array(z.array(z.string())) })),
  afterItem: z.array(specSchema),
  beforeBatch: z.array(specSchema),
  afterBatch: z.array(specSchema),
  types: typesSchema,
  dlType: specSchema.nullable(),
});

/** Exported loaders: transforms, vocab and settings, no items. */
export type LoadersSpec = z.infer<typeof loadersSchema>;

/** The classes of a batch as data; classes nobody registered are plain tensors. */
export function typesToSpec(types: TypeTree | undefined): TypesSpec {
  if (types === undefined) return null;
  if (typeof types !== "function") return types.map(typesToSpec);
  return hasSpec(types) ? toSpec(types) : null;
}

/** The classes a description stands for. */
export function typesFromSpec(spec: TypesSpec): TypeTree {
  if (spec === null) return Tensor;
  if (Array.isArray(spec)) return spec.map(typesFromSpec);
  return fromSpec(spec) as Class; // the registry holds what `typesToSpec` described, a class
}

/** One pipeline over the items, as Datasets and TfmdLists hold them. */
interface ListParts {
  readonly tfms: Pipeline;
  readonly types: readonly (readonly (Class | string)[])[];
}

/** Describes a loader's transforms. Throws `DataError` naming an input step that is not registered. */
export function loadersSpec(dl: TfmdDL): LoadersSpec {
  const dataset = dl.dataset as unknown as (Partial<ListParts> & { tls?: readonly ListParts[] }) | null;
  const single = dataset?.tfms && dataset.types ? [dataset as ListParts] : undefined;
  const lists = dataset?.tls ?? single;
  if (!lists) {
    throw new DataError("DataLoaders.toSpec: expected loaders over Datasets or TfmdLists, got another dataset.");
  }
  const nameOf = (cls: Class | string): string => (typeof cls === "string" ? cls : cls.name);
  const steps = Object.fromEntries(
    batchEvents.map((event) => [event, stepsToSpec(dl.pipelines[event].fs, event)]),
  ) as Record<(typeof batchEvents)[number], Spec[]>;
  return {
    version: 1,
    kind: single ? "TfmdLists" : "Datasets",
    nInp: dl.nInp,
    bs: dl.bs,
    lists: lists.map((list, i) => ({
      steps: stepsToSpec(list.tfms.fs, i < dl.nInp ? `input ${i}` : `target ${i - dl.nInp}`, { targets: i >= dl.nInp }),
      types: list.types.map((classes) => classes.map(nameOf)),
    })),
    ...steps,
    types: typesToSpec(dl.types),
    dlType: hasSpec(dl.constructor) ? toSpec(dl.constructor) : null,
  };
}
