import { I2iError } from '../error.js'
import type { Arena } from './arena.js'
import type { Kernels } from './kernels.js'

const align = (bytes: number): number => (bytes + 63) & ~63

/** Staging memory of one strip at a time: filled from the front, emptied as a whole, kept between calls. */
export class Workspace {
  readonly arena: Arena
  readonly kernels: Kernels
  #piece = 0
  #size = 0
  #at = 0

  constructor(arena: Arena, kernels: Kernels) {
    this.arena = arena
    this.kernels = kernels
  }

  /** Empties the workspace and makes it hold at least `bytes`; throws OUT_OF_MEMORY. */
  begin(bytes: number): void {
    this.#at = 0
    if (bytes <= this.#size) return
    this.release()
    this.#piece = take(this.arena, bytes, 'staging')
    this.#size = bytes
  }

  /** Empties the workspace for the next strip. */
  rewind(): void {
    this.#at = 0
  }

  /** The next `bytes` bytes. */
  room(bytes: number): number {
    const address = this.#piece + this.#at
    this.#at += align(bytes)
    // Writing on would destroy what callers hold: a wrong estimate must never pass unseen.
    if (this.#at > this.#size) throw new RangeError(`Staging of ${this.#at} bytes passes the ${this.#size} planned.`)
    return address
  }

  release(): void {
    if (this.#size > 0) this.arena.give(this.#piece)
    this.#size = 0
  }
}

/** What `room` spends on a piece of `bytes`, with what vector loads and stores may touch behind it. */
export function spent(bytes: number): number {
  return align(bytes)
}

/** A piece of the arena; throws OUT_OF_MEMORY, saying what it was for. */
export function take(arena: Arena, bytes: number, purpose: string): number {
  const address = arena.tryTake(bytes)
  if (address !== undefined) return address
  const { used, capacity } = arena.report
  throw new I2iError(
    'OUT_OF_MEMORY',
    `${bytes} bytes for ${purpose} do not fit beside the ${used} of ${capacity} in use; dispose images and tensors, or raise memory.maximumBytes.`,
    { details: { bytes, used, capacity } },
  )
}

/** Rows of bytes: where the first begins, and the distance to the next. */
export interface Rows {
  readonly address: number
  readonly stride: number
}

/** Bytes that `stageRows` spends on `rows` rows of `rowBytes` at most, whatever their stride. */
export function stagedBytes(rowBytes: number, rows: number): number {
  return spent(Math.max(0, rows) * 2 * rowBytes + 64)
}

/** Rows y0 <= y < y1 of `data` (bytes x0..x0 + rowBytes of each), where they lie if that is engine memory, else copied. */
export function stageRows(
  space: Workspace,
  { data, stride }: { readonly data: Uint8Array | Uint8ClampedArray; readonly stride: number },
  x0: number,
  rowBytes: number,
  y0: number,
  y1: number,
): Rows {
  const own = space.arena.addressOf(data)
  if (own !== undefined) return { address: own + y0 * stride + x0, stride }
  const rows = y1 - y0
  const compact = stride >= 2 * rowBytes
  const address = space.room(rows * (compact ? rowBytes : stride) + 64)
  const { bytes } = space.arena
  // One long copy beats many short ones until most of it is not picture.
  if (!compact) {
    bytes.set(data.subarray(y0 * stride + x0, (y1 - 1) * stride + x0 + rowBytes), address)
    return { address, stride }
  }
  for (let y = 0; y < rows; y++) {
    const from = (y0 + y) * stride + x0
    bytes.set(data.subarray(from, from + rowBytes), address + y * rowBytes)
  }
  return { address, stride: rowBytes }
}

/** Writes rows back to where they belong: `count` rows of `rowBytes` to row y0 of `data`. */
export function returnRows(
  space: Workspace,
  { data, stride }: { readonly data: Uint8Array | Uint8ClampedArray; readonly stride: number },
  rowBytes: number,
  y0: number,
  count: number,
  from: number,
): void {
  const { bytes } = space.arena
  if (stride === rowBytes) {
    data.set(bytes.subarray(from, from + count * rowBytes), y0 * stride)
    return
  }
  for (let y = 0; y < count; y++) {
    data.set(bytes.subarray(from + y * rowBytes, from + (y + 1) * rowBytes), (y0 + y) * stride)
  }
}

/** Reads rows that a kernel will change: `count` rows of `rowBytes` from row y0 of `data`, staged tight. */
export function fetchRows(
  space: Workspace,
  { data, stride }: { readonly data: Uint8Array | Uint8ClampedArray; readonly stride: number },
  rowBytes: number,
  y0: number,
  count: number,
  to: number,
): void {
  for (let y = 0; y < count; y++) {
    const from = (y0 + y) * stride
    space.arena.bytes.set(data.subarray(from, from + rowBytes), to + y * rowBytes)
  }
}
