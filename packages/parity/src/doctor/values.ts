import type { Alignment } from './align.js'
import { type ColorStory, predict } from './color-fit.js'
import { round } from './color-models.js'
import { type Finding, finding } from './findings.js'
import { blank, type Picture } from './picture.js'
import { stepOf, type Tones, toned } from './tones.js'

/** The sent picture with the colours of a story: as floats, and clipped and rounded as received pixels are. */
export function render(
  placed: Picture,
  story: ColorStory,
  tones: Tones,
): { readonly exact: Picture; readonly shown: Picture } {
  const [r, g, b] = placed.planes
  const [exact, shown] = [blank(placed.width, placed.height), blank(placed.width, placed.height)]
  const cut = story.floored ? 0.5 : 0
  for (let c = 0; c < 3; c++) {
    const [whole, last] = [exact.planes[c]!, shown.planes[c]!]
    for (let i = 0; i < whole.length; i++) {
      const value = predict(story, c, r[i]!, g[i]!, b[i]!)
      whole[i] = value
      // toned() knows no NaN: an unknown sample stays one.
      last[i] = Number.isNaN(value) ? value : toned(value - cut, tones)
    }
  }
  return { exact, shown }
}

/** Pixels that are 0 where the link should have shown something: what NaN becomes on its way to 8 bits. */
export function nanFault(alignment: Alignment, exact: Picture, tones: Tones, resized: boolean): Finding[] {
  const { bars, placed, layout } = alignment
  const { width, height, planes } = bars.masked
  // The rim of the content may be mixed with bars.
  const rim = bars.content ? 3 : 0
  // A kernel's overshoot may reach 0 beside an edge, so nothing near may be dark; its own rounding takes what is left.
  // So may an edge of a photograph's own shadows, were it a part of a pixel off.
  const shadows = placed.planes.every(
    (plane) => plane.reduce((sum, value) => sum + (value < 24 ? 1 : 0), 0) > plane.length * 0.002,
  )
  const reach = resized || shadows ? 2 : 0
  // Few levels make what is nearly dark black.
  const least = 24 + (tones.levels ? stepOf(tones) : 0)
  const counts = { pixels: 0, samples: 0, dim: 0, seen: 0 }
  for (let y = bars.top + rim + reach; y < height - bars.bottom - rim - reach; y++) {
    for (let x = bars.left + rim + reach; x < width - bars.right - rim - reach; x++) {
      const i = y * width + x
      counts.seen++
      if (Number.isNaN(placed.planes[0][i]!)) continue
      // What alpha darkened is no NaN.
      if (placed.alpha && placed.alpha[i]! < 250) continue
      let [lost, dim] = [0, 0]
      for (let c = 0; c < 3; c++) {
        const value = planes[c]![i]!
        if (!(value < 12) || !lit(exact.planes[c]!, i, width, reach, least)) continue
        if (value === 0) lost++
        else dim++
      }
      // Where samples were put in order again, those of one pixel are scattered.
      if (lost === 3 || (layout && lost > 0)) counts.pixels++
      else if (lost > 0) counts.samples++
      if (dim > 0) counts.dim++
    }
  }
  const covered = coveredPixels(alignment)
  // NaN is black or nothing: where as many are nearly black, something darkens.
  const pixels = counts.pixels > Math.max(resized || bars.content ? 2 : 0, counts.dim * 2) ? counts.pixels : 0
  // Colour at half resolution blackens a channel here and there.
  const samples = counts.samples > Math.max(8, counts.seen * 0.005, counts.dim * 4) ? counts.samples : 0
  const all = pixels + samples + covered
  return all > 0 ? [finding('NAN', { pixels: all, share: round(all / (counts.seen + covered)) })] : []
}

/** Pixels of black bars under which the sent picture goes on, away from their rim. */
function coveredPixels({ bars, placed }: Alignment): number {
  const { left, right, top, bottom, whole } = bars
  const { width, height } = whole
  const rim = 3
  let count = 0
  for (let y = 0; bars.content && y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x >= left - rim && x < width - right + rim && y >= top - rim && y < height - bottom + rim
      const i = y * width + x
      if (!inside && !Number.isNaN(placed.planes[0][i]!) && whole.planes.every((plane) => plane[i] === 0)) count++
    }
  }
  return count
}

function lit(plane: Float32Array, at: number, width: number, reach: number, least: number): boolean {
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) if (!(plane[at + dy * width + dx]! > least)) return false
  }
  return true
}

