import { nn, stack, type Tensor } from "../torch/index.js";

/** What {@link TimeDistributed} may be told. */
export interface TimeDistributedOptions {
  /** One step after the other: slower, with the memory of one. Default false. */
  lowMem?: boolean;
  /** Which dimension is time; another than 1 goes step by step. Default 1. */
  tdim?: number;
}

/**
 * Runs one module on every time step by folding time into the batch.
 *
 * Shapes: each x [N, T, ...] -> [N, T, ...out]. Source: LAY-20.
 */
export class TimeDistributed<Out extends Tensor | Tensor[] = Tensor> extends nn.Module<Tensor[], Out> {
  readonly lowMem: boolean;
  readonly tdim: number;
  constructor(
    readonly module: nn.Module<Tensor[], Out>,
    { lowMem = false, tdim = 1 }: TimeDistributedOptions = {},
  ) {
    super();
    this.lowMem = lowMem;
    this.tdim = tdim;
  }
  override forward(...xs: Tensor[]): Out {
    return this.lowMem || this.tdim !== 1 ? this.stepwise(xs) : this.folded(xs);
  }
  private folded(xs: Tensor[]): Out {
    const [n = 0, steps = 0] = xs[0]?.shape ?? [];
    const out = this.module(...xs.map((x) => x.reshape([n * steps, ...x.shape.slice(2)])));
    return perTensor(out, (y) => y.reshape([n, steps, ...y.shape.slice(1)]));
  }
  private stepwise(xs: Tensor[]): Out {
    const split = xs.map((x) => x.unbind(this.tdim));
    const outs = (split[0] ?? []).map((_, t) => this.module(...split.map((steps) => steps[t] as Tensor)));
    const [first] = outs;
    if (!first) throw new RangeError("TimeDistributed.forward: expected at least one step, got none.");
    const column = (i: number | null) => outs.map((o) => (i === null ? o : (o as Tensor[])[i]) as Tensor);
    if (!Array.isArray(first)) return stack(column(null), this.tdim) as Out;
    return first.map((_, i) => stack(column(i), this.tdim)) as Tensor[] as Out;
  }
}

/** `fn` on a tensor or on each of several. The result has the argument's form, which the compiler cannot follow. */
function perTensor<Out extends Tensor | Tensor[]>(out: Out, fn: (x: Tensor) => Tensor): Out {
  return (Array.isArray(out) ? out.map(fn) : fn(out as Tensor)) as Out;
}
