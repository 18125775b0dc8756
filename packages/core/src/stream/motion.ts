import type { RawImage } from '@i2i/color'

type Bytes = Uint8Array<ArrayBuffer>

/** The side of a block, in source pixels, that moves or stands still as one. */
export const blockSide = 8
/** As open as a gate gets. */
export const open = 8
// Mean difference of a block's luma: below the first it is a camera's noise, above the second something moved.
const noise = 4
const moved = 10
// The longest way between two frames that is looked for, in pixels.
const reach = 24
const around = [-1, 0, 1].flatMap((x) => [-1, 0, 1].map((y) => [x, y] as const))

/** Where a whole picture went, in source pixels. */
interface Way {
  readonly x: number
  readonly y: number
}

/** How a frame follows from the one before. */
export interface Motion extends Way {
  readonly columns: number
  readonly rows: number
  /** One for each block, 0 (moved) to 8 (stands still once the whole picture's way is undone). */
  readonly gates: Bytes
}

/** Compares each source with the one before. */
export class MotionGate {
  #luma = new Uint8Array(0)
  #before = new Uint8Array(0)
  #width = 0
  #height = 0
  #gates = new Uint8Array(0)
  #narrow = new Uint8Array(0)

  /** Undefined where there is nothing of this size to compare with. */
  follow(source: RawImage): Motion | undefined {
    const { width, height } = source
    const known = width === this.#width && height === this.#height
    ;[this.#luma, this.#before] = [this.#before, this.#luma]
    if (this.#luma.length !== width * height) this.#luma = new Uint8Array(width * height)
    readLuma(source, this.#luma)
    this.#width = width
    this.#height = height
    if (!known) return undefined
    const columns = Math.ceil(width / blockSide)
    const rows = Math.ceil(height / blockSide)
    if (this.#gates.length !== columns * rows) this.#gates = new Uint8Array(columns * rows)
    const motion = { ...this.#way(), columns, rows, gates: this.#gates }
    this.#gate(motion)
    this.#gates = this.#narrowed(motion)
    return { ...motion, gates: this.#gates }
  }

  // The sums along rows and columns give a guess of the picture's way, and its surroundings are searched.
  #way(): Way {
    const [now, before, width, height] = [this.#luma, this.#before, this.#width, this.#height]
    const still = { x: 0, y: 0, unlike: this.#unlike(0, 0) }
    const x = shift(sums(before, width, height, 1, width), sums(now, width, height, 1, width))
    const y = shift(sums(before, height, width, width, 1), sums(now, height, width, width, 1))
    let best = { x, y, unlike: this.#unlike(x, y) }
    for (let step = 0; step < 8; step++) {
      const centre = best
      for (const [right, down] of around) {
        const [x, y] = [centre.x + right, centre.y + down]
        const unlike = this.#unlike(x, y)
        if (unlike < best.unlike) best = { x, y, unlike }
      }
      if (best === centre) break
    }
    // A picture without structure fits everywhere: only what fits clearly better counts.
    return best.unlike < 0.7 * still.unlike ? best : still
  }

  /** The mean difference, at every fifth pixel of every fifth row, if the whole picture had gone that way. */
  #unlike(x: number, y: number): number {
    const [now, before, width, height] = [this.#luma, this.#before, this.#width, this.#height]
    let [sum, count] = [0, 0]
    for (let row = Math.max(0, y); row < Math.min(height, height + y); row += 5) {
      const at = row * width
      const from = (row - y) * width - x
      for (let i = Math.max(0, x); i < Math.min(width, width + x); i += 5) {
        sum += Math.abs((now[at + i] ?? 0) - (before[from + i] ?? 0))
        count++
      }
    }
    return count > 0 ? sum / count : Number.POSITIVE_INFINITY
  }

  #gate({ x, y, columns, rows, gates }: Motion): void {
    const [now, before, width, height] = [this.#luma, this.#before, this.#width, this.#height]
    for (let row = 0; row < rows; row++) {
      const top = row * blockSide
      const bottom = Math.min(top + blockSide, height)
      for (let column = 0; column < columns; column++) {
        const left = column * blockSide
        const right = Math.min(left + blockSide, width)
        const inside = left - x >= 0 && right - x <= width && top - y >= 0 && bottom - y <= height
        let difference = inside ? 0 : Number.POSITIVE_INFINITY
        let count = 0
        // Every second pixel of every second row tells enough.
        for (let line = top; inside && line < bottom; line += 2) {
          const at = line * width
          const from = (line - y) * width - x
          for (let i = left; i < right; i += 2) {
            difference += Math.abs((now[at + i] ?? 0) - (before[from + i] ?? 0))
            count++
          }
        }
        const stillness = (moved - difference / Math.max(1, count)) / (moved - noise)
        gates[row * columns + column] = Math.round(open * Math.min(1, Math.max(0, stillness)))
      }
    }
  }

  // What moves may reach into a block too little to be seen there, and a model looks beyond a block: neighbours close with it.
  #narrowed({ columns, rows, gates }: Motion): Bytes {
    const narrow = this.#narrow.length === gates.length ? this.#narrow : new Uint8Array(gates.length)
    this.#narrow = gates
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let least = open
        for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
          for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
            least = Math.min(least, gates[y * columns + x] ?? open)
          }
        }
        narrow[row * columns + column] = least
      }
    }
    return narrow
  }
}

// Luma, or green where there is none: it is most of it.
function readLuma({ format, width, height, planes: [plane] }: RawImage, luma: Uint8Array): void {
  if (!plane) return
  const { data, stride } = plane
  const bytes = format === 'RGBA' || format === 'BGRA' ? 4 : format === 'RGB' || format === 'BGR' ? 3 : 1
  for (let row = 0; row < height; row++) {
    if (bytes === 1) {
      luma.set(data.subarray(row * stride, row * stride + width), row * width)
      continue
    }
    let from = row * stride + 1
    for (let to = row * width; to < (row + 1) * width; to++, from += bytes) luma[to] = data[from] ?? 0
  }
}

/** Along one axis, means over every fourth line across it. */
function sums(luma: Uint8Array, length: number, across: number, lineStep: number, step: number): Float32Array {
  const result = new Float32Array(length)
  // `lineStep` leads from one place to the next along the axis, `step` from one line to the next.
  for (let line = 0; line < across; line += 4) {
    let at = line * step
    for (let i = 0; i < length; i++, at += lineStep) result[i] = (result[i] ?? 0) + (luma[at] ?? 0)
  }
  const lines = Math.ceil(across / 4)
  return result.map((sum) => sum / lines)
}

/** How far `after` lies to the right of `before`, in whole places. */
function shift(before: Float32Array, after: Float32Array): number {
  let best = { by: 0, unlike: unlikeness(before, after, 0) }
  const most = Math.min(reach, before.length >> 1)
  for (let by = -most; by <= most; by++) {
    const unlike = unlikeness(before, after, by)
    if (unlike < best.unlike) best = { by, unlike }
  }
  return best.by
}

function unlikeness(before: Float32Array, after: Float32Array, by: number): number {
  const from = Math.max(0, by)
  const to = Math.min(after.length, after.length + by)
  let sum = 0
  for (let i = from; i < to; i++) sum += Math.abs((after[i] ?? 0) - (before[i - by] ?? 0))
  return sum / (to - from)
}
