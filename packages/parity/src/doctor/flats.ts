import { median } from './linear.js'
import type { Picture } from './picture.js'

/**
 * Which pixels lie in an even neighbourhood, where no kernel and no small shift can change the colour: 1 where they do.
 * `side` is the shorter side, in the picture's pixels, of what was sent.
 */
export function flatMask(picture: Picture, side: number): Uint8Array {
  const { width, height, planes } = picture
  const radius = Math.max(2, Math.round(side / 32))
  const spread = new Float32Array(width * height)
  for (const plane of planes) {
    const deviation = localVariance(plane, width, height, radius)
    for (let i = 0; i < spread.length; i++) spread[i]! += deviation[i]!
  }
  const sample: number[] = []
  const step = Math.max(1, Math.floor(spread.length / 4000))
  for (let i = 0; i < spread.length; i += step) if (!Number.isNaN(spread[i]!)) sample.push(spread[i]!)
  const { alpha } = picture
  const evenTo = (limit: number): Uint8Array =>
    Uint8Array.from(spread, (value, i) => (value <= limit && (!alpha || alpha[i]! > 250) ? 1 : 0))
  // A photograph has no perfectly even places: its evenest tenth has to do, unless that is shadows and walls, which have no colours.
  const mask = evenTo(Math.max(2, quantile(sample, 0.1)))
  return colorRange(picture, mask) > leastRange ? mask : evenTo(quantile(sample, 0.3))
}

// Of 255.
const leastRange = 64

/** How far the masked pixels' red and blue part both ways. */
function colorRange({ planes: [red, , blue] }: Picture, mask: Uint8Array): number {
  let [least, most] = [0, 0]
  mask.forEach((even, i) => {
    if (!even) return
    const difference = red[i]! - blue[i]!
    least = Math.min(least, difference)
    most = Math.max(most, difference)
  })
  return Math.min(most, -least)
}

function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0
}

/** Variance over (2 radius + 1)^2 samples about each sample, from summed-area tables; NaN at the border. */
function localVariance(plane: Float32Array, width: number, height: number, radius: number): Float32Array {
  const stride = width + 1
  const sums = new Float64Array(stride * (height + 1))
  const squares = new Float64Array(stride * (height + 1))
  for (let y = 0; y < height; y++) {
    let [row, rowSquares] = [0, 0]
    for (let x = 0; x < width; x++) {
      const value = plane[y * width + x]!
      // Unlike any neighbour, yet small enough for the sums to stay exact.
      const known = Number.isNaN(value) ? 1e4 : value
      row += known
      rowSquares += known * known
      const at = (y + 1) * stride + x + 1
      sums[at] = sums[at - stride]! + row
      squares[at] = squares[at - stride]! + rowSquares
    }
  }
  const count = (2 * radius + 1) ** 2
  const result = new Float32Array(plane.length).fill(Number.NaN)
  for (let y = radius; y < height - radius; y++) {
    const [top, bottom] = [(y - radius) * stride, (y + radius + 1) * stride]
    for (let x = radius; x < width - radius; x++) {
      const [left, right] = [x - radius, x + radius + 1]
      const box = (table: Float64Array): number =>
        table[bottom + right]! - table[bottom + left]! - table[top + right]! + table[top + left]!
      const mean = box(sums) / count
      result[y * width + x] = box(squares) / count - mean * mean
    }
  }
  return result
}

/** One colour of the sent picture and what became of it, over `weight` pixels. */
export interface ColorPair {
  readonly sent: readonly [number, number, number]
  readonly received: readonly [number, number, number]
  readonly weight: number
}

/** Pixels of even neighbourhoods, gathered by colour: medians of what was received, so that a stray pixel does not matter. */
export function colorPairs(sent: Picture, received: Picture, mask: Uint8Array): readonly ColorPair[] {
  const groups = new Map<number, number[]>()
  const count = mask.length
  for (let i = 0; i < count; i++) {
    if (!mask[i]) continue
    let known = 0
    for (let c = 0; c < 3; c++) known += sent.planes[c]![i]! + received.planes[c]![i]!
    if (Number.isNaN(known)) continue
    const key = sent.planes.reduce((code, plane) => code * 64 + Math.round(plane[i]! / 4), 0)
    const members = groups.get(key)
    if (!members) groups.set(key, [i])
    else members.push(i)
  }
  const largest = [...groups.values()].filter((members) => members.length >= 3).toSorted((a, b) => b.length - a.length)
  return largest.slice(0, 140).map((members) => {
    const chosen = members.length > 60 ? members.filter((_, k) => k % Math.ceil(members.length / 60) === 0) : members
    const middle = (picture: Picture): [number, number, number] => {
      const one = (plane: Float32Array): number => center(chosen.map((i) => plane[i]!))
      return [one(picture.planes[0]), one(picture.planes[1]), one(picture.planes[2])]
    }
    return { sent: middle(sent), received: middle(received), weight: Math.sqrt(chosen.length) }
  })
}

// The mean of the values near the median: as robust as the median, but finer than one 8-bit step.
function center(values: readonly number[]): number {
  const middle = median(values)
  const near = values.filter((value) => Math.abs(value - middle) <= 3)
  return near.reduce((sum, value) => sum + value, 0) / near.length
}
