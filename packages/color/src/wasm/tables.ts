import type { Run } from '../axis-sampling.js'

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

/** A gather table and what the kernel is told beside it. */
export interface Table {
  readonly bytes: Uint8Array
  /** Tap pairs (gather, gatherTwice), steps of eight taps (gatherWide), or bytes of an entry (floats). */
  readonly param: number
}

/** A table for bytes, and the kernel that reads it. */
export interface ByteTable extends Table {
  readonly kind: 'gather' | 'gatherTwice' | 'gatherWide'
}

const windowBytes = 16

/** The table of gatherBytes where four targets fit a window, of gatherTwice where two do, else of gatherWide. */
export function byteTable(runs: readonly Run[]): ByteTable {
  const taps = runs.reduce((most, { weights }) => Math.max(most, weights.length), 1)
  const at = (i: number): Run => runs[Math.min(runs.length - 1, i)]!
  // The last run stands in for those that are missing.
  const groups = Array.from({ length: Math.ceil(runs.length / 4) }, (_, g) => [0, 1, 2, 3].map((i) => at(g * 4 + i)))
  const pairs = Math.ceil(taps / 2)
  if (groups.every(fitWindow)) return windowTable(groups, pairs, 1)
  if (groups.every((group) => halves(group).every(fitWindow))) return windowTable(groups, pairs, 2)
  return wideTable(runs, taps)
}

const halves = (group: readonly Run[]): (readonly Run[])[] => [group.slice(0, 2), group.slice(2)]

function fitWindow(runs: readonly Run[]): boolean {
  const firsts = runs.map(({ first }) => first)
  return Math.max(...firsts) - Math.min(...firsts) + 2 <= windowBytes
}

function windowTable(groups: readonly (readonly Run[])[], pairs: number, windows: 1 | 2): ByteTable {
  const head = 16 + 16 * windows
  const entry = head + 16 * pairs
  const bytes = new Uint8Array(groups.length * entry)
  const view = new DataView(bytes.buffer)
  groups.forEach((group, g) => {
    const at = g * entry
    // A lane that a window does not hold is masked out.
    bytes.fill(0xff, at + 16, at + head)
    ;(windows === 1 ? [group] : halves(group)).forEach((members, w) => {
      const base = Math.min(...members.map(({ first }) => first))
      view.setInt32(at + 4 * w, base, true)
      members.forEach(({ first, weights }, i) => {
        const lane = 4 * (2 * w + i)
        bytes.set([first - base, 0xff, first - base + 1, 0xff], at + 16 + 16 * w + lane)
        fixedWeights(weights).forEach((weight, j) => {
          view.setInt16(at + head + (j >> 1) * 16 + lane + (j & 1) * 2, weight, true)
        })
      })
    })
  })
  return { bytes, kind: windows === 1 ? 'gather' : 'gatherTwice', param: pairs }
}

function wideTable(runs: readonly Run[], taps: number): ByteTable {
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
  return { bytes, kind: 'gatherWide', param: steps }
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
  return { bytes, param: entry }
}
