import { type ColorModel, colorModels } from './color-models.js'
import { allCurves, type Curve, linear, powerCurve } from './curves.js'
import type { ColorPair } from './flats.js'
import { fitLine, type Tones, toned, unexplainedFrom } from './tones.js'

/** Per-channel gain and offset, in 8-bit steps. */
interface Affine3 {
  readonly gain: readonly number[]
  readonly offset: readonly number[]
}

/** What happened to the colours: a linear model, a tone curve, a per-channel affine, a cut instead of rounding. */
export interface ColorStory {
  readonly model: ColorModel
  readonly curve: Curve
  readonly normalization?: Affine3
  readonly floored: boolean
  /** How many faults it takes. */
  readonly faults: number
  /** Root mean square error over the even places, in 8-bit steps. */
  readonly rms: number
}

/** The simplest story that explains the colours, and those as simple that explain them as well. */
export interface ColorDiagnosis {
  readonly chosen: ColorStory
  readonly equals: readonly ColorStory[]
}

const most = 3

/** Tries every combination of linear model, tone curve, affine and floor on pairs of colours. */
export function fitColors(pairs: readonly ColorPair[], tones: Tones): ColorDiagnosis {
  const models = colorModels()
  const stories = models.flatMap((model) => [
    measure(pairs, tones, { model, curve: linear, floored: false }),
    measure(pairs, tones, { model, curve: linear, floored: true }),
  ])
  const slack = 0.15 + (tones.levels ? spacing(tones.levels) * 0.04 : 0)
  const plain = Math.min(...stories.map(({ rms }) => rms))
  // 8-bit YUV in between leaves half a step; below that nothing is left for curves and affines to explain.
  if (plain > 0.75 + slack) stories.push(...furtherStories(pairs, tones, models))
  const found = choose(stories, slack)
  // A fit that leaves most of the error, and more than noise, explains nothing.
  const idle = found.chosen.rms > Math.max(unexplainedFrom(tones), plain * 0.4)
  return idle
    ? choose(
        stories.filter(({ curve, normalization }) => !curve.code && !normalization),
        slack,
      )
    : found
}

function furtherStories(pairs: readonly ColorPair[], tones: Tones, models: readonly ColorModel[]): ColorStory[] {
  const curves = allCurves()
  // Some pairs, from light to dark, tell which of the thousands of stories deserve all of them.
  const some = pairs.filter((_, i) => i % Math.ceil(pairs.length / 36) === 0)
  const few = models.filter(({ codes }) => codes.length < most)
  const straight = few.flatMap((model) => withAffine(pairs, tones, model, linear))
  const bent = few.flatMap((model) => curves.map((curve) => measure(some, tones, { model, curve, floored: false })))
  const both = few
    .filter(({ codes }) => codes.length < most - 1)
    .flatMap((model) => curves.flatMap((curve) => withAffine(some, tones, model, curve)))
  const likely = [...best(bent, 8), ...best(both, 8)].flatMap(({ model, curve, normalization }) =>
    normalization ? withAffine(pairs, tones, model, curve) : [measure(pairs, tones, { model, curve, floored: false })],
  )
  return [...straight, ...likely.flatMap((story) => [story, ...sharpen(pairs, tones, story)])]
}

function best(stories: readonly ColorStory[], count: number): readonly ColorStory[] {
  return stories.toSorted((a, b) => a.rms - b.rms).slice(0, count)
}

// A coarse exponent is made exact by a golden-section search about it.
function sharpen(pairs: readonly ColorPair[], tones: Tones, story: ColorStory): ColorStory[] {
  const { exponent } = story.curve
  if (exponent === undefined) return []
  const at = (log: number): ColorStory => {
    const curve = powerCurve(Math.exp(log))
    if (!story.normalization) return measure(pairs, tones, { model: story.model, curve, floored: false })
    return withAffine(pairs, tones, story.model, curve)[0] ?? story
  }
  let [low, high] = [Math.log(exponent) - 0.15, Math.log(exponent) + 0.15]
  const golden = (Math.sqrt(5) - 1) / 2
  for (let round = 0; round < 14; round++) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)]
    if (at(a).rms < at(b).rms) high = b
    else low = a
  }
  const found = at((low + high) / 2)
  // An exponent of 1 is no curve.
  if (Math.abs((low + high) / 2) < 0.02) return []
  return [found, measure(pairs, tones, { ...found, floored: true })]
}

