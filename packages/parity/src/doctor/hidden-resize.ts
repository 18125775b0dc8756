import type { Alignment } from './align.js'
import type { Bands } from './bands.js'
import type { Curve } from './curves.js'
import { type HiddenSize, hiddenSize, type Lines } from './hidden-size.js'
import { type Convention, type Enlargement, enlargements } from './kernels.js'
import type { Picture } from './picture.js'
import { inPixels } from './resample.js'
import { stepOf, type Tones } from './tones.js'

/** A smaller size that the picture went through, in the received orientation; the factors are received pixels to one of its. */
export interface HiddenResize {
  readonly width?: number
  readonly height?: number
  readonly factorX: number
  readonly factorY: number
  readonly kernel: string
  readonly convention: Convention['name'] | 'unknown'
}

/** Looks for the size that fine detail was lost to; undefined when nothing was lost, or not by a resize. */
export function findHiddenResize(
  alignment: Alignment,
  bands: Bands,
  curve: Curve,
  tones: Tones,
): HiddenResize | undefined {
  if (bands.lumaGain > 0.93 && bands.lumaMatch > 0.97) return undefined
  const step = stepOf(tones)
  const noise = (step * step) / 12 + 0.02
  const values = valuesOf(alignment.received, curve, tones)
  const x = alongAxis(alignment, values, 'x', noise)
  // One resize makes both axes: what the first says of it is looked for in the other before all else.
  const same =
    x && enlargements.filter(({ kernel, convention }) => kernel.name === x.kernel && convention.name === x.convention)
  const y = (same && alongAxis(alignment, values, 'y', noise, same)) ?? alongAxis(alignment, values, 'y', noise)
  // Few levels drown the trace of a size: that detail is lost is all that can be told.
  if (!x && !y && step >= 8 && bands.lumaGain < 0.8) return sizeless(alignment)
  // One axis alone must be beyond doubt: a codec's blocks look a little like coarse pixels.
  if (!x && !y) return undefined
  const alone = x && y ? undefined : (x ?? y)!
  if (alone && alone.dip > (alone.size > alone.length * 0.88 ? 0.02 : 0.12))
    return step >= 8 && bands.lumaGain < 0.8 ? sizeless(alignment) : undefined
  const [factorX, factorY] = [x ? x.length / x.size : 1, y ? y.length / y.size : 1]
  const stated = x ?? y!
  return {
    ...(x && { width: x.size }),
    ...(y && { height: y.size }),
    factorX,
    factorY,
    kernel: stated.kernel,
    convention: stated.convention,
  }
}

// Corners that meet tell the factor where nothing else does.
function sizeless({ placement, sent, received }: Alignment): HiddenResize {
  const { left, right, top, bottom } = inPixels(placement, sent, received)
  const grown = [Math.abs(right - left), Math.abs(bottom - top)] as const
  const met = Math.max(Math.abs(left + right), Math.abs(top + bottom), Math.abs(grown[0] - grown[1])) < 0.4
  const factor = 1 + (met ? (grown[0] + grown[1]) / 2 : 0)
  return { factorX: factor, factorY: factor, kernel: 'unknown', convention: 'unknown' }
}

interface Values {
  readonly plane: Float64Array
  readonly low?: number
  readonly high?: number
}

// The resize happened in linear numbers: what bent them afterwards is taken back. A mean of clipped channels has no clear bound.
function valuesOf({ planes: [r, g, b] }: Picture, { exponent }: Curve, tones: Tones): Values {
  const back =
    exponent === undefined ? (value: number) => value : (value: number) => 255 * (value / 255) ** (1 / exponent)
  const clipped = tones.clippedLow || tones.clippedHigh
  const plane = Float64Array.from(g, (value, i) =>
    clipped ? back(value) : (back(r[i]!) + back(value) + back(b[i]!)) / 3,
  )
  const bounds = {
    ...(tones.clippedLow && { low: back(tones.low) }),
    ...(tones.clippedHigh && { high: back(tones.high) }),
  }
  return { plane, ...bounds }
}

function alongAxis(
  { received, sent, placement, bars }: Alignment,
  { plane, ...bounds }: Values,
  axis: 'x' | 'y',
  noise: number,
  tried?: readonly Enlargement[],
): HiddenSize | undefined {
  const { width, height } = received
  const [length, count] = axis === 'x' ? [width, height] : [height, width]
  const at = (i: number, line: number): number => plane[axis === 'x' ? line * width + i : i * width + line]!
  const [before, after] = axis === 'x' ? [bars.left, bars.right] : [bars.top, bars.bottom]
  const segment = liveliest(at, before, length - after, count)
  if (!segment) return undefined
  const lines = segment.rows.map((row) =>
    Float64Array.from({ length: segment.end - segment.start }, (_, i) => at(segment.start + i, row)),
  )
  const first: Lines = { ...bounds, lines, start: segment.start - before, length: length - before - after }
  // Bars may have been there before the resize.
  const whole = before + after > 0 ? [{ ...bounds, lines, start: segment.start, length }] : []
  // The resize may have come before a crop or a shift by whole pixels: then the sent picture's rim counts.
  const pixels = inPixels(placement, sent, received)
  const [scale, edge] = axis === 'x' ? [pixels.scaleX, pixels.left] : [pixels.scaleY, pixels.top]
  const middle = edge + ((scale - 1) * length) / 2
  const moved = Math.abs(scale - 1) * length < 2 && Math.abs(middle) >= 0.5
  const uncut: Lines[] = moved
    ? [{ ...bounds, lines, start: segment.start + Math.round(middle), length: axis === 'x' ? sent.width : sent.height }]
    : []
  const [found] = [first, ...whole, ...uncut]
    .flatMap((span) => hiddenSize(span, noise, tried) ?? [])
    .toSorted((a, b) => a.dip - b.dip)
  return found
}

interface Segment {
  readonly start: number
  readonly end: number
  readonly rows: readonly number[]
}

const reach = 224
const wanted = 12

// The lines with the most fine detail, over a stretch short enough to be quick and free of unknown samples.
function liveliest(
  at: (i: number, line: number) => number,
  from: number,
  to: number,
  count: number,
): Segment | undefined {
  const spans: { start: number; end: number }[] = []
  const size = Math.min(reach, to - from)
  for (let start = from; start + size <= to; start += Math.max(1, Math.floor(size / 2)))
    spans.push({ start, end: start + size })
  let best: { segment: Segment; energy: number } | undefined
  for (const { start, end } of spans) {
    const energies = Array.from({ length: count }, (_, row) => {
      let sum = 0
      for (let i = start + 1; i < end; i++) sum += (at(i, row) - at(i - 1, row)) ** 2
      return { row, energy: sum }
    }).filter(({ energy }) => !Number.isNaN(energy))
    energies.sort((a, b) => b.energy - a.energy)
    // Rows side by side say the same twice: every other of the liveliest is taken.
    const rows = energies.slice(0, wanted * 2).filter((_, i) => i % 2 === 0)
    const energy = rows.reduce((sum, row) => sum + row.energy, 0)
    if (rows.length >= 4 && (!best || energy > best.energy))
      best = { segment: { start, end, rows: rows.map(({ row }) => row) }, energy }
  }
  return best?.segment
}
