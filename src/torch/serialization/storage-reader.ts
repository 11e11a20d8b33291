/** Storages by their keys, each made once. */
import type { Device } from "../dtype.js";
import type { ByteSource } from "./byte-source.js";
import { PthReader, StorageClass } from "./pth-names.js";
import { Storage, withDtype } from "./rebuild.js";

/** What a pickle says of a storage: its class, key, and for views of the oldest format the part of it. */
export interface StorageId {
  readonly cls: StorageClass;
  readonly key: string;
  readonly part?: { readonly offset: number; readonly size: number };
}

const widest = 16; // bytes of a complex128

/** Reads pickles whose storages lie somewhere as bytes. */
export class StorageReader extends PthReader {
  readonly #storages = new Map<string, Storage>();

  constructor(
    path: string,
    private readonly sourceOf: (key: string) => ByteSource | undefined,
    private readonly device: Device,
  ) {
    super(path);
  }

  override persistent(id: unknown): Storage {
    const { cls, key, part } = storageId(id, this);
    const whole = this.#storages.get(key) ?? this.#make(key, cls);
    this.#storages.set(key, whole);
    if (!part) return whole;
    if (part.offset < 0 || part.size < 0 || part.offset + part.size > whole.flat.numel()) {
      throw this.refuse("a part beyond its storage");
    }
    return new Storage(whole.flat.narrow(0, part.offset, part.size));
  }

  #make(key: string, { dtype }: StorageClass): Storage {
    const bytes = this.sourceOf(key);
    if (!bytes) throw this.refuse("a missing storage");
    // Tensors of another dtype may be made on it, so it must be aligned for the widest.
    return new Storage(withDtype(bytes.tensor(0, bytes.size, widest), dtype).to(this.device));
  }
}

/** Reads `("storage", class, key, device, size[, part])`. */
export function storageId(id: unknown, reader: PthReader): StorageId {
  const [kind, cls, key, , , view] = Array.isArray(id) ? id : [];
  if (kind !== "storage" || !(cls instanceof StorageClass)) throw reader.refuse("an unknown storage");
  if (!Array.isArray(view)) return { cls, key: String(key) };
  return { cls, key: String(key), part: { offset: Number(view[1]), size: Number(view[2]) } };
}
