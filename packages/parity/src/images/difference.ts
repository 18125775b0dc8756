import { createImage, type RawImage } from '@i2i/core'
import { refuseUnlike, samplesOf } from './samples.js'

/** A picture of where two pictures differ. */
export interface DifferencePicture {
  /** RGB; black is no difference, white `peak` or more. */
  readonly image: RawImage
  /** The difference that is drawn white: in 8-bit steps for pictures. */
  readonly peak: number
  /** The largest difference there is. */
  readonly largest: number
}

// Black, purple, red, orange, pale yellow: rises in lightness all the way, so it reads in grey print and by colour-blind people.
const stops = [
  [0, 0, 0],
  [74, 12, 107],
  [187, 55, 84],
  [249, 142, 9],
  [252, 255, 224],
] as const

/** The colour of a share of full scale (0 to 1). */
export function heat(share: number): readonly [number, number, number] {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1)
  const index = Math.min(stops.length - 2, Math.floor(place))
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(stops[index]![channel] + (stops[index + 1]![channel] - stops[index]![channel]) * (place - index))
  return [mix(0), mix(1), mix(2)]
}

/**
 * The largest difference of each pixel's samples (alpha included), amplified so that `peak` (default: the largest of all) is white.
 * @throws SHAPE_MISMATCH for other sizes, OPTION_INVALID for samples that do not mean the same
 */
export function differenceImage(a: RawImage, b: RawImage, options: { peak?: number } = {}): DifferencePicture {
  refuseUnlike(a, b)
  const errors = pixelErrors(a, b)
  const largest = errors.reduce((top, error) => Math.max(top, error), 0)
  const peak = options.peak ?? Math.max(1, largest)
  const colors = Array.from({ length: 256 }, (_, error) => heat(error / peak))
  const image = createImage('RGB', a.width, a.height)
  const { data, stride } = image.planes[0]!
  for (let y = 0; y < a.height; y++)
    for (let x = 0; x < a.width; x++) data.set(colors[errors[y * a.width + x]!]!, y * stride + x * 3)
  return { image, peak, largest }
}

function pixelErrors(a: RawImage, b: RawImage): Uint8Array {
  const [left, right] = [samplesOf(a), samplesOf(b)]
  const pairs = left.color.map((plane, i): [Uint8Array, Uint8Array] => [plane, right.color[i]!])
  if (left.alpha && right.alpha) pairs.push([left.alpha, right.alpha])
  const errors = new Uint8Array(a.width * a.height)
  const chromaWidth = Math.ceil(a.width / 2)
  for (const [one, other] of pairs) {
    // Chroma of 4:2:0 counts for the four pixels that share it.
    const shared = one.length < errors.length
    for (let i = 0; i < errors.length; i++) {
      const at = shared ? (Math.floor(i / a.width) >> 1) * chromaWidth + ((i % a.width) >> 1) : i
      errors[i] = Math.max(errors[i]!, Math.abs(one[at]! - other[at]!))
    }
  }
  return errors
}
