import { colorFamily, defaultLuma, yuvCoefficients } from '../color-space.js'
import type { SamplingPlan } from '../geometry.js'
import { hasAlpha } from '../image.js'
import { type UnpackRequest, unpackRequest } from '../request.js'
import type { RawImage, TensorData, TensorFormat, UnpackOptions } from '../types.js'
import { clampPixel, loadLuma, luma, storeLuma } from './color.js'
import { type RgbPicture, sampleAlpha } from './picture.js'
import { applyPad, samplePlane } from './sample.js'
import { readTensor } from './tensor.js'
import { writeLuma, writeNeutralChroma, writeRgb } from './write.js'

/** The tensor as an image, in `into` or a new one: denormalise, resize in float, clamp, convert, each sample rounded once. */
export function unpack(
  data: TensorData,
  tensor: TensorFormat,
  to: UnpackOptions,
  into: RawImage | undefined,
): RawImage {
  const request = unpackRequest(data, tensor, to, into)
  const { plan, target } = request
  const channels = readTensor(request.data, tensor).map((pixels) => {
    const read = (x: number, y: number): number => pixels[y * tensor.width + x]!
    return samplePlane(read, plan, 'full').map(clampPixel)
  })
  if (tensor.channels === 'Y' && colorFamily(target.format) === 'yuv') {
    writeStoredLuma(channels[0]!, plan, target)
    return target
  }
  const picture = rgbPicture(channels, tensor.channels, plan)
  const a = alphaOf(request, to, picture)
  const { r, g, b } = picture
  writeRgb(a === undefined ? { r, g, b } : { r, g, b, a }, target, to.chroma?.down)
  return target
}

/** Luma as stored goes back as it is: what range it was stored in is the target's to say. */
function writeStoredLuma(stored: Float64Array, plan: SamplingPlan, target: RawImage): void {
  const k = yuvCoefficients(target.colorSpace)
  if (plan.pad !== 'edge') {
    const [r, g, b] = plan.pad
    applyPad(stored, plan, storeLuma(k, luma(k, r, g, b)))
  }
  writeLuma(stored, target)
  writeNeutralChroma(target)
}

function rgbPicture(
  channels: readonly Float64Array[],
  order: TensorFormat['channels'],
  plan: SamplingPlan,
): RgbPicture {
  const picture = orderChannels(channels, order)
  if (plan.pad === 'edge') return picture
  const [r, g, b, a] = plan.pad
  applyPad(picture.r, plan, r)
  applyPad(picture.g, plan, g)
  applyPad(picture.b, plan, b)
  const alpha = picture.a ?? new Float64Array(picture.r.length).fill(255)
  applyPad(alpha, plan, a)
  return { ...picture, a: alpha }
}

function orderChannels(channels: readonly Float64Array[], order: TensorFormat['channels']): RgbPicture {
  const [first, second, third, fourth] = channels
  switch (order) {
    case 'RGB':
      return { r: first!, g: second!, b: third! }
    case 'BGR':
      return { r: third!, g: second!, b: first! }
    case 'RGBA':
      return { r: first!, g: second!, b: third!, a: fourth! }
    case 'GRAY':
      return { r: first!, g: first!.slice(), b: first!.slice() }
    case 'Y': {
      const k = yuvCoefficients(defaultLuma)
      const gray = first!.map((stored) => clampPixel(loadLuma(k, stored)))
      return { r: gray, g: gray.slice(), b: gray.slice() }
    }
    default:
      return order satisfies never
  }
}

/** The alpha image's where one was given, else the tensor's own. */
function alphaOf(
  { target, alphaPlan }: UnpackRequest,
  to: UnpackOptions,
  picture: RgbPicture,
): Float64Array | undefined {
  if (!hasAlpha(target.format)) return undefined
  if (to.alpha === undefined) return picture.a
  return alphaPlan && sampleAlpha(to.alpha, alphaPlan)
}
