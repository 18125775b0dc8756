import type { Alignment } from './align.js'
import { round } from './color-models.js'
import type { Displacement } from './detour.js'
import { type Finding, finding } from './findings.js'
import type { HiddenResize } from './hidden-resize.js'
import type { PixelScale } from './resample.js'
import type { ResizeChain } from './resize-chain.js'

/** A way to place the samples of a resize, with what it does to the edges. */
interface Sampling {
  readonly code: 'ALIGN_CORNERS' | 'HALF_PIXEL_SHIFT'
  readonly by: Displacement
}

/** How many pixels became one on the way, and how long those are in sent pixels. */
interface Coarseness {
  readonly factors: readonly [x: number, y: number]
  readonly unit: readonly [x: number, y: number]
}

function coarseness({ scaleX, scaleY }: PixelScale, hidden: HiddenResize | undefined): Coarseness {
  if (hidden) {
    // A size seen along one axis alone stands for both: pictures are seldom shrunk along one.
    const { width, height, factorX, factorY } = hidden
    const factors = [height && !width ? factorY : factorX, width && !height ? factorX : factorY] as const
    return { factors, unit: [scaleX, scaleY] }
  }
  return { factors: [Math.max(1, scaleX), Math.max(1, scaleY)], unit: [1, 1] }
}

/** Corners that meet, on the way down or up; and shifts by half a pixel of the coarse size, of the fine one, or their difference. */
function samplings({ factors: [fx, fy], unit: [ux, uy] }: Coarseness): readonly Sampling[] {
  const [ex, ey] = [((fx - 1) / 2) * ux, ((fy - 1) / 2) * uy]
  const steps = (f: number, unit: number): number[] => [0.5, (f - 1) / 2, f / 2].map((step) => step * unit)
  const [sx, sy] = [steps(fx, ux), steps(fy, uy)]
  return [1, -1].flatMap((sign): Sampling[] => [
    { code: 'ALIGN_CORNERS', by: [-sign * ex, sign * ex, -sign * ey, sign * ey] },
    ...sx.map(
      (x, i): Sampling => ({ code: 'HALF_PIXEL_SHIFT', by: [sign * x, sign * x, sign * sy[i]!, sign * sy[i]!] }),
    ),
  ])
}

function edgesOf({ left, right, top, bottom }: PixelScale): Displacement {
  return [left, right, top, bottom]
}

/** What resizes that place their samples differently do to a picture that stayed where it was; undefined when it is more than that. */
export function samplingFault(
  pixels: PixelScale,
  hidden: HiddenResize | undefined,
  chain: ResizeChain | undefined,
): Finding | 'none' | undefined {
  if (chain) return chain.moved.every((pixel) => pixel === 0) ? (chainFinding(chain, pixels) ?? 'none') : undefined
  const coarse = coarseness(pixels, hidden)
  const seen = edgesOf(pixels)
  const distance = (by: Displacement): number => Math.max(...seen.map((value, i) => Math.abs(value - by[i]!)))
  const factor = Math.max(...coarse.factors)
  const unit = Math.max(...coarse.unit)
  // Aliasing of a coarse size moves the best fit by a part of a coarse pixel.
  const tolerance = hidden?.kernel === 'nearest' ? factor * 0.6 : 0.13 + 0.14 * (factor - 1)
  const loose = hidden ? 0.15 + 0.3 * (factor - 1) : 0.11
  const stillness = distance([0, 0, 0, 0])
  if (stillness < tolerance * unit) return 'none'
  const least = (code: Sampling['code']): number =>
    Math.min(...samplings(coarse).flatMap((sampling) => (sampling.code === code ? distance(sampling.by) : [])))
  const [corners, shifted] = [least('ALIGN_CORNERS'), least('HALF_PIXEL_SHIFT')]
  if (factor > 1.02 && corners < loose * unit && corners < shifted && corners < stillness) return cornersFinding(pixels)
  return shifted > Math.max(0.12, loose * unit) ? undefined : shiftFinding(pixels, hidden ? ['SHIFTED'] : [])
}