type Untested = Omit<ColorStory, 'rms' | 'faults'>

function withAffine(pairs: readonly ColorPair[], tones: Tones, model: ColorModel, curve: Curve): ColorStory[] {
  const plain: Untested = { model, curve, floored: false }
  const gain = [1, 1, 1]
  const offset = [0, 0, 0]
  const [low, high] = [Math.max(tones.clippedLow ? tones.low : 0, 0) + 1, (tones.clippedHigh ? tones.high : 255) - 1]
  for (let c = 0; c < 3; c++) {
    const points = pairs
      .filter(({ received }) => received[c]! > low && received[c]! < high)
      .map(
        ({ sent, received, weight }) => [predict(plain, c, sent[0], sent[1], sent[2]), received[c]!, weight] as const,
      )
    if (points.length < 4) return []
    const first = fitLine(points)
    if (!first) return []
    const close = points.filter(([x, y]) => Math.abs(first[0] * x + first[1] - y) < 12)
    const line = (close.length > points.length / 2 ? fitLine(close) : undefined) ?? first
    if (!(line[0] > 0.05 && line[0] < 8)) return []
    ;[gain[c], offset[c]] = line
  }
  return [measure(pairs, tones, { model, curve, floored: false, normalization: { gain, offset } })]
}

/** What a story makes of one channel of a colour, before clipping, quantising and rounding. */
export function predict({ model, curve, normalization }: Untested, c: number, r: number, g: number, b: number): number {
  const row = model.map[c]!
  const value = curve.apply(row[0] * r + row[1] * g + row[2] * b + row[3])
  return normalization ? normalization.gain[c]! * value + normalization.offset[c]! : value
}

function measure(pairs: readonly ColorPair[], tones: Tones, story: Untested): ColorStory {
  const half = tones.levels ? spacing(tones.levels) / 2 : 0
  let [sum, weights] = [0, 0]
  for (const { sent, received, weight } of pairs) {
    for (let c = 0; c < 3; c++) {
      const value = received[c]!
      const exact = predict(story, c, sent[0], sent[1], sent[2])
      const shown = toned(exact, tones)
      // A cut value lies up to one step below; what it would take by chance is added.
      // Of a quantised value it is known only which level was nearest.
      const off = tones.levels ? Math.max(0, Math.abs(exact - value) - half) : shown - value
      // A cut value lies up to one step below; what it would take by chance is added.
      const error = story.floored ? Math.max(0, -off, off - 1) ** 2 + 0.03 : off ** 2
      sum += Math.min(error, 900) * weight
      weights += weight
    }
  }
  const faults =
    story.model.codes.length + (story.curve.code ? 1 : 0) + (story.normalization ? 1 : 0) + (story.floored ? 1 : 0)
  return { ...story, faults, rms: Math.sqrt(sum / weights) }
}

function choose(stories: readonly ColorStory[], slack: number): ColorDiagnosis {
  const least = Math.min(...stories.map(({ rms }) => rms))
  const limit = least * 1.35 + slack
  const able = stories.filter(({ rms }) => rms <= limit)
  const fewest = Math.min(...able.map(({ faults }) => faults))
  const simple = able.filter(({ faults }) => faults === fewest).toSorted((a, b) => a.rms - b.rms)
  const chosen = simple[0]!
  return { chosen, equals: simple.slice(1).filter(({ rms }) => rms <= chosen.rms * 1.15 + slack / 4) }
}

function spacing(levels: readonly number[]): number {
  return (levels.at(-1)! - levels[0]!) / (levels.length - 1)
}