/** Cut off instead of rounded: the errors on even places are 0 or -1, and not of both signs. */
export function truncationFault(
  { flat, received }: Alignment,
  exact: Picture,
  story: ColorStory,
  { low, high, clippedLow, clippedHigh, levels }: Tones,
  resized: boolean,
): Finding[] {
  // Of few levels none says where it was cut.
  if (levels) return []
  // A clipped value has nothing left to cut.
  const [lowest, highest] = [
    clippedLow ? low + 1 : Number.NEGATIVE_INFINITY,
    clippedHigh ? high - 1 : Number.POSITIVE_INFINITY,
  ]
  let [count, lower, higher, sum, wild] = [0, 0, 0, 0, 0]
  for (let i = 0; i < flat.length; i++) {
    if (!flat[i]) continue
    for (let c = 0; c < 3; c++) {
      const expected = exact.planes[c]![i]!
      const error = received.planes[c]![i]! - expected
      if (Number.isNaN(error) || expected < lowest || expected > highest) continue
      count++
      sum += error
      if (error < -0.55) lower++
      if (error > 0.55) higher++
      if (Math.abs(error) > 1.6) wild++
    }
  }
  const mean = sum / Math.max(1, count)
  const evidence = { meanError: round(mean), lower: round(lower / Math.max(1, count)) }
  if (story.floored) return [finding('TRUNCATED', evidence)]
  // A fitted curve or gain, and a resize, are off by a part of a step themselves: there some places will not do.
  const rough = resized || story.curve.code !== undefined || story.normalization !== undefined
  const least = rough ? 0.3 : 0.008
  const oneSided =
    lower > count * least && higher < lower / 8 && wild < Math.min(count * 0.05, lower * 0.25) && mean > -1.01
  return oneSided ? [finding('TRUNCATED', evidence)] : []
}

/** Values piled up at a bound, and levels that are missing. */
export function toneFaults(tones: Tones, story: ColorStory, exact: Picture): Finding[] {
  if (tones.levels) return [finding('QUANTIZED', { levels: tones.levels.length })]
  const found: Finding[] = []
  const beyond = (limit: number, sign: 1 | -1): number => {
    let [count, over] = [0, 0]
    for (const plane of exact.planes) {
      for (const value of plane) {
        if (Number.isNaN(value)) continue
        count++
        if ((value - limit) * sign > 1.5) over++
      }
    }
    return over / count
  }
  const [above, below] = [tones.clippedHigh ? beyond(tones.high, 1) : 0, tones.clippedLow ? beyond(tones.low, -1) : 0]
  // A wrong range or matrix clips at 0 and 255 by itself; a clip anywhere else, or by a gain, is news.
  const own = story.normalization !== undefined
  const high = above > 0.004 && (tones.high < 254 || own)
  const low = below > 0.004 && (tones.low > 1 || own)
  if (high || low) {
    const evidence = {
      ...(high && { high: tones.high, shareAbove: round(above) }),
      ...(low && { low: tones.low, shareBelow: round(below) }),
    }
    found.push(finding('SATURATED', evidence))
  }
  return found
}

/** Colours multiplied by alpha, or laid over a background: the error grows with 1 - alpha. */
export function alphaFault({ placed, received }: Alignment, story: ColorStory, tones: Tones): Finding[] {
  const { alpha } = placed
  if (!alpha) return []
  const errors = { straight: 0, black: 0, white: 0 }
  let count = 0
  const [r, g, b] = placed.planes
  for (let i = 0; i < alpha.length; i++) {
    const a = alpha[i]! / 255
    if (!(a > 0.02 && a < 0.97)) continue
    for (let c = 0; c < 3; c++) {
      const value = received.planes[c]![i]!
      if (Number.isNaN(value)) continue
      const off = (guess: number): number => Math.min((toned(guess, tones) - value) ** 2, 2500)
      const over = (background: number): number => {
        const rest = background * (1 - a)
        return predict(story, c, r[i]! * a + rest, g[i]! * a + rest, b[i]! * a + rest)
      }
      const straight = predict(story, c, r[i]!, g[i]!, b[i]!)
      errors.straight += off(straight)
      errors.black += Math.min(off(over(0)), off(straight * a))
      errors.white += Math.min(off(over(255)), off(straight * a + 255 * (1 - a)))
      count++
    }
  }
  if (count < 30 || Math.sqrt(errors.straight / count) < 3) return []
  const [background, least] =
    errors.black <= errors.white ? (['black', errors.black] as const) : (['white', errors.white] as const)
  if (least > errors.straight * 0.25) return []
  const evidence = { background, error: round(Math.sqrt(errors.straight / count)) }
  // Where no alpha came back there is none to be wrong: that happens to every screenshot.
  const flattened = received.alpha?.every((value) => value === 255)
  return flattened
    ? [finding('ALPHA_PREMULTIPLIED', { ...evidence, alpha: 'lost' }, [], true)]
    : [finding('ALPHA_PREMULTIPLIED', evidence)]
}
