import { planeSizes, type RawImage } from '@i2i/color'
import { blockSide, type Motion, MotionGate, open } from './motion.js'

// Changes beyond this many levels are no flicker. What is held back is less than a quarter of it.
const flickerLevels = 64
// The rest lets the picture follow a slow change.
const mostWeight = 0.9
// What is kept of a frame counts sixteenths of a level: rounded to whole ones, changes of one or two would not add up.
const fractionBits = 4
const fraction = 1 << fractionBits

/**
 * Holds back small changes of a result where its source stands still or moves as a whole: a recursive filter along the motion. No sample
 * ends further than 0.9 * steady * 16 levels from the model's own, whatever came before, so that nothing leaves a ghost.
 */
export class Steadier {
  readonly #motion = new MotionGate()
  readonly #held: readonly Int16Array[]
  #kind = ''
  #planes: { before: Int16Array; next: Int16Array }[] = []

  /** `steady` is 0 to 1. */
  constructor(steady: number) {
    this.#held = Array.from({ length: open + 1 }, (_, gate) => heldBack((steady * mostWeight * gate) / open))
  }

  /** Changes the picture in place. */
  retouch(picture: RawImage, source: RawImage): void {
    const { format, width, height, planes } = picture
    const sizes = planeSizes(format, width, height)
    const motion = this.#motion.follow(source)
    const kind = `${format} ${width}x${height}`
    if (kind !== this.#kind) {
      this.#planes = sizes.map(({ rowBytes, rows }) => {
        return { before: new Int16Array(rowBytes * rows), next: new Int16Array(rowBytes * rows) }
      })
    }
    const comparable = kind === this.#kind ? motion : undefined
    this.#kind = kind
    const samples = planeSizes(format, 1, 1)
    sizes.forEach(({ rowBytes, rows }, index) => {
      const plane = planes[index]
      const kept = this.#planes[index]
      const bytes = samples[index]?.rowBytes ?? 1
      if (!plane || !kept) return
      ;[kept.before, kept.next] = [kept.next, kept.before]
      for (let row = 0; row < rows; row++) {
        const line = { data: plane.data, at: row * plane.stride, next: kept.next, to: row * rowBytes }
        if (!comparable) keep(line, 0, rowBytes)
        else this.#blend(line, kept.before, { row, rows, rowBytes, bytes }, source, comparable)
      }
    })
  }

  #blend(line: Line, before: Int16Array, place: Place, source: RawImage, motion: Motion): void {
    const { row, rows, rowBytes, bytes } = place
    const columns = rowBytes / bytes
    const across = columns / source.width
    const down = rows / source.height
    const byX = Math.round(motion.x * across) * bytes
    const fromRow = row - Math.round(motion.y * down)
    if (fromRow < 0 || fromRow >= rows) {
      keep(line, 0, rowBytes)
      return
    }
    const from = fromRow * rowBytes - byX
    const first = Math.max(0, byX)
    const last = Math.min(rowBytes, rowBytes + byX)
    keep(line, 0, first)
    keep(line, last, rowBytes)
    const gates = Math.min(motion.rows - 1, Math.floor((row + 0.5) / down / blockSide)) * motion.columns
    for (let block = 0, left = first; block < motion.columns; block++) {
      const end = block === motion.columns - 1 ? last : Math.round((block + 1) * blockSide * across) * bytes
      const right = Math.min(end, last)
      if (right <= left) continue
      const held = this.#held[motion.gates[gates + block] ?? 0]
      if (held) hold(line, before, from, left, right, held)
      left = right
    }
  }
}

interface Line {
  readonly data: Uint8Array | Uint8ClampedArray
  readonly at: number
  readonly next: Int16Array
  readonly to: number
}

interface Place {
  readonly row: number
  readonly rows: number
  readonly rowBytes: number
  readonly bytes: number
}

// What has nothing to compare with stays as it is.
function keep({ data, at, next, to }: Line, left: number, right: number): void {
  for (let i = left; i < right; i++) next[to + i] = (data[at + i] ?? 0) * fraction
}

function hold(
  { data, at, next, to }: Line,
  before: Int16Array,
  from: number,
  left: number,
  right: number,
  held: Int16Array,
): void {
  for (let i = left; i < right; i++) {
    const model = (data[at + i] ?? 0) * fraction
    const value = model + (held[(before[from + i] ?? 0) - model + most] ?? 0)
    next[to + i] = value
    data[at + i] = (value + fraction / 2) >> fractionBits
  }
}

const most = 255 * fraction

/** For each difference from the frame before, -255 to 255 levels, how much of it stays: a smaller share the larger it is, nothing of what is large. */
function heldBack(weight: number): Int16Array {
  return Int16Array.from({ length: 2 * most + 1 }, (_, index) => {
    const difference = index - most
    const share = Math.max(0, 1 - Math.abs(difference) / (flickerLevels * fraction))
    // Towards the new value, so that a picture that stands still arrives at it.
    return Math.trunc(weight * share * difference)
  })
}
