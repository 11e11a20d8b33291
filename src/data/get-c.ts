/** How many values a model should put out for the data. Source: DTR-11. */

/** What `getC` looks at; `DataLoaders` is one. */
export interface KnowsClasses {
  readonly c?: number | undefined;
  readonly vocab?: unknown;
  readonly train?: unknown;
}

function lastVocab(vocab: unknown): readonly unknown[] {
  if (!Array.isArray(vocab)) return [];
  const last: unknown = vocab.at(-1);
  return Array.isArray(last) ? last : vocab;
}

/** The targets' `c`, else that of a step of `afterItem` or `afterBatch`, else the length of the last vocab; 0 when unknown. */
export function getC(dls: KnowsClasses): number {
  if (dls.c) return dls.c;
  const { pipelines } = (dls.train ?? {}) as { pipelines?: Record<string, { gather(name: string): unknown[] }> };
  for (const event of ["afterItem", "afterBatch"]) {
    const c = pipelines?.[event]?.gather("c").find((n) => typeof n === "number" && n > 0);
    if (typeof c === "number") return c;
  }
  return lastVocab(dls.vocab).length;
}
