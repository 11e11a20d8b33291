/** Continuous columns around 0. */
import * as z from "zod";
import { moments, NumberColumn } from "../frame/index.js";
import { fromBuffer, register, scope, type Tensor } from "../torch/index.js";
import { TabularProc } from "./proc.js";
import type { TabularPandas } from "./tabular-pandas.js";

/** What `Normalize` knows of a column. */
interface Figures {
  readonly mean: number;
  readonly std: number;
}

/**
 * (x - mean) / (std + 1e-7) with the figures of the training rows, std over the whole population. What `Normalize` is for
 * tables; the results are float32. Source: TAB-5.
 */
export class NormalizeColumns extends TabularProc {
  override readonly order = 99;
  /** Mean and deviation of each column. */
  figures: ReadonlyMap<string, Figures> = new Map();

  override get name(): string {
    return "Normalize";
  }

  override setups(train: TabularPandas): void {
    this.figures = new Map(
      train.contNames.map((name) => {
        const { mean, std, count } = moments(train.items.column(name).doubles(), 0);
        if (count > 0 && !Number.isFinite(mean + std)) warnOfInfinity(train, name);
        return [name, { mean, std: std + 1e-7 }];
      }),
    );
  }

  override encodes(to: TabularPandas): void {
    this.#each(to, (values, { mean, std }) => values.sub_(mean).div_(std));
  }

  override decodes(to: TabularPandas): void {
    this.#each(to, (values, { mean, std }) => values.mul_(std).add_(mean));
  }

  /** Changes each column, given as a copy in float64. */
  #each(to: TabularPandas, change: (values: Tensor, figures: Figures) => Tensor): void {
    for (const [name, figures] of this.figures) {
      if (!to.contNames.includes(name)) continue;
      const column = to.items.column(name);
      const out = new Float32Array(column.length);
      scope(() => fromBuffer(out).copy_(change(column.toTensor().to({ dtype: "float64", copy: true }), figures)));
      to.items.set(name, new NumberColumn(out, "float"));
    }
  }
}

function warnOfInfinity(train: TabularPandas, name: string): void {
  const row = train.items
    .column(name)
    .doubles()
    .findIndex((value) => Math.abs(value) > 1e150);
  process.emitWarning(
    `Normalize: the column "${name}" has no finite mean and deviation, because of ` +
      `${train.items.column(name).get(row)} in row ${train.rowOf(row)}; no row of it can be used. Replace such values first.`,
  );
}

register("tabular.Normalize", {
  cls: NormalizeColumns,
  config: z.object({ figures: z.array(z.tuple([z.string(), z.number(), z.number()])) }),
  toConfig: ({ figures }) => ({
    figures: [...figures].map(([name, { mean, std }]) => [name, mean, std] as [string, number, number]),
  }),
  fromConfig: ({ figures }) => {
    const proc = new NormalizeColumns();
    proc.figures = new Map(figures.map(([name, mean, std]) => [name, { mean, std }]));
    return proc;
  },
});
