import type { Alignment } from './align.js'
import type { Bands } from './bands.js'
import type { Curve } from './curves.js'
import { type HiddenSize, hiddenSize, type Lines } from './hidden-size.js'
import type { Picture } from './picture.js'
import { inPixels } from './resample.js'

/** A smaller size that the picture went through, in the received orientation. */
export interface HiddenResize {
  readonly width?: number
  readonly height?: number
  readonly factorX: number
  readonly factorY: number
  readonly kernel: string
  readonly convention: string
}

/** Looks for the size that fine detail was lost to; undefined when nothing was lost, or not by a resize. */
export function findHiddenResize(
  alignment: Alignment,
  bands: Bands,
  curve: Curve,
  noise: number,
): HiddenResize | undefined {
  if (bands.lumaGain > 0.93 && bands.lumaMatch > 0.97) return undefined
  const luma = lumaOf(alignment.received, curve)
  const x = alongAxis(alignment, luma, 'x', noise)
  const y = alongAxis(alignment, luma, 'y', noise)
  // One axis alone must be beyond doubt: a codec's blocks look a little like coarse pixels.
  if (!x && !y) return undefined
  if ((!x || !y) && (x ?? y)!.dip > 0.12) return undefined
  const { sent } = alignment
  const [factorX, factorY] = [x ? sent.width / x.size : 1, y ? sent.height / y.size : 1]
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

// The resize happened in linear numbers: what bent them afterwards is taken back.
function lumaOf({ planes: [r, g, b] }: Picture, { exponent }: Curve): Float64Array {
  const back =
    exponent === undefined ? (value: number) => value : (value: number) => 255 * (value / 255) ** (1 / exponent)
  return Float64Array.from(r, (value, i) => (back(value) + back(g[i]!) + back(b[i]!)) / 3)
}

function alongAxis(
  { received, sent, placement, bars }: Alignment,
  luma: Float64Array,
  axis: 'x' | 'y',
  noise: number,
): HiddenSize | undefined {
  const { width, height } = received
  const [length, count] = axis === 'x' ? [width, height] : [height, width]
  const at = (i: number, line: number): number => (axis === 'x' ? luma[line * width + i]! : luma[i * width + line]!)
  const [before, after] = axis === 'x' ? [bars.left, bars.right] : [bars.top, bars.bottom]
  const segment = liveliest(at, before, length - after, count)
  if (!segment) return undefined
  const lines = segment.rows.map((row) =>
    Float64Array.from({ length: segment.end - segment.start }, (_, i) => at(segment.start + i, row)),
  )
  const first: Lines = { lines, start: segment.start - before, length: length - before - after }
  const found = hiddenSize(first, noise)
  if (found) return found
  // The resize may have come before a crop or a shift by whole pixels: then the sent picture's rim counts.
  const pixels = inPixels(placement, sent, received)
  const [scale, offset] = axis === 'x' ? [pixels.scaleX, pixels.left] : [pixels.scaleY, pixels.top]
  if (Math.abs(scale - 1) > 1e-6 || Math.abs(offset) < 0.5) return undefined
  return hiddenSize(
    { lines, start: segment.start + Math.round(offset), length: axis === 'x' ? sent.width : sent.height },
    noise,
  )
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
