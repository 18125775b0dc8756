import { planeSizes } from '../image.js'
import type { PixelFormat, RawImage } from '../types.js'
import type { BoundSource, Host } from './bound-source.js'
import type { GpuBuffer, GpuDevice } from './gpu.js'
import type { Lease, Pool } from './pool.js'
import { alignedPlanes, bufferSource, type PixelsShape } from './shapes.js'
import type { GpuPlane } from './types.js'

/** The image's planes in a pooled buffer, each from a whole word on, as they lie. */
export function uploadImage(
  { device, pool }: Host,
  image: RawImage,
): BoundSource & { readonly planes: readonly GpuPlane[]; readonly lease: Lease<GpuBuffer> } {
  const sizes = planeSizes(image.format, image.width, image.height)
  let end = 0
  const planes = image.planes.map(({ stride }, i) => {
    const { rowBytes, rows } = sizes[i]!
    // Long rows of something else are left behind.
    const kept = stride > rowBytes * 2 ? Math.ceil(rowBytes / 4) * 4 : stride
    const offset = end
    end += Math.ceil((kept * (rows - 1) + rowBytes) / 4) * 4
    return { offset, stride: kept }
  })
  const lease = pool.buffer('storage', end)
  image.planes.forEach(({ data, stride }, i) => {
    const { rowBytes, rows } = sizes[i]!
    const { offset, stride: kept } = planes[i]!
    if (kept === stride) writeBytes(device, lease.resource, offset, data.subarray(0, stride * (rows - 1) + rowBytes))
    else
      for (let y = 0; y < rows; y++)
        writeBytes(device, lease.resource, offset + y * kept, data.subarray(y * stride, y * stride + rowBytes))
  })
  const shape: PixelsShape = image
  return {
    shape: bufferSource(shape, planes),
    planes,
    lease,
    binding: { buffer: lease.resource },
    memory: lease.resource,
    release: () => lease.release(),
  }
}

/** Writes any number of bytes: the queue takes whole words alone. */
function writeBytes(device: GpuDevice, buffer: GpuBuffer, offset: number, bytes: Uint8Array | Uint8ClampedArray): void {
  const whole = bytes.byteLength - (bytes.byteLength % 4)
  if (whole > 0) device.queue.writeBuffer(buffer, offset, bytes, 0, whole)
  if (whole === bytes.byteLength) return
  const rest = new Uint8Array(4)
  rest.set(bytes.subarray(whole))
  device.queue.writeBuffer(buffer, offset + whole, rest)
}

/** A new buffer for a picture of this kind. */
export function newPixels(
  pool: Pool,
  format: PixelFormat,
  width: number,
  height: number,
): { lease: Lease<GpuBuffer>; planes: readonly GpuPlane[] } {
  const { planes, bytes } = alignedPlanes(format, width, height)
  return { lease: pool.buffer('storage', bytes), planes }
}
