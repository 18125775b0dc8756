import type { Taps } from '../reference/kernels.js'

/** The samples that make one value, in ascending order without gaps: sample `first + i` has weight `weights[i]`. */
export interface Run {
  readonly first: number
  readonly weights: readonly number[]
}

/** Taps as a run; taps on the same sample (a repeated edge) are added up, ends of no weight are dropped. */
export function runOf(taps: Taps): Run {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { index, weight } of taps) {
    if (weight === 0) continue
    first = Math.min(first, index)
    last = Math.max(last, index)
  }
  const weights = new Array<number>(last - first + 1).fill(0)
  for (const { index, weight } of taps) if (weight !== 0) weights[index - first]! += weight
  return { first, weights }
}

/** Byte weights are Q14. */
export const unit = 16384

/** Q14 weights whose sum is that of the exact ones rounded: the rounding left over goes where it is least wrong, one by one. */
function fixedWeights(weights: readonly number[]): number[] {
  const scaled = weights.map((weight) => weight * unit)
  const fixed = scaled.map(Math.round)
  let rest = Math.round(scaled.reduce((sum, value) => sum + value, 0)) - fixed.reduce((sum, value) => sum + value, 0)
  while (rest !== 0) {
    const step = Math.sign(rest)
    let best = 0
    scaled.forEach((value, i) => {
      if ((value - fixed[i]!) * step > (scaled[best]! - fixed[best]!) * step) best = i
    })
    fixed[best]! += step
    rest -= step
  }
  return fixed
}

/** A gather table and how the kernel is to read it. */
export interface Table {
  readonly bytes: Uint8Array
  readonly wide: boolean
  /** Tap pairs (narrow), steps of eight taps (wide), or bytes of an entry (floats). */
  readonly param: number
}

const windowBytes = 16

/** The table of gatherBytes, or of gatherWide where the sources of four targets do not fit one window. */
export function byteTable(runs: readonly Run[]): Table {
  const taps = runs.reduce((most, { weights }) => Math.max(most, weights.length), 1)
  const groups = Math.ceil(runs.length / 4)
  const group = (g: number): readonly Run[] => [0, 1, 2, 3].map((i) => runs[Math.min(runs.length - 1, g * 4 + i)]!)
  for (let g = 0; g < groups; g++) {
    const firsts = group(g).map(({ first }) => first)
    if (Math.max(...firsts) - Math.min(...firsts) + 2 > windowBytes) return wideTable(runs, taps)
  }
  const pairs = Math.ceil(taps / 2)
  const entry = 32 + 16 * pairs
  const bytes = new Uint8Array(groups * entry)
  const view = new DataView(bytes.buffer)
  for (let g = 0; g < groups; g++) {
    const members = group(g)
    const base = Math.min(...members.map(({ first }) => first))
    const at = g * entry
    view.setInt32(at, base, true)
    members.forEach(({ first, weights }, lane) => {
      bytes.set([first - base, 0xff, first - base + 1, 0xff], at + 16 + lane * 4)
      fixedWeights(weights).forEach((weight, i) => {
        view.setInt16(at + 32 + (i >> 1) * 16 + lane * 4 + (i & 1) * 2, weight, true)
      })
    })
  }
  return { bytes, wide: false, param: pairs }
}

function wideTable(runs: readonly Run[], taps: number): Table {
  const steps = Math.ceil(taps / 8)
  const entry = 16 + 16 * steps
  const bytes = new Uint8Array(runs.length * entry)
  const view = new DataView(bytes.buffer)
  runs.forEach(({ first, weights }, i) => {
    view.setInt32(i * entry, first, true)
    fixedWeights(weights).forEach((weight, j) => {
      view.setInt16(i * entry + 16 + j * 2, weight, true)
    })
  })
  return { bytes, wide: true, param: steps }
}

/** The table of gatherFloat, and of rows: i32 first, i32 count, f32 weights times `scale`. */
export function floatTable(runs: readonly Run[], scale = 1): Table {
  const taps = runs.reduce((most, { weights }) => Math.max(most, weights.length), 1)
  const entry = 8 + 4 * taps
  const bytes = new Uint8Array(runs.length * entry)
  const view = new DataView(bytes.buffer)
  runs.forEach(({ first, weights }, i) => {
    view.setInt32(i * entry, first, true)
    view.setInt32(i * entry + 4, weights.length, true)
    weights.forEach((weight, j) => {
      view.setFloat32(i * entry + 8 + j * 4, weight * scale, true)
    })
  })
  return { bytes, wide: false, param: entry }
}
