import type { Alignment } from './align.js'
import { round } from './color-models.js'
import { type Finding, finding } from './findings.js'
import type { HiddenResize } from './hidden-resize.js'
import { inPixels, type PixelScale } from './resample.js'

/** The faults of geometry that an alignment shows, given the resize that the picture went through on its way. */
export function geometryFaults(alignment: Alignment, hidden: HiddenResize | undefined): Finding[] {
  const { dihedral, layout, sent, received, placement } = alignment
  const found: Finding[] = []
  if (layout) found.push(finding(layout.code, layout.evidence))
  if (dihedral.code) found.push(finding(dihedral.code, {}))
  const pixels = inPixels(placement, sent, received)
  return [...found, ...placementFaults(alignment, pixels, hidden)]
}

function placementFaults(alignment: Alignment, pixels: PixelScale, hidden: HiddenResize | undefined): Finding[] {
  const { sent, received, placement, bars } = alignment
  const { scaleX, scaleY, left, right, top, bottom } = pixels
  const stretch = scaleX / scaleY
  // A side rounded to whole pixels changes the aspect by up to half a pixel.
  const odd = Math.abs(Math.log(stretch)) > 0.8 / Math.min(received.width, received.height) + 0.004
  const stretched = odd ? [finding('ASPECT_STRETCHED', { ratio: round(stretch) })] : []
  const factors = [Math.max(1, hidden?.factorX ?? scaleX), Math.max(1, hidden?.factorY ?? scaleY)] as const
  const sampling = samplingFault(pixels, factors, hidden)
  if (sampling) return [...(sampling === 'none' ? [] : [sampling]), ...stretched]
  const moved = { dx: round(-(left + right) / 2), dy: round(-(top + bottom) / 2) }
  const barred = bars.content !== undefined
  const sameSize = sent.width === received.width && sent.height === received.height
  if (sameSize && Math.max(Math.abs(right - left), Math.abs(bottom - top)) < 0.7) {
    const halves = [moved.dx, moved.dy].every((value) => Math.abs(Math.abs(value % 1) - 0.5) < 0.06)
    return [finding('SHIFTED', moved, halves ? ['HALF_PIXEL_SHIFT'] : [])]
  }
  if (placement.ax > 1.004 || placement.ay > 1.004) {
    if (!barred) return [finding('ASPECT_STRETCHED', { ratio: round(stretch) })]
    const evidence = { left: bars.left, right: bars.right, top: bars.top, bottom: bars.bottom }
    return [finding('LETTERBOXED', evidence, odd ? ['ASPECT_STRETCHED'] : [])]
  }
  return [cropped(alignment, pixels, odd)]
}

/** What resizes that place their samples differently do: nothing, corners that meet, half-pixel shifts; undefined when it is more. */
function samplingFault(
  { left, right, top, bottom }: PixelScale,
  [fx, fy]: readonly [number, number],
  hidden: HiddenResize | undefined,
): Finding | 'none' | undefined {
  const seen = [left, right, top, bottom]
  const distance = (expected: readonly number[]): number =>
    Math.max(...seen.map((value, i) => Math.abs(value - expected[i]!)))
  const factor = Math.max(fx, fy)
  // Aliasing of a coarse size moves the best fit by a part of a coarse pixel.
  const tolerance = 0.13 + 0.14 * (factor - 1)
  const loose = hidden ? 0.15 + 0.3 * (factor - 1) : 0.11
  const coarse = hidden?.kernel === 'nearest' ? factor * 0.6 : tolerance
  if (distance([0, 0, 0, 0]) < coarse) return 'none'
  const moved = { dx: round(-(left + right) / 2), dy: round(-(top + bottom) / 2) }
  const [ex, ey] = [(fx - 1) / 2, (fy - 1) / 2]
  const corners = Math.min(...[1, -1].map((sign) => distance([-ex, ex, -ey, ey].map((value) => sign * value))))
  const steps = (f: number): number[] => [0.5, (f - 1) / 2, f / 2].flatMap((value) => [value, -value])
  const shifts = steps(fx).flatMap((x, i) => [distance([x, x, steps(fy)[i]!, steps(fy)[i]!])])
  const shifted = Math.min(...shifts)
  if (factor > 1.02 && corners < loose && corners < shifted && corners < distance([0, 0, 0, 0])) {
    const evidence = { edgeShift: round((Math.abs(right - left) + Math.abs(bottom - top)) / 4) }
    return finding('ALIGN_CORNERS', { ...evidence, growX: round(right - left), growY: round(bottom - top) })
  }
  if (shifted > Math.max(0.12, loose)) return undefined
  return finding('HALF_PIXEL_SHIFT', moved, hidden ? ['SHIFTED'] : [])
}

function cropped({ sent }: Alignment, { left, right, top, bottom }: PixelScale, odd: boolean): Finding {
  const evidence = {
    x: round(left),
    y: round(top),
    width: round(sent.width + right - left),
    height: round(sent.height + bottom - top),
  }
  return finding('CROPPED', evidence, odd ? ['ASPECT_STRETCHED'] : [])
}
