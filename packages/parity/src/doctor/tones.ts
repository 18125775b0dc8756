import { median, solve } from './linear.js'
import type { Picture } from './picture.js'

/** What the last step did to values: clipped them below and above, left only some levels, cut decimals off. */
export interface Tones {
  readonly low: number
  readonly high: number
  /** Spikes at `low` or `high`: the values pile up there. */
  readonly clippedLow: boolean
  readonly clippedHigh: boolean
  /** The levels that occur, when they are few and evenly spread. */
  readonly levels?: readonly number[]
}

/** Mean distance of the levels that values can take. */
export function stepOf({ levels }: Tones): number {
  return levels ? 255 / levels.length : 1
}

/** The error over even places, in 8-bit steps, from which noise and few levels are no excuse. */
export function unexplainedFrom(tones: Tones): number {
  return 3 + stepOf(tones) * 0.4
}

/** Reads clipping and quantisation off the histograms of the received picture, against the sent one's. */
export function readTones(received: Picture, sent: Picture): Tones {
  const ours = histogram(received.planes)
  const theirs = histogram(sent.planes)
  const levels = comb(ours, theirs) ?? coarsest(received, sent)
  const used = [...ours.keys()].filter((value) => ours[value]! > 0)
  const [low, high] = [used[0] ?? 0, used.at(-1) ?? 255]
  if (levels) return { low, high, clippedLow: false, clippedHigh: false, levels }
  const total = ours.reduce((sum, count) => sum + count, 0)
  const piled = (at: number, inward: number): boolean => {
    const near = [1, 2, 3, 4, 5, 6].map((k) => ours[at + inward * k] ?? 0)
    return ours[at]! > total * 0.008 && ours[at]! > 4 * Math.max(median(near), total * 0.0005)
  }
  const own = (at: number): boolean => theirs[at]! > total * 0.008 && at % 255 === 0
  return {
    low,
    high,
    clippedLow: piled(low, 1) && !own(low),
    clippedHigh: piled(high, -1) && !own(high),
  }
}

/** The fewest levels of a channel where each has levels of its own, as in RGB565. */
function coarsest(received: Picture, sent: Picture): readonly number[] | undefined {
  const combs = received.planes.flatMap((plane, c) => {
    const levels = comb(histogram([plane]), histogram([sent.planes[c]!]))
    return levels ? [levels] : []
  })
  return combs.length === 3 ? combs.toSorted((a, b) => a.length - b.length)[0] : undefined
}

function histogram(planes: readonly Float32Array[]): Float64Array {
  const counts = new Float64Array(256)
  for (const plane of planes) {
    for (const value of plane) if (!Number.isNaN(value)) counts[Math.max(0, Math.min(255, Math.round(value)))]! += 1
  }
  return counts
}

function comb(ours: Float64Array, theirs: Float64Array): readonly number[] | undefined {
  const present = (counts: Float64Array): number[] => {
    const total = counts.reduce((sum, count) => sum + count, 0)
    return [...counts.keys()].filter((value) => counts[value]! > total * 2e-5)
  }
  const levels = present(ours)
  const before = present(withoutPiles(theirs, levels, ours))
  if (levels.length < 2 || levels.length > 110 || before.length < levels.length * 1.7) return undefined
  // Whatever lies between the teeth is noise, and a comb has none.
  const gaps = levels.slice(1).map((value, i) => value - levels[i]!)
  const spacing = median(gaps)
  const uneven = gaps.filter((gap) => gap < spacing * 0.45).length / gaps.length
  return spacing >= 2 && uneven < 0.15 ? levels : undefined
}

/** What was sent without the darkest and the lightest values that clipping put at the ends: a steep gain leaves gaps, but is no comb. */
function withoutPiles(theirs: Float64Array, levels: readonly number[], ours: Float64Array): Float64Array {
  const left = theirs.slice()
  const total = ours.reduce((sum, count) => sum + count, 0)
  const scale = theirs.reduce((sum, count) => sum + count, 0) / total
  const strip = (inward: readonly number[], order: readonly number[]): void => {
    const [end, ...near] = inward.slice(0, 7).map((level) => ours[level]!)
    if (end === undefined || end < 4 * Math.max(median(near), total * 0.002)) return
    let rest = end * scale
    for (const value of order) {
      const taken = Math.min(rest, left[value]!)
      left[value]! -= taken
      rest -= taken
    }
  }
  const values = [...theirs.keys()]
  strip(levels, values)
  strip(levels.toReversed(), values.toReversed())
  return left
}

/** The value after the last step's clipping and quantisation. */
export function toned(value: number, { low, high, clippedLow, clippedHigh, levels }: Tones): number {
  const bounded = Math.max(clippedLow ? low : 0, Math.min(clippedHigh ? high : 255, value))
  if (!levels) return bounded
  let [first, last] = [0, levels.length - 1]
  while (last - first > 1) {
    const middle = (first + last) >> 1
    if (levels[middle]! <= bounded) first = middle
    else last = middle
  }
  return bounded - levels[first]! <= levels[last]! - bounded ? levels[first]! : levels[last]!
}

/** Gain and offset of a line through weighted points; undefined for too few. */
export function fitLine(
  points: readonly (readonly [x: number, y: number, weight: number])[],
): readonly [gain: number, offset: number] | undefined {
  const sums = [0, 0, 0, 0, 0]
  for (const [x, y, weight] of points) {
    sums[0]! += weight
    sums[1]! += weight * x
    sums[2]! += weight * x * x
    sums[3]! += weight * y
    sums[4]! += weight * x * y
  }
  const solution = solve(
    [
      [sums[2]!, sums[1]!],
      [sums[1]!, sums[0]!],
    ],
    [sums[4]!, sums[3]!],
  )
  return solution ? [solution[0]!, solution[1]!] : undefined
}
