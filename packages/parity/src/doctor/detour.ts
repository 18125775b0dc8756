import type { Alignment } from './align.js'
import type { ColorStory } from './color-fit.js'
import type { Convention, DownKernel, UpKernel } from './kernels.js'
import type { Picture } from './picture.js'
import type { Tones } from './tones.js'

/** Displacements of the left, right, top and bottom edge, in sent pixels. */
export type Displacement = readonly [left: number, right: number, top: number, bottom: number]

/** A way down and back up. */
export interface Detour {
  readonly kernel: DownKernel
  readonly down: Convention
  readonly up: Convention
  readonly upKernel: UpKernel
}

/** One axis of the comparison: lengths in pixels, and how far the middle of the picture lies off. */
export interface Axis {
  readonly sent: number
  /** What the coarse size was enlarged to. */
  readonly target: number
  readonly received: number
  readonly middle: number
}

/** Where each received line comes from. */
export interface Travel {
  readonly taps: readonly Taps[]
  readonly at: readonly number[]
  readonly offset: number
  readonly edges: readonly [number, number]
}

interface Taps {
  readonly start: number
  readonly weights: Float64Array
}

// So many lines along each axis tell a wrong way from the right one.
const most = 96

/** Lines between others, where the registration puts them. */
export function interpolated({ sent, received }: Axis, scale: number, first: number): Travel {
  const at = sampled(received)
  const position = (i: number): number => (i + 0.5) * scale + first - 0.5
  const inside = at.filter((i) => position(i) >= 0 && position(i) <= sent - 1)
  const taps = inside.map((i) => tapsAt(position(i), sent, 1, (distance) => Math.max(0, 1 - Math.abs(distance))))
  return { taps, at: inside, offset: 0, edges: [first, first] }
}

// An odd step meets every phase of the coarse pixels; the rim is no two resizers' same.
function sampled(length: number): readonly number[] {
  const step = 1 + 2 * Math.floor(length / most / 2)
  return Array.from({ length: Math.floor((length - 4) / step) }, (_, k) => 2 + k * step)
}

/** The lines of one axis by way of a coarser (or finer) size. */
export function travel(
  { sent, target, received, middle }: Axis,
  size: number,
  { kernel, down, up, upKernel }: Detour,
): Travel {
  const scale = sent / size
  const source = (t: number): number => down.position(up.position(t, size, target), sent, size)
  const edge = (t: number): number => ((source(t) + 0.5) * target) / sent - t - 0.5
  const edges: readonly [number, number] = [edge(-0.5), edge(target - 0.5)]
  const offset = Math.round(middle - (edges[0] + edges[1]) / 2)
  const at = sampled(received).filter((i) => i + offset >= 0 && i + offset < target)
  const coarse = new Map<number, Taps>()
  const tapsDown = (i: number): Taps => {
    const known = coarse.get(i)
    if (known) return known
    const taps = tapsAt(down.position(i, sent, size), sent, kernel.reach(scale), (d) => kernel.weight(d, scale))
    coarse.set(i, taps)
    return taps
  }
  const taps = at.map((i) => {
    const upTaps = tapsAt(up.position(i + offset, size, target), size, upKernel.reach, upKernel.weight)
    return composed([...upTaps.weights].map((weight, k) => ({ weight, taps: tapsDown(upTaps.start + k) })))
  })
  return { taps, at, offset, edges }
}

function tapsAt(position: number, length: number, reach: number, weight: (distance: number) => number): Taps {
  const [low, high] = [Math.ceil(position - reach), Math.floor(position + reach)]
  const clamp = (i: number): number => Math.max(0, Math.min(length - 1, i))
  const start = clamp(low)
  const weights = new Float64Array(clamp(high) - start + 1)
  let sum = 0
  for (let i = low; i <= high; i++) {
    const value = weight(position - i)
    weights[clamp(i) - start]! += value
    sum += value
  }
  return { start, weights: weights.map((value) => value / sum) }
}

