/** Byte fields at least this long are handed out as they are instead of being copied. */
const shareFrom = 4096
const blockSize = 65536

/**
 * Collects bytes from the last to the first: a message's length is then known when its turn comes, so that nested messages
 * need neither a size pass nor a copy.
 */
export class ChunkWriter {
  /** How many bytes have been written. */
  length = 0
  private readonly reversed: Uint8Array[] = []
  private block: Uint8Array = new Uint8Array(blockSize)
  private limit: number = blockSize
  private position: number = blockSize

  /** Puts `bytes` before all that was written so far; long ones are shared, not copied. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length >= shareFrom) {
      this.flush()
      this.reversed.push(bytes)
      this.length += bytes.length
      return
    }
    this.reserve(bytes.length)
    this.block.set(bytes, this.position)
  }

  /** Puts a varint, given as its two unsigned halves, before all that was written so far. */
  varint(low: number, high: number): void {
    const bits = high ? 64 - Math.clz32(high) : 32 - Math.clz32(low)
    const size = Math.max(1, Math.ceil(bits / 7))
    this.reserve(size)
    let position = this.position
    for (let left = size; left > 0; left--) {
      this.block[position++] = (low & 0x7f) | (left > 1 ? 0x80 : 0)
      low = (low >>> 7) | (high << 25)
      high >>>= 7
    }
  }

  /** Gives all that was written, in order. */
  chunks(): Uint8Array[] {
    this.flush()
    return this.reversed.reverse()
  }

  private reserve(size: number): void {
    if (size > this.position) {
      this.flush()
      this.block = new Uint8Array(blockSize)
      this.limit = blockSize
      this.position = blockSize
    }
    this.position -= size
    this.length += size
  }

  private flush(): void {
    if (this.position < this.limit) this.reversed.push(this.block.subarray(this.position, this.limit))
    this.limit = this.position
  }
}
