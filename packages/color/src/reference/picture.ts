import { colorFamily, defaultLuma, type YuvCoefficients, yuvCoefficients } from '../color-space.js'
import type { SamplingPlan } from '../geometry.js'
import { chromaLayout, packedLayout } from '../image.js'
import type { Plane, RawImage } from '../types.js'
import { loadLuma, luma, rgbFromYuv, storeLuma } from './color.js'
import { type Read, samplePlane } from './sample.js'

/** Red, green and blue of every pixel on the scale where white is 255, and alpha where there is one; not clamped. */
export interface RgbPicture {
  readonly r: Float64Array
  readonly g: Float64Array
  readonly b: Float64Array
  readonly a?: Float64Array
}

/** An image's own samples at every target pixel of a plan. */
export type Sampled =
  | ({ readonly family: 'rgb' } & RgbPicture)
  | { readonly family: 'gray'; readonly luma: Float64Array }
  | {
      readonly family: 'yuv'
      readonly y: Float64Array
      readonly u: Float64Array
      readonly v: Float64Array
      readonly k: YuvCoefficients
    }

function reader({ data, stride }: Plane, offset: number, step: number): Read {
  return (x, y) => data[y * stride + x * step + offset]!
}

/** The alpha of every target pixel; undefined for a format without. */
export function sampleAlpha(image: RawImage, plan: SamplingPlan): Float64Array | undefined {
  const layout = packedLayout(image.format)
  if (layout?.a === undefined) return undefined
  return samplePlane(reader(image.planes[0]!, layout.a, layout.bytes), plan, 'full')
}

/** Samples each plane of the image on its own, before any colour conversion. */
export function sampleImage(image: RawImage, plan: SamplingPlan): Sampled {
  const first = image.planes[0]!
  const chroma = chromaLayout(image.format)
  if (chroma !== undefined) {
    const half = (c: { plane: number; offset: number; step: number }): Float64Array =>
      samplePlane(reader(image.planes[c.plane]!, c.offset, c.step), plan, 'half')
    return {
      family: 'yuv',
      y: samplePlane(reader(first, 0, 1), plan, 'full'),
      u: half(chroma.u),
      v: half(chroma.v),
      k: yuvCoefficients(image.colorSpace),
    }
  }
  if (colorFamily(image.format) === 'gray')
    return { family: 'gray', luma: samplePlane(reader(first, 0, 1), plan, 'full') }
  const layout = packedLayout(image.format)!
  const channel = (offset: number): Float64Array => samplePlane(reader(first, offset, layout.bytes), plan, 'full')
  const a = sampleAlpha(image, plan)
  return { family: 'rgb', r: channel(layout.r), g: channel(layout.g), b: channel(layout.b), ...(a && { a }) }
}

/** The samples as RGB, neither clamped nor rounded. */
export function toRgb(sampled: Sampled): RgbPicture {
  switch (sampled.family) {
    case 'rgb':
      return sampled
    case 'gray':
      return { r: sampled.luma, g: sampled.luma, b: sampled.luma }
    case 'yuv': {
      const { y, u, v, k } = sampled
      const [r, g, b] = [new Float64Array(y.length), new Float64Array(y.length), new Float64Array(y.length)]
      for (let i = 0; i < y.length; i++) [r[i]!, g[i]!, b[i]!] = rgbFromYuv(k, y[i]!, u[i]!, v[i]!)
      return { r, g, b }
    }
    default:
      return sampled satisfies never
  }
}

/** The samples as full-range luma; RGB is weighed by `weights`, YUV keeps the luma that it stores. */
export function toFullLuma(sampled: Sampled, weights: YuvCoefficients): Float64Array {
  switch (sampled.family) {
    case 'rgb':
      return sampled.r.map((r, i) => luma(weights, r, sampled.g[i]!, sampled.b[i]!))
    case 'gray':
      return sampled.luma
    case 'yuv':
      return sampled.y.map((y) => loadLuma(sampled.k, y))
    default:
      return sampled satisfies never
  }
}

/** Luma as the image stores it; for an image that stores none, as smpte170m limited would. */
export function toStoredLuma(sampled: Sampled): Float64Array {
  if (sampled.family === 'yuv') return sampled.y
  const weights = yuvCoefficients(defaultLuma)
  return toFullLuma(sampled, weights).map((y) => storeLuma(weights, y))
}
