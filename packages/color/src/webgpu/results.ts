import { I2iError } from '../error.js'
import { createImage, planeSizes } from '../image.js'
import { createTensorData, tensorDims } from '../tensor-format.js'
import type { Affine, RawImage, TensorData, TensorFormat } from '../types.js'
import type { Verdict } from './acceptance.js'
import type { GpuBuffer } from './gpu.js'
import type { Lease } from './pool.js'
import { type Reading, readBuffer } from './readback.js'
import { bytesNeeded } from './shapes.js'
import type { BoundTarget } from './targets.js'
import type { GpuPackedTensor, GpuPicture } from './types.js'

/** The tensor that pack() gives. */
export function packedTensor(
  reading: Reading,
  format: TensorFormat,
  at: { readonly buffer: GpuBuffer; readonly offset: number; readonly lease: Lease<GpuBuffer> | undefined },
  transform: Affine,
  verdict: Verdict,
  release: () => void,
): GpuPackedTensor {
  let disposed = false
  const dispose = (): void => {
    if (disposed) return
    disposed = true
    at.lease?.release()
    release()
  }
  return {
    location: 'gpu',
    // Dom<'GPUBuffer'>: never to whoever has no such type.
    buffer: at.buffer as never,
    dims: tensorDims(format),
    dtype: format.dtype,
    transform,
    async read(): Promise<TensorData> {
      if (disposed || at.lease?.released) throw new I2iError('DISPOSED', 'This tensor was disposed; read it before.')
      await verdict.accepted()
      const data = createTensorData(format)
      const bytes = await readBuffer(reading, at.buffer, at.offset, data.byteLength)
      new Uint8Array(data.buffer).set(new Uint8Array(bytes))
      return data
    },
    dispose,
    [Symbol.dispose]: dispose,
  }
}

/** What results and lent pictures are made with. */
export interface PictureParts extends Reading {
  /** Reads a picture in a texture, by way of a buffer. */
  readTexture(picture: GpuPicture): Promise<RawImage>
  readonly disposed: WeakSet<object>
}

/** The picture that convert(), unpack(), upload() and allocate() give. */
export function gpuPicture(
  parts: PictureParts,
  { shape, buffer, texture, lease }: BoundTarget,
  verdict: Verdict,
  release: () => void,
): GpuPicture {
  const { format, width, height, colorSpace } = shape
  const dispose = (): void => {
    if (parts.disposed.has(picture)) return
    parts.disposed.add(picture)
    lease?.release()
    release()
  }
  const picture: GpuPicture = {
    format,
    width,
    height,
    colorSpace,
    ...(buffer && { buffer: buffer.resource as never, planes: buffer.planes }),
    ...(texture && { texture: texture.resource as never, premultiplied: texture.premultiplied }),
    async read(): Promise<RawImage> {
      if (parts.disposed.has(picture) || lease?.released)
        throw new I2iError('DISPOSED', 'This picture was disposed; read it before.')
      await verdict.accepted()
      if (buffer === undefined) return await parts.readTexture(picture)
      const bytes = await readBuffer(parts, buffer.resource, 0, bytesNeeded(format, width, height, buffer.planes))
      return tightImage(picture, new Uint8Array(bytes))
    },
    dispose,
    [Symbol.dispose]: dispose,
  }
  return picture
}

function tightImage({ format, width, height, colorSpace, planes = [] }: GpuPicture, bytes: Uint8Array): RawImage {
  const image = { ...createImage(format, width, height), colorSpace }
  planeSizes(format, width, height).forEach(({ rowBytes, rows }, i) => {
    const { offset, stride } = planes[i]!
    const { data } = image.planes[i]!
    for (let y = 0; y < rows; y++) {
      const from = offset + y * stride
      data.set(bytes.subarray(from, from + rowBytes), y * rowBytes)
    }
  })
  return image
}
