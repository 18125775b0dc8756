import { resolveColorSpace } from '../color-space.js'
import { I2iError } from '../error.js'
import { checkSize, planeSizes } from '../image.js'
import type { RawImage } from '../types.js'
import { checkImage } from '../validate.js'
import { type BoundSource, type Host, nothing } from './bound-source.js'
import { bufferUsage, type GpuBuffer, type GpuTexture } from './gpu.js'
import { bufferSource, bytesNeeded, type PixelsShape, tightPlanes } from './shapes.js'
import { bindDom, bindExternal, bindTexture } from './texture-sources.js'
import type { GpuPixels, GpuPlane, GpuSource } from './types.js'
import { uploadImage } from './upload.js'

/** Any source, checked, uploaded or imported. `what` names it in messages. @throws IMAGE_INVALID, OPTION_INVALID, OUT_OF_MEMORY */
export function bindSource(host: Host, source: GpuSource, what: string): BoundSource {
  // Without DOM types half of the union is never; what a value is, is told at run time.
  const value: unknown = source
  if (typeof value !== 'object' || value === null) {
    throw new I2iError(
      'IMAGE_INVALID',
      `${what} is ${String(value)}; give a picture such as a RawImage, VideoFrame, canvas or GPUTexture.`,
    )
  }
  host.checkPicture(value, what)
  if ('buffer' in value && value.buffer && 'format' in value) return bindPixels(value as GpuPixels, what)
  if ('texture' in value && value.texture) {
    return bindTexture(value.texture as GpuTexture, 'premultiplied' in value && value.premultiplied === true, what)
  }
  if ('external' in value && value.external) {
    const { external, width, height, premultiplied } = value as {
      external: object
      width: number
      height: number
      premultiplied?: boolean
    }
    return bindExternal(external, width, height, premultiplied === true)
  }
  if ('planes' in value) {
    const image = value as RawImage
    checkImage(image, what)
    return uploadImage(host, image)
  }
  if ('createView' in value) return bindTexture(value as GpuTexture, false, what)
  return bindDom(host, value, what)
}

/** Colour space and planes of pixels in a buffer, resolved. @throws IMAGE_INVALID, OPTION_INVALID */
export function resolvePixels(
  pixels: GpuPixels,
  what: string,
): { readonly shape: PixelsShape; readonly planes: readonly GpuPlane[] } {
  const { format, width, height } = pixels
  const buffer: GpuBuffer = pixels.buffer
  checkSize(format, width, height)
  const colorSpace = resolveColorSpace(format, width, height, pixels.colorSpace)
  const planes = pixels.planes ?? tightPlanes(format, width, height)
  const sizes = planeSizes(format, width, height)
  const whole =
    planes.length === sizes.length &&
    planes.every(({ offset, stride }, i) => isCount(offset) && isCount(stride) && stride >= sizes[i]!.rowBytes)
  if (!whole) {
    throw new I2iError(
      'IMAGE_INVALID',
      `${what}: ${JSON.stringify(planes)} are no planes of ${format} ${width}x${height}; give an offset and a stride of at least a row for each of ${sizes.length}.`,
    )
  }
  const needed = bytesNeeded(format, width, height, planes)
  if (buffer.size < needed) {
    throw new I2iError(
      'IMAGE_INVALID',
      `${what}: the buffer has ${buffer.size} bytes, ${format} ${width}x${height} needs ${needed}; give a larger one.`,
      {
        details: { bytes: buffer.size, needed },
      },
    )
  }
  checkStorage(buffer, what)
  return { shape: { format, width, height, colorSpace }, planes }
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0

/** Throws OPTION_INVALID unless shaders can be given the buffer. */
export function checkStorage(buffer: GpuBuffer, what: string): void {
  if (typeof buffer?.usage !== 'number') {
    throw new I2iError('OPTION_INVALID', `${what}: buffer is ${String(buffer)}; give a GPUBuffer with STORAGE usage.`)
  }
  if ((buffer.usage & bufferUsage.storage) === 0) {
    throw new I2iError(
      'OPTION_INVALID',
      `${what}: the buffer's usage is ${buffer.usage}; create it with GPUBufferUsage.STORAGE.`,
      {
        details: { usage: buffer.usage },
      },
    )
  }
}

function bindPixels(pixels: GpuPixels, what: string): BoundSource {
  const { shape, planes } = resolvePixels(pixels, what)
  return {
    shape: bufferSource(shape, planes),
    binding: { buffer: pixels.buffer },
    memory: pixels.buffer,
    release: nothing,
  }
}