/** What the two resizes of a detour make together. */
function chainFinding({ code, by }: ResizeChain, pixels: PixelScale): Finding | undefined {
  const [left, right, top, bottom] = by
  const own = { ...pixels, left, right, top, bottom }
  if (code === 'ALIGN_CORNERS') return cornersFinding(own)
  return code && shiftFinding(own, [])
}

function cornersFinding({ left, right, top, bottom }: PixelScale): Finding {
  const evidence = { edgeShift: round((Math.abs(right - left) + Math.abs(bottom - top)) / 4) }
  return finding('ALIGN_CORNERS', { ...evidence, growX: round(right - left), growY: round(bottom - top) })
}

function shiftFinding({ left, right, top, bottom }: PixelScale, alternatives: readonly string[]): Finding {
  const moved = { dx: round(-(left + right) / 2), dy: round(-(top + bottom) / 2) }
  return finding('HALF_PIXEL_SHIFT', moved, alternatives)
}

/** A shift, a crop or bars, freed from what a resize beside it does to the edges. */
interface WholeMove {
  readonly sampling?: Finding
  /** What the sampling does to the edges. */
  readonly by: Displacement
  readonly dx: number
  readonly dy: number
  readonly growX: number
  readonly growY: number
}

/** Shifts and crops are by whole pixels and bars are seen: what is left over tells how a resize on the way placed its samples. */
export function wholeMove(
  { bars, sent }: Alignment,
  pixels: PixelScale,
  hidden: HiddenResize | undefined,
  chain: ResizeChain | undefined,
): WholeMove {
  const seen = edgesOf(pixels)
  if (chain) return besides(seen, chain.by, chainFinding(chain, pixels))
  const { content } = bars
  const coarse = coarseness(pixels, hidden)
  // Bars make the content smaller; a shift, which leaves a bar too, does not.
  const between = (grown: number, framed: number): boolean => framed > 0 && grown > framed * 0.6
  const wide = between(pixels.right - pixels.left, content ? (content.ax - 1) * sent.width : 0)
  const tall = between(pixels.bottom - pixels.top, content ? (content.ay - 1) * sent.height : 0)
  // Along an axis with bars their own edges say too little.
  const silent = [wide, wide, tall, tall]
  const offWhole = (by: Displacement): number =>
    Math.max(0, ...seen.map((value, i) => (silent[i] ? 0 : Math.abs(value - by[i]! - Math.round(value - by[i]!)))))
  const none: Displacement = [0, 0, 0, 0]
  // Without a coarser size there is half a pixel at most, and that is plain only where pixels are one to one.
  const oneToOne = Math.max(Math.abs(pixels.scaleX - 1), Math.abs(pixels.scaleY - 1)) * sent.width < 0.5
  const possible = hidden || oneToOne || wide || tall ? samplings(coarse) : []
  const ranked = possible.toSorted((a, b) => offWhole(a.by) - offWhole(b.by))
  const [best] = ranked
  const tolerance = 0.13 * Math.max(...coarse.unit)
  const believed = best && offWhole(none) > tolerance && offWhole(best.by) < offWhole(none) * 0.6
  if (!believed) return besides(seen, none)
  const [left, right, top, bottom] = best.by
  const own = { ...pixels, left, right, top, bottom }
  const sampling = best.code === 'ALIGN_CORNERS' ? cornersFinding(own) : shiftFinding(own, hidden ? ['SHIFTED'] : [])
  return besides(seen, best.by, sampling)
}

/** The move that is left of what is seen at the edges without what the sampling does there. */
function besides(seen: Displacement, by: Displacement, sampling?: Finding): WholeMove {
  const [left, right, top, bottom] = seen.map((value, i) => value - by[i]!) as [number, number, number, number]
  return {
    ...(sampling && { sampling }),
    by,
    dx: round(-(left + right) / 2),
    dy: round(-(top + bottom) / 2),
    growX: right - left,
    growY: bottom - top,
  }
}
