import { I2iError, openColorEngine, type PixelBinding, type RawImage, type Tensor } from '@i2i/core'

/** A tensor as the picture it stands for, by the float64 reference and at the tensor's own size. */
export async function tensorPicture(tensor: Tensor, binding: PixelBinding): Promise<RawImage> {
  using engine = await openColorEngine({ engine: 'reference' })
  const { layout, dtype, channels, mean, std } = binding
  const [height, width] = layout === 'NCHW' ? tensor.dims.slice(2) : tensor.dims.slice(1)
  if (!width || !height || tensor.location !== 'cpu') {
    throw new I2iError('SHAPE_MISMATCH', `tensor ${JSON.stringify(tensor.dims)} is no ${layout} picture`)
  }
  const format = { width, height, layout, dtype, channels, ...(mean && { mean }), ...(std && { std }) }
  return engine.unpack(tensor.data, format, { format: 'RGBA' })
}
