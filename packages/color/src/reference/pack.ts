import { defaultLuma, yuvCoefficients } from '../color-space.js'
import { float16FromNumber } from '../float16.js'
import type { SamplingPlan } from '../geometry.js'
import { packRequest } from '../request.js'
import { createTensorData, normalisation, tensorDims } from '../tensor-format.js'
import type { PackedTensor, PackOptions, RawImage, TensorData, TensorFormat } from '../types.js'
import { clampPixel, luma, storeLuma, toByte } from './color.js'
import { type Sampled, sampleImage, toFullLuma, toRgb, toStoredLuma } from './picture.js'
import { applyPad } from './sample.js'
import { elementIndex } from './tensor.js'

/** The image as a tensor: geometry, sampling of each plane, YUV to RGB, clamp, normalise, lay out; nothing is rounded to 8 bit on the way. */
export function pack(
  image: RawImage,
  tensor: TensorFormat,
  options: PackOptions | undefined,
  into: TensorData | undefined,
): PackedTensor {
  const request = packRequest(image, tensor, options, into)
  const { plan } = request
  const data = request.data ?? createTensorData(tensor)
  const { mean, std } = normalisation(tensor)
  const channels = tensorPixels(sampleImage(image, plan), tensor.channels)
  const pads = padPixels(image, tensor.channels, plan.pad)
  channels.forEach((pixels, channel) => {
    const clamped = pixels.map(clampPixel)
    applyPad(clamped, plan, pads[channel]!)
    const index = elementIndex(tensor, channel)
    clamped.forEach((pixel, i) => {
      const value = (pixel / 255 - mean[channel]!) / std[channel]!
      if (tensor.dtype === 'uint8') data[index(i)] = toByte(pixel)
      else data[index(i)] = tensor.dtype === 'float16' ? float16FromNumber(value) : value
    })
  })
  return {
    location: 'cpu',
    data,
    dims: tensorDims(tensor),
    dtype: tensor.dtype,
    transform: plan.map,
    // Ordinary memory: the garbage collector frees it.
    [Symbol.dispose]: () => {},
  }
}

/** Pixel values of every tensor channel, in its order. */
function tensorPixels(sampled: Sampled, channels: TensorFormat['channels']): readonly Float64Array[] {
  switch (channels) {
    case 'RGB':
    case 'BGR':
    case 'RGBA': {
      const { r, g, b, a } = toRgb(sampled)
      if (channels === 'RGBA') return [r, g, b, a ?? new Float64Array(r.length).fill(255)]
      return channels === 'RGB' ? [r, g, b] : [b, g, r]
    }
    case 'GRAY':
      return [toFullLuma(clampedRgb(sampled), yuvCoefficients(defaultLuma))]
    case 'Y':
      return [toStoredLuma(clampedRgb(sampled))]
    default:
      return channels satisfies never
  }
}

/** Bicubic overshoot is cut off before RGB is weighed into luma, as it is in a tensor that holds the RGB itself. */
function clampedRgb(sampled: Sampled): Sampled {
  if (sampled.family !== 'rgb') return sampled
  const { r, g, b } = sampled
  return { family: 'rgb', r: r.map(clampPixel), g: g.map(clampPixel), b: b.map(clampPixel) }
}

/** The pad colour as each tensor channel holds it. */
function padPixels(image: RawImage, channels: TensorFormat['channels'], pad: SamplingPlan['pad']): readonly number[] {
  const [r, g, b, a] = pad === 'edge' ? [0, 0, 0, 0] : pad
  const weights = yuvCoefficients(defaultLuma)
  const stored = image.planes.length > 1 ? yuvCoefficients(image.colorSpace) : weights
  switch (channels) {
    case 'RGB':
      return [r, g, b]
    case 'BGR':
      return [b, g, r]
    case 'RGBA':
      return [r, g, b, a]
    case 'GRAY':
      return [luma(weights, r, g, b)]
    case 'Y':
      return [storeLuma(stored, luma(stored, r, g, b))]
    default:
      return channels satisfies never
  }
}
