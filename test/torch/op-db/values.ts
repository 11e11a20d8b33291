/** Recorded values as arguments. */
import { asFloat, type DType, empty, fromBuffer, ops, type Tensor } from "../../../src/torch/index.js";
import { isRecordedTensor, type RecordedTensor, type RecordedValue, recordedFloat } from "./recording.js";

const { aten } = ops;

/** Makes arguments; tensors that shared memory share it again. */
export class ArgumentMaker {
  private readonly storages = new Map<number, Tensor>();
  constructor(private readonly bytes: readonly string[]) {}

  value(value: RecordedValue): unknown {
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value !== "object" || value === null) return value;
    if (isRecordedTensor(value)) return this.tensor(value);
    if ("f" in value) return asFloat(recordedFloat(value.f));
    if ("i" in value) return BigInt(value.i);
    return { re: recordedFloat(value.c[0]), im: recordedFloat(value.c[1]) };
  }

  tensor(about: RecordedTensor): Tensor {
    if (about.meta) return aten.empty.memory_format(about.shape, { dtype: about.dtype, device: "meta" });
    if (about.scales !== undefined || about.q !== undefined) return this.quantized(about);
    return about.layout === undefined ? this.dense(about) : this.sparse(about);
  }

  private dense({ dtype, shape, stride = [], offset = 0, storage = 0, conj, neg }: RecordedTensor): Tensor {
    const strided = empty([0], { dtype });
    aten.set_.source_Tensor_storage_offset(strided, this.storage(storage, dtype), offset, shape, stride);
    const conjugate = conj ? aten._conj(strided) : strided;
    return neg ? aten._neg_view(conjugate) : conjugate;
  }

  private storage(index: number, dtype: DType): Tensor {
    let made = this.storages.get(index);
    if (made === undefined) {
      made = fromBuffer(Uint8Array.from(Buffer.from(this.bytes[index] ?? "", "base64"))).clone(); // aligned
      this.storages.set(index, made);
    }
    return made.view(dtype);
  }

  private part(about: RecordedTensor | undefined): Tensor {
    if (about === undefined) throw new Error("the recording lacks a part of a sparse or quantised tensor");
    return this.tensor(about);
  }

  private sparse({ dtype, shape, layout, coalesced, indices, compressed, plain, values }: RecordedTensor): Tensor {
    if (layout === "sparse_coo") {
      const made = aten._sparse_coo_tensor_unsafe(this.part(indices), this.part(values), shape, { dtype });
      return aten._coalesced_(made, coalesced === true);
    }
    const parts = [this.part(compressed), this.part(plain), this.part(values)] as const;
    return aten._sparse_compressed_tensor_unsafe(...parts, shape, { dtype, layout });
  }

  private quantized({ q, axis, values, scales, zeroPoints }: RecordedTensor): Tensor {
    const integers = this.part(values);
    if (q !== undefined) {
      const [scale, zeroPoint] = q.map((item) => this.value(item));
      return aten._make_per_tensor_quantized_tensor(integers, scale, zeroPoint);
    }
    return aten._make_per_channel_quantized_tensor(integers, this.part(scales), this.part(zeroPoints), axis);
  }
}