function composed(parts: readonly { readonly weight: number; readonly taps: Taps }[]): Taps {
  const start = Math.min(...parts.map(({ taps }) => taps.start))
  const end = Math.max(...parts.map(({ taps }) => taps.start + taps.weights.length))
  const weights = new Float64Array(end - start)
  for (const { weight, taps } of parts) {
    for (let k = 0; k < taps.weights.length; k++) weights[taps.start - start + k]! += weight * taps.weights[k]!
  }
  return { start, weights }
}

/** What is compared: one plane of each picture. */
export interface Values {
  readonly sent: Float32Array
  readonly received: Float32Array
  readonly sentWidth: number
  readonly receivedWidth: number
}

/** The brightness of both; what a curve bent after a resize is taken back on the received side, and what was clipped is unknown. */
export function comparedValues(
  { sent, received }: Alignment,
  { model, curve, normalization }: ColorStory,
  tones: Tones,
): Values {
  const clipped = tones.clippedLow || tones.clippedHigh
  const luma = clipped ? [0, 1, 0] : [0.299, 0.587, 0.114]
  const weights = [0, 1, 2].map((k) => luma.reduce((sum, weight, c) => sum + weight * model.map[c]![k]!, 0))
  const { exponent } = curve
  const [low, high] = [tones.clippedLow ? tones.low : -1, tones.clippedHigh ? tones.high : 256]
  const back = (value: number, c: number): number => {
    if (value <= low || value >= high) return Number.NaN
    const plain = normalization ? (value - normalization.offset[c]!) / normalization.gain[c]! : value
    return exponent === undefined ? plain : 255 * (Math.max(0, plain) / 255) ** (1 / exponent)
  }
  const made = mixed(sent, (r, g, b) => weights[0]! * r + weights[1]! * g + weights[2]! * b)
  const { alpha } = sent
  return {
    sent: alpha ? made.map((value, i) => (alpha[i]! < 250 ? Number.NaN : value)) : made,
    received: mixed(received, (r, g, b) =>
      clipped ? back(g, 1) : luma[0]! * back(r, 0) + luma[1]! * back(g, 1) + luma[2]! * back(b, 2),
    ),
    sentWidth: sent.width,
    receivedWidth: received.width,
  }
}

function mixed({ planes: [r, g, b] }: Picture, mix: (r: number, g: number, b: number) => number): Float32Array {
  return r.map((value, i) => mix(value, g[i]!, b[i]!))
}

/** Root mean square of what the best line leaves between the picture that took the detour and the received one. */
export function misfit({ sent, received, sentWidth, receivedWidth }: Values, x: Travel, y: Travel): number {
  const row = new Float64Array(sentWidth)
  let [n, sa, sb, saa, sab, sbb] = [0, 0, 0, 0, 0, 0]
  y.taps.forEach(({ start, weights }, k) => {
    row.fill(0)
    for (let t = 0; t < weights.length; t++) {
      const [weight, line] = [weights[t]!, (start + t) * sentWidth]
      if (weight !== 0) for (let i = 0; i < sentWidth; i++) row[i]! += weight * sent[line + i]!
    }
    for (let l = 0; l < x.taps.length; l++) {
      const taps = x.taps[l]!
      let a = 0
      for (let t = 0; t < taps.weights.length; t++) a += taps.weights[t]! * row[taps.start + t]!
      const b = received[y.at[k]! * receivedWidth + x.at[l]!]!
      if (Number.isNaN(a + b)) continue
      n++
      sa += a
      sb += b
      saa += a * a
      sab += a * b
      sbb += b * b
    }
  })
  const [va, vab, vb] = [saa - (sa * sa) / n, sab - (sa * sb) / n, sbb - (sb * sb) / n]
  return n < 400 || !(va > 0) ? Number.POSITIVE_INFINITY : Math.sqrt(Math.max(0, vb - (vab * vab) / va) / n)
}
