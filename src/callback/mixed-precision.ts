/** Training in half precision where it does not matter, in single precision where it does. */
import { Callback, CancelStep, type Model, type TrainingLoop, type Undo } from "../learner/index.js";
import {
  autocast,
  type DType,
  GradScaler,
  type GradScalerOptions,
  type GradScalerState,
  isFloatingPoint,
  OptionError,
  Tensor,
} from "../torch/index.js";

/** float16 with scaled losses, or bfloat16, which needs no scaling. */
export type AmpMode = "fp16" | "bf16";

/** Options of `MixedPrecision`: those of the scaler. */
export type MixedPrecisionOptions = Omit<GradScalerOptions, "enabled">;

/**
 * Runs the model with automatic mixed precision: products and convolutions in float16 or bfloat16, the rest, the loss and the
 * weights in float32. In float16 the loss is scaled; a step with gradients that overflow is skipped. Source: CBK-9.
 *
 * @example
 * await learn.toFp16().fitOneCycle(5); // or { cbs: new MixedPrecision("bf16") }
 */
export class MixedPrecision extends Callback {
  override readonly name = "mixedPrecision";
  override readonly order = 10;
  readonly mode: AmpMode;
  /** The factor of each step that was taken; float16 only. */
  scales: number[] = [];
  /** Scales losses during a fit. */
  scaler: GradScaler;
  readonly #options: MixedPrecisionOptions;

  constructor(mode: AmpMode = "fp16", options: MixedPrecisionOptions = {}) {
    super();
    if (mode !== "fp16" && mode !== "bf16") {
      throw new OptionError(`MixedPrecision: expected "fp16" or "bf16", got "${mode}".`);
    }
    this.mode = mode;
    this.#options = options;
    this.scaler = this.#newScaler();
  }

  override beforeFit(learn: TrainingLoop): Undo {
    if (learn.fitting) {
      this.scaler = this.#newScaler();
      this.scales = [];
    }
    return castForward(learn.model, this.mode === "fp16" ? "float16" : "bfloat16");
  }

  override stateDict(): object {
    return { scaler: this.scaler.stateDict(), scales: this.scales };
  }

  override loadStateDict(state: object): void {
    const { scaler, scales } = state as { scaler: GradScalerState; scales: number[] }; // what stateDict gave
    this.scaler.loadStateDict(scaler);
    this.scales = scales;
  }

  override beforeBackward(learn: TrainingLoop): void {
    learn.lossGrad = this.scaler.scale(learn.lossGrad);
  }

  override beforeStep(learn: TrainingLoop): void {
    if (!this.scaler.enabled) return;
    if (!this.scaler.unscale_(learn.model.parameters())) throw new CancelStep("gradients overflow in float16");
    this.scales.push(this.scaler.getScale());
  }

  override afterStep(): void {
    this.scaler.update();
  }

  #newScaler(): GradScaler {
    return new GradScaler({ ...this.#options, enabled: this.mode === "fp16" });
  }
}

/** Lets every call of the model run in mixed precision and give float32; returns what ends that. */
function castForward(model: Model, dtype: DType): Undo {
  const forward = model.forward.bind(model);
  const casting = (...xb: Tensor[]): Tensor => {
    const device = xb[0]?.device ?? "cpu";
    return toFloat(autocast({ device, dtype }, () => forward(...xb)));
  };
  // Not enumerable, so that no walk over the model's fields meets it.
  Object.defineProperty(model, "forward", { value: casting, configurable: true });
  return () => {
    Reflect.deleteProperty(model, "forward");
  };
}

/** Small floats as float32, in lists too. */
function toFloat<T>(output: T): T {
  // A model of several outputs gives a list of tensors; each keeps its place.
  if (Array.isArray(output)) return output.map(toFloat) as T;
  if (!(output instanceof Tensor) || !isFloatingPoint(output.dtype)) return output;
  return (output.dtype === "float64" ? output : output.float()) as T;
}
