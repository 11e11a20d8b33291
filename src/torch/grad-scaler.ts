/** Scaling of losses, so that small gradients survive in float16. */
import { noGrad } from "./autograd.js";
import { full } from "./creation.js";
import { checkOptions } from "./errors.js";
import { ops } from "./ops.js";
import { keep } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** Options of `GradScaler`. */
export interface GradScalerOptions {
  /** The first factor. Default 65536. */
  initScale?: number;
  /** What the factor is multiplied by after `growthInterval` good steps. Default 2. */
  growthFactor?: number;
  /** What it is multiplied by when a gradient is not finite. Default 0.5. */
  backoffFactor?: number;
  /** How many good steps there are between two growths. Default 2000. */
  growthInterval?: number;
  /** Whether anything is scaled. Default true. */
  enabled?: boolean;
}

/** The names of the options of `GradScaler`. */
export const gradScalerOptionKeys = [
  "initScale",
  "growthFactor",
  "backoffFactor",
  "growthInterval",
  "enabled",
] as const satisfies readonly (keyof GradScalerOptions)[];

/** The state of a `GradScaler` under Python's keys. */
export interface GradScalerState {
  scale: number;
  growth_factor: number;
  backoff_factor: number;
  growth_interval: number;
  _growth_tracker: number;
}

/**
 * Multiplies losses by a factor and divides gradients by it; halves the factor when a gradient overflows and doubles it
 * after a while without. Source: torch.amp.GradScaler.
 *
 * @example
 * scaler.scale(loss).backward();
 * if (scaler.unscale_(net.parameters())) opt.step();
 * scaler.update();
 */
export class GradScaler {
  readonly enabled: boolean;
  #options: Required<Omit<GradScalerOptions, "enabled">>;
  #tensors: { scale: Tensor; tracker: Tensor; found: Tensor } | null = null;
  #start: { scale: number; tracker: number };

  constructor(options: GradScalerOptions = {}) {
    checkOptions("GradScaler", options, gradScalerOptionKeys);
    const { initScale = 65536, growthFactor = 2, backoffFactor = 0.5, growthInterval = 2000 } = options;
    this.enabled = options.enabled ?? true;
    this.#options = { initScale, growthFactor, backoffFactor, growthInterval };
    this.#start = { scale: initScale, tracker: 0 };
  }

  /** The loss times the factor; its backward pass gives scaled gradients. */
  scale(loss: Tensor): Tensor {
    return this.enabled ? loss.mul(this.#on(loss).scale) : loss;
  }

  /** Divides the gradients by the factor and says whether all of them are finite. Waits for the device. */
  unscale_(params: Iterable<Tensor>): boolean {
    const grads = [...params].map((p) => p.grad).filter((grad) => grad !== null);
    const [first] = grads;
    if (!this.enabled || !first) return true;
    const { scale, found } = this.#on(first);
    return noGrad(() => {
      found.zero_();
      ops.aten._amp_foreach_non_finite_check_and_unscale_(grads, found, scale.double().reciprocal().float());
      return found.item() === 0;
    });
  }

  /** Makes the factor smaller or greater after a step, by what `unscale_` found. */
  update(): void {
    if (!this.#tensors) return;
    const { scale, tracker, found } = this.#tensors;
    const { growthFactor, backoffFactor, growthInterval } = this.#options;
    ops.aten._amp_update_scale_(scale, tracker, found, growthFactor, backoffFactor, growthInterval);
  }

  /** The factor; 1 when nothing is scaled. Waits for the device. */
  getScale(): number {
    if (!this.enabled) return 1;
    return this.#tensors ? Number(this.#tensors.scale.item()) : this.#start.scale;
  }

  /** Factor, settings and count of good steps. */
  stateDict(): GradScalerState {
    const { growthFactor, backoffFactor, growthInterval } = this.#options;
    return {
      scale: this.getScale(),
      growth_factor: growthFactor,
      backoff_factor: backoffFactor,
      growth_interval: growthInterval,
      _growth_tracker: this.#tensors ? Number(this.#tensors.tracker.item()) : this.#start.tracker,
    };
  }

  /** Takes what `stateDict` gave. */
  loadStateDict(state: GradScalerState): void {
    const { scale, growth_factor, backoff_factor, growth_interval, _growth_tracker } = state;
    this.#start = { scale, tracker: _growth_tracker };
    this.#options = {
      initScale: scale,
      growthFactor: growth_factor,
      backoffFactor: backoff_factor,
      growthInterval: growth_interval,
    };
    this.#tensors = null;
  }

  #on({ device }: Tensor): { scale: Tensor; tracker: Tensor; found: Tensor } {
    this.#tensors ??= {
      scale: keep(full([], this.#start.scale, { device, dtype: "float32" })),
      tracker: keep(full([], this.#start.tracker, { device, dtype: "int32" })),
      found: keep(full([], 0, { device, dtype: "float32" })),
    };
    return this.#tensors;
  }
}
