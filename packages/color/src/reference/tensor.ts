import { float16ToNumber } from '../float16.js'
import { normalisation, type PixelTensorData, tensorChannels } from '../tensor-format.js'
import type { TensorFormat } from '../types.js'

/** Where pixel i (row by row) of a channel lies in the tensor's data. */
export function elementIndex(tensor: TensorFormat, channel: number): (pixel: number) => number {
  if (tensor.layout === 'NHWC') {
    const channels = tensorChannels(tensor.channels)
    return (pixel) => pixel * channels + channel
  }
  const start = channel * tensor.width * tensor.height
  return (pixel) => start + pixel
}

/** Every channel as pixel values, row by row: (value * std + mean) * 255, NaN as 0, infinities as black and white. */
export function readTensor(data: PixelTensorData, tensor: TensorFormat): readonly Float64Array[] {
  const { mean, std } = normalisation(tensor)
  return mean.map((offset, channel) => {
    const index = elementIndex(tensor, channel)
    return new Float64Array(tensor.width * tensor.height).map((_, i) => {
      const stored = data[index(i)]!
      if (tensor.dtype === 'uint8') return stored
      const value = tensor.dtype === 'float16' ? float16ToNumber(stored) : stored
      const pixel = (value * std[channel]! + offset) * 255
      // An infinity would make NaN of its neighbours in a resize; NaN is not above 0, and so becomes 0.
      return Number.isFinite(pixel) ? pixel : pixel > 0 ? 255 : 0
    })
  })
}
