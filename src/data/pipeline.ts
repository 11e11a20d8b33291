/** Transforms in order, applied one after the other and undone in reverse. Source: FND-17, FND-19 … FND-21. */
import { inspect } from "node:util";
import type { Figure } from "../show/index.js";
import type { Device } from "../torch/index.js";
import { type CallInfo, type SplitIdx, withSplit } from "./call-info.js";
import { noteStage } from "./errors.js";
import { fuse } from "./fusion.js";
import { andThen, isPromise, type MaybePromise } from "./maybe-promise.js";
import { showSamples } from "./show-samples.js";
import { isShowable } from "./showable.js";
import { asTransform, type Transform, type Transforms, transformList } from "./transform.js";

/** Orders transforms by `order`, ascending; equal orders keep their sequence. Source: FND-17. */
export function sortedByOrder(tfms: readonly Transform[]): Transform[] {
  return [...tfms].sort((a, b) => a.order - b.order);
}

/**
 * Passes a value through transforms, waiting only for what is a promise. Source: FND-23.
 * `decode` undoes them instead; give the transforms in the order to apply.
 */
export function composeTfms(
  x: unknown,
  tfms: readonly Transform[],
  info: CallInfo = {},
  options: { decode?: boolean; until?: (x: unknown) => boolean } = {},
): MaybePromise<unknown> {
  const { decode = false, until } = options;
  for (let i = 0; i < tfms.length; i++) {
    if (until?.(x)) return x;
    const tfm = tfms[i] as Transform;
    try {
      const fused = decode || until ? null : fuse(tfms, i, x, info);
      if (fused) i += fused.count - 1;
      x = fused ? fused.result : decode ? tfm.decode(x, info) : tfm.encode(x, info);
    } catch (error) {
      throw noteStage(error, tfm.name);
    }
    if (isPromise(x)) {
      return x.then(
        (y) => composeTfms(y, tfms.slice(i + 1), info, options),
        (error: unknown) => Promise.reject(noteStage(error, tfm.name)),
      );
    }
  }
  return x;
}

/** Settings of a pipeline. */
export interface PipelineOptions {
  /** The split its data comes from, when a call does not say. Default null. */
  splitIdx?: SplitIdx;
}

/**
 * A sequence of transforms sorted by `order`. Functions are wrapped, classes made.
 *
 * @example
 * const pipe = new Pipeline([(x: number) => x + 1, { encodes: (x: number) => x * 2, decodes: (x: number) => x / 2 }]);
 * pipe.encode(3);   // 8
 */
export class Pipeline {
  /** The steps, in the order they run. */
  fs: Transform[];
  /** The split its data comes from, when a call does not say. */
  splitIdx: SplitIdx;

  private waiting: Transform[] = [];

  constructor(tfms: Transforms | Pipeline = null, options: PipelineOptions = {}) {
    const list = tfms instanceof Pipeline ? tfms.fs : transformList(tfms);
    this.fs = sortedByOrder(list.map((tfm) => asTransform(tfm)));
    this.splitIdx = options.splitIdx ?? null;
  }

  /** The steps, those that wait for their turn in `setup` included. */
  get all(): Transform[] {
    return sortedByOrder([...this.fs, ...this.waiting]);
  }

  /** Applies every step. */
  encode(x: unknown, info: CallInfo = {}): MaybePromise<unknown> {
    return composeTfms(x, this.fs, withSplit(info, this.splitIdx));
  }

  /** Undoes every step, last first. `full: false` stops as soon as the value knows how to show itself. */
  decode(x: unknown, options: { splitIdx?: SplitIdx; full?: boolean } = {}): MaybePromise<unknown> {
    const { full = true, splitIdx = this.splitIdx } = options;
    const until = full ? {} : { until: isShowable };
    return composeTfms(x, [...this.fs].reverse(), { splitIdx }, { decode: true, ...until });
  }

  /** Draws a value, undone until it can be shown. Source: FND-19. */
  async show(x: unknown): Promise<Figure> {
    return showSamples([[await this.decode(x, { full: false })]], { nInp: 1, maxN: 1 });
  }

  /** Sets each step up on `items` as the steps before it leave them. Source: FND-20. */
  async setup(items: unknown, options: { trainSetup?: boolean } = {}): Promise<void> {
    this.waiting = this.fs;
    this.fs = [];
    while (this.waiting[0]) {
      await this.add(this.waiting[0], { items, ...options });
      this.waiting = this.waiting.slice(1);
    }
  }

  /** Sets up more steps and puts them in their place. Without `items` they are not set up. Source: FND-21. */
  add(tfms: Transforms, options: { items?: unknown; trainSetup?: boolean } = {}): MaybePromise<void> {
    let done: MaybePromise<void> | undefined;
    for (const tfm of transformList(tfms).map((like) => asTransform(like))) {
      const addOne = (): MaybePromise<void> => {
        const ready = options.items === undefined ? undefined : tfm.setup(options.items, options);
        return andThen(ready, () => {
          this.fs = sortedByOrder([...this.fs, tfm]);
        });
      };
      done = andThen(done, addOne);
    }
    return done;
  }

  /** The first step of the class, if there is one. */
  find<T extends Transform>(cls: abstract new (...args: never[]) => T): T | undefined {
    return this.fs.find((tfm): tfm is T => tfm instanceof cls);
  }

  /** What the steps say under a name, such as `vocab` or `c`: all that have it. Source: FND-7. */
  gather(name: string): unknown[] {
    return this.fs.map((tfm) => (tfm as unknown as Record<string, unknown>)[name]).filter((v) => v != null);
  }

  /** Moves the tensors the steps hold. */
  to(device: Device): this {
    for (const tfm of this.fs) tfm.to(device);
    return this;
  }

  toString(): string {
    return `Pipeline: ${this.fs.map(String).join(" -> ")}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
