/** Reading a stream by numbers of bytes. */

/** Gives bytes out of a stream of chunks of any size. */
export class ByteReader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  private async more(): Promise<boolean> {
    const { done, value } = await this.chunks.next();
    if (done) return false;
    this.rest = this.rest.length === 0 ? Buffer.from(value) : Buffer.concat([this.rest, value]);
    return true;
  }

  /** Exactly `n` bytes, or null when the stream ends before. */
  async read(n: number): Promise<Buffer | null> {
    while (this.rest.length < n) if (!(await this.more())) return null;
    const out = this.rest.subarray(0, n);
    this.rest = this.rest.subarray(n);
    return out;
  }

  /** The next `n` bytes piece by piece. Throws an Error when the stream ends before. */
  async *pieces(n: number): AsyncGenerator<Buffer> {
    for (let left = n; left > 0; ) {
      if (this.rest.length === 0 && !(await this.more())) throw new Error(`the archive ends ${left} bytes early`);
      const piece = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** Lets the source go. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}
