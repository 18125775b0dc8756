import type { Alignment } from './align.js'
import { round } from './color-models.js'
import { type Finding, finding } from './findings.js'
import type { HiddenResize } from './hidden-resize.js'
import { inPixels, type PixelScale } from './resample.js'
import type { ResizeChain } from './resize-chain.js'
import { samplingFault, wholeMove } from './sampling.js'

type Edges = Pick<PixelScale, 'left' | 'right' | 'top' | 'bottom'>

/** The faults of geometry that an alignment shows, given the resize that the picture went through on its way and how it samples. */
export function geometryFaults(
  alignment: Alignment,
  hidden: HiddenResize | undefined,
  chain: ResizeChain | undefined,
): Finding[] {
  const { dihedral, layout, sent, received, placement } = alignment
  const found: Finding[] = []
  if (layout) found.push(finding(layout.code, layout.evidence))
  if (dihedral.code) found.push(finding(dihedral.code, {}))
  const pixels = inPixels(placement, sent, received)
  return [...found, ...placementFaults(alignment, pixels, hidden, chain)]
}

function placementFaults(
  alignment: Alignment,
  pixels: PixelScale,
  hidden: HiddenResize | undefined,
  chain: ResizeChain | undefined,
): Finding[] {
  const { sent, received, placement, bars } = alignment
  const { scaleX, scaleY, left, right, top, bottom } = pixels
  const stated = sent.width / received.width / (sent.height / received.height)
  // Where the whole picture is known to have come through, the sizes say it exactly.
  const stretch = chain && Math.abs(scaleX / scaleY / stated - 1) < 0.02 ? stated : scaleX / scaleY
  // A side rounded to whole pixels changes the aspect by up to half a pixel.
  const odd = Math.abs(Math.log(stretch)) > 0.8 / Math.min(received.width, received.height) + 0.004
  const stretched = odd ? [finding('ASPECT_STRETCHED', { ratio: round(stretch) })] : []
  const sampling = samplingFault(pixels, hidden, chain)
  if (sampling) return [...(sampling === 'none' ? [] : [sampling]), ...stretched]
  const sameSize = sent.width === received.width && sent.height === received.height
  const moved = wholeMove(alignment, pixels, hidden, chain)
  const beside = moved.sampling ? [moved.sampling] : []
  const { dx, dy } = moved
  if (sameSize && chain) return [finding('SHIFTED', { dx: -chain.moved[0], dy: -chain.moved[1] }), ...beside]
  const grown = Math.max(Math.abs(moved.growX), Math.abs(moved.growY))
  const room = hidden?.kernel === 'nearest' ? Math.max(hidden.factorX, hidden.factorY) * 0.6 : 0
  if (sameSize && grown < 0.7 + room) {
    // A coarse size moves the best fit by a part of its pixels: that is no shift.
    const least = 0.13 * Math.max(1, hidden?.factorX ?? 1, hidden?.factorY ?? 1)
    if (Math.max(Math.abs(dx), Math.abs(dy)) < least) return [...stretched, ...beside]
    // By the same part of a pixel both ways: it may be half a pixel of a size that was finer.
    const alike = Math.abs(Math.abs(dx) - Math.abs(dy)) < 0.06 && Math.abs(dx) < 0.56
    const halves = alike || [dx, dy].every((value) => Math.abs(Math.abs(value % 1) - 0.5) < 0.06)
    return [finding('SHIFTED', { dx, dy }, halves ? ['HALF_PIXEL_SHIFT'] : []), ...beside]
  }
  if (placement.ax > 1.004 || placement.ay > 1.004) {
    if (bars.content === undefined) return [finding('ASPECT_STRETCHED', { ratio: round(stretch) }), ...beside]
    const evidence = { left: bars.left, right: bars.right, top: bars.top, bottom: bars.bottom }
    return [finding('LETTERBOXED', evidence, odd ? ['ASPECT_STRETCHED'] : []), ...beside]
  }
  const box = {
    left: left - moved.by[0]!,
    right: right - moved.by[1]!,
    top: top - moved.by[2]!,
    bottom: bottom - moved.by[3]!,
  }
  // Less than a pixel of what was received, or of what it went through, is no crop: a resize's own centring moves edges by as much.
  const least = 0.75 * Math.max(1, scaleX, scaleY, hidden?.factorX ?? 1, hidden?.factorY ?? 1)
  if (Object.values(box).every((edge) => Math.abs(edge) < least)) return [...stretched, ...beside]
  return [cropped(alignment, box, odd), ...beside]
}

function cropped({ sent }: Alignment, { left, right, top, bottom }: Edges, odd: boolean): Finding {
  const evidence = {
    x: round(left),
    y: round(top),
    width: round(sent.width + right - left),
    height: round(sent.height + bottom - top),
  }
  return finding('CROPPED', evidence, odd ? ['ASPECT_STRETCHED'] : [])
}
