import { I2iError } from '../error.js'
import { createImage, planeSizes } from '../image.js'
import { createTensorData, tensorDims } from '../tensor-format.js'
import type { Affine, RawImage, TensorData, TensorFormat } from '../types.js'
import { type Acceptance, lostError, type Verdict } from './acceptance.js'
import { bufferUsage, type GpuBuffer, type GpuDevice, mapRead } from './gpu.js'
import type { Lease, Pool } from './pool.js'
import { bytesNeeded } from './shapes.js'
import type { BoundTarget } from './targets.js'
import type { GpuPackedTensor, GpuPicture } from './types.js'

interface Reading {
  readonly device: GpuDevice
  readonly pool: Pool
  readonly acceptance: Acceptance
}

/** A copy of `bytes` of a buffer from `offset` (whole words) on, once what was submitted is done. @throws DEVICE_LOST, OUT_OF_MEMORY */
async function readBuffer(
  { device, pool, acceptance }: Reading,
  buffer: GpuBuffer,
  offset: number,
  bytes: number,
): Promise<Uint8Array> {
  acceptance.alive()
  if ((buffer.usage & bufferUsage.copySrc) === 0) {
    throw new I2iError(
      'OPTION_INVALID',
      `The buffer's usage is ${buffer.usage}; create it with GPUBufferUsage.COPY_SRC to read it.`,
      {
        details: { usage: buffer.usage },
      },
    )
  }
  const size = Math.ceil(bytes / 4) * 4
  const staging = pool.buffer('read', size)
  try {
    const { verdict } = acceptance.call('a copy to memory', () => {
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, offset, staging.resource, 0, size)
      device.queue.submit([encoder.finish()])
    })
    await verdict.accepted()
    await mapped(device, staging.resource)
    const copy = new Uint8Array(staging.resource.getMappedRange()).slice(0, bytes)
    staging.resource.unmap()
    return copy
  } finally {
    staging.release()
  }
}

async function mapped(device: GpuDevice, buffer: GpuBuffer): Promise<void> {
  try {
    await buffer.mapAsync(mapRead)
  } catch (cause) {
    // A device that goes fails the map first and says that it is lost after.
    const lost = await Promise.race([
      device.lost,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 100)),
    ])
    if (lost) throw lostError(lost.message)
    throw new I2iError('DISPOSED', 'The engine was disposed while it read; read before dispose().', { cause })
  }
}

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
      new Uint8Array(data.buffer).set(bytes)
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
      return tightImage(picture, bytes)
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
