import type { Readable } from 'node:stream'

/** Fills buffers from a stream and asks it for no more: what feeds it has to wait meanwhile. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  }

  /** Bytes that were there: fewer than asked for only where the stream ends, or breaks. */
  async fill(target: Uint8Array | Uint8ClampedArray): Promise<number> {
    let filled = 0
    while (filled < target.length) {
      if (this.#rest.length === 0 && !(await this.#next())) break
      const part = this.#rest.subarray(0, target.length - filled)
      target.set(part, filled)
      filled += part.length
      this.#rest = this.#rest.subarray(part.length)
    }
    return filled
  }

  // How a program ended says more than how its pipe did.
  async #next(): Promise<boolean> {
    const next = await this.#chunks.next().catch(() => undefined)
    if (!next || next.done) return false
    this.#rest = next.value
    return true
  }
}
