import type { Alignment } from './align.js'
import { type ColorStory, predict } from './color-fit.js'
import { round } from './color-models.js'
import { type Finding, finding } from './findings.js'
import { blank, type Picture } from './picture.js'
import type { Tones } from './tones.js'
import { toned } from './tones.js'

/** The sent picture with the colours of a story: as floats, and clipped and rounded as received pixels are. */
export function render(
  placed: Picture,
  story: ColorStory,
  tones: Tones,
): { readonly exact: Picture; readonly shown: Picture } {
  const { width, height, planes } = placed
  const [exact, shown] = [blank(width, height), blank(width, height)]
  const [r, g, b] = planes
  for (let i = 0; i < r.length; i++) {
    const colors = predict(story, [r[i]!, g[i]!, b[i]!])
    for (let c = 0; c < 3; c++) {
      exact.planes[c]![i] = colors[c]!
      shown.planes[c]![i] = Number.isNaN(colors[c]!) ? Number.NaN : toned(colors[c]! - (story.floored ? 0.5 : 0), tones)
    }
  }
  return { exact, shown }
}

/** Pixels that are 0 where the link should have shown something: what NaN becomes on its way to 8 bits. */
export function nanFault({ bars, received, flat }: Alignment, exact: Picture, resized: boolean): Finding[] {
  const { width, height, planes } = bars.masked
  // The rim of the content may be mixed with bars; a kernel's overshoot may reach 0 beside an edge.
  const rim = bars.content ? 3 : 0
  let [pixels, seen] = [0, 0]
  for (let y = bars.top + rim; y < height - bars.bottom - rim; y++) {
    for (let x = bars.left + rim; x < width - bars.right - rim; x++) {
      const i = y * width + x
      seen++
      if (!Number.isNaN(received.planes[0][i]!) || (resized && !flat[i])) continue
      if (planes.every((plane, c) => plane[i] === 0 && exact.planes[c]![i]! > 24)) pixels++
    }
  }
  return pixels > (resized || bars.content ? 2 : 0) ? [finding('NAN', { pixels, share: round(pixels / seen) })] : []
}

/** Cut off instead of rounded: the errors on even places are 0 or -1, and not of both signs. */
export function truncationFault({ flat, received }: Alignment, exact: Picture, story: ColorStory): Finding[] {
  let [count, lower, higher, sum, wild] = [0, 0, 0, 0, 0]
  for (let i = 0; i < flat.length; i++) {
    if (!flat[i]) continue
    for (let c = 0; c < 3; c++) {
      const error = received.planes[c]![i]! - exact.planes[c]![i]!
      if (Number.isNaN(error)) continue
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
  const oneSided = lower > count * 0.008 && higher < lower / 12 && wild < count * 0.02 && mean > -1.01
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
  for (let i = 0; i < alpha.length; i++) {
    const a = alpha[i]! / 255
    if (!(a > 0.02 && a < 0.97)) continue
    const sent = placed.planes.map((plane) => plane[i]!)
    const over = (background: number): readonly [number, number, number] => {
      const [r, g, b] = sent.map((value) => value * a + background * (1 - a))
      return [r!, g!, b!]
    }
    const straight = predict(story, [sent[0]!, sent[1]!, sent[2]!])
    const [black, white] = [predict(story, over(0)), predict(story, over(255))]
    for (let c = 0; c < 3; c++) {
      const value = received.planes[c]![i]!
      if (Number.isNaN(value)) continue
      const off = (guess: number): number => Math.min((toned(guess, tones) - value) ** 2, 2500)
      errors.straight += off(straight[c]!)
      errors.black += Math.min(off(black[c]!), off(straight[c]! * a))
      errors.white += Math.min(off(white[c]!), off(straight[c]! * a + 255 * (1 - a)))
      count++
    }
  }
  if (count < 30 || Math.sqrt(errors.straight / count) < 3) return []
  const [background, least] =
    errors.black <= errors.white ? (['black', errors.black] as const) : (['white', errors.white] as const)
  if (least > errors.straight * 0.25) return []
  return [finding('ALPHA_PREMULTIPLIED', { background, error: round(Math.sqrt(errors.straight / count)) })]
}
