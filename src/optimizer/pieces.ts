/** Lists of parameters in pieces of a bounded size, and room for one piece that is used again and again. */
import { empty, keep, type Tensor } from "../torch/index.js";
import type { TensorList } from "../torch/optim/index.js";

/** Elements in a piece, unless one tensor has more: 8 MB in float32, which stay in a cache of the usual size. */
const PIECE = 2 ** 21;

/** Places in the list where pieces begin and end: `[from, to)`, in order. */
export function pieces(list: TensorList): [from: number, to: number][] {
  const found: [number, number][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const [at, tensor] of list.entries()) {
    const n = tensor.numel();
    const last = found.at(-1);
    if (last && size + n <= PIECE) {
      last[1] = at + 1;
      size += n;
    } else {
      found.push([at, at + 1]);
      size = n;
    }
  }
  return found;
}

/** Memory for lists that live for a moment. It is taken once: fresh pages cost more than what is computed in them. */
export class Scratch {
  #room: Tensor | null = null;

  /** Zeros in the shapes of dense tensors, in the same order in memory; good until the next call. */
  zerosLike(tensors: TensorList): TensorList {
    const size = tensors.reduce((sum, tensor) => sum + tensor.numel(), 0);
    const room = this.#roomFor(size, tensors[0]);
    room.narrow(0, 0, size).zero_();
    let at = 0;
    return tensors.each((tensor) => {
      const own = room.asStrided(tensor.shape, tensor.stride(), at);
      at += tensor.numel();
      return own;
    });
  }

  #roomFor(size: number, like: Tensor | undefined): Tensor {
    const { dtype = "float32", device = "cpu" } = like ?? {};
    const room = this.#room;
    if (room && room.numel() >= size && room.dtype === dtype && room.device === device) return room;
    room?.dispose();
    this.#room = keep(empty([size], { dtype, device }));
    return this.#room;
  }
}
