import { resolveColorSpace } from '../color-space.js'
import { I2iError } from '../error.js'
import { checkSize, planeSizes, rawImage } from '../image.js'
import type { PixelFormat, RawImage } from '../types.js'
import { checkImage } from '../validate.js'
import { bufferUsage, type GpuBuffer, type GpuDevice, type GpuTexture, textureUsage } from './gpu.js'
import type { Pool } from './pool.js'
import {
  alignedPlanes,
  bufferSource,
  bytesNeeded,
  type PixelsShape,
  type SourceShape,
  textureSource,
  tightPlanes,
} from './shapes.js'
import type { GpuPixels, GpuPlane, GpuSource } from './types.js'

/** A source that is ready to be bound. */
export interface BoundSource {
  readonly shape: SourceShape
  /** What a bind group takes. */
  readonly binding: object
  /** The buffer or texture that is read, to be told from the one that is written. */
  readonly memory: object
  /** Gives back what was made for this use. */
  release(): void
}

/** Where sources are made ready. */
export interface Host {
  readonly device: GpuDevice
  readonly pool: Pool
  /** Throws where a picture of this engine's was disposed. */
  checkPicture(picture: object, what: string): void
}

const nothing = (): void => {}

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

const readableFormats = ['rgba8unorm', 'bgra8unorm', 'rgba16float', 'rgba32float']

function bindTexture(texture: GpuTexture, premultiplied: boolean, what: string): BoundSource {
  if (!readableFormats.includes(texture.format)) {
    throw new I2iError(
      'OPTION_INVALID',
      `${what}: the texture is ${texture.format}; give one of ${readableFormats.join(', ')}.`,
      {
        details: { format: texture.format },
      },
    )
  }
  if ((texture.usage & textureUsage.textureBinding) === 0) {
    throw new I2iError(
      'OPTION_INVALID',
      `${what}: the texture's usage is ${texture.usage}; create it with GPUTextureUsage.TEXTURE_BINDING.`,
      {
        details: { usage: texture.usage },
      },
    )
  }
  return {
    shape: textureSource(texture, 'texture', premultiplied),
    binding: texture.createView(),
    memory: texture,
    release: nothing,
  }
}

function bindExternal(external: object, width: number, height: number, premultiplied: boolean): BoundSource {
  checkSize('RGBA', width, height)
  return {
    shape: textureSource({ width, height }, 'external', premultiplied),
    binding: external,
    memory: external,
    release: nothing,
  }
}

/** What is used of the DOM's picture classes. */
interface DomPicture {
  readonly width?: number
  readonly height?: number
  readonly videoWidth?: number
  readonly videoHeight?: number
  readonly displayWidth?: number
  readonly displayHeight?: number
  readonly format?: string | null
  readonly data?: Uint8ClampedArray
}

function bindDom(host: Host, value: DomPicture, what: string): BoundSource {
  // The tag names a class whatever realm it comes from.
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  switch (kind) {
    case 'ImageData':
      return uploadImage(
        host,
        rawImage({
          format: 'RGBA',
          width: value.width ?? 0,
          height: value.height ?? 0,
          data: value.data ?? new Uint8Array(),
        }),
      )
    case 'VideoFrame':
      return importVideo(
        host,
        value,
        value.displayWidth ?? 0,
        value.displayHeight ?? 0,
        /^(RGBA|BGRA)/.test(value.format ?? ''),
        what,
      )
    case 'HTMLVideoElement':
      return importVideo(host, value, value.videoWidth ?? 0, value.videoHeight ?? 0, false, what)
    case 'ImageBitmap':
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas':
      return copyPicture(host, value, value.width ?? 0, value.height ?? 0, what)
    default:
      throw new I2iError(
        'IMAGE_INVALID',
        `${what} is a ${kind}; give a RawImage, ImageData, ImageBitmap, canvas, video, VideoFrame, GPUTexture or pixels in a GPUBuffer.`,
        {
          details: { kind },
        },
      )
  }
}

function importVideo(
  host: Host,
  source: DomPicture,
  width: number,
  height: number,
  premultiplied: boolean,
  what: string,
): BoundSource {
  const external = refusable(what, () => host.device.importExternalTexture({ source }))
  return bindExternal(external, width, height, premultiplied)
}

function copyPicture(host: Host, source: DomPicture, width: number, height: number, what: string): BoundSource {
  checkSize('RGBA', width, height)
  const lease = host.pool.texture(width, height)
  try {
    refusable(what, () =>
      host.device.queue.copyExternalImageToTexture({ source }, { texture: lease.resource }, [width, height]),
    )
  } catch (error) {
    lease.release()
    throw error
  }
  return { ...bindTexture(lease.resource, false, what), release: () => lease.release() }
}

/** What the browser throws of a closed frame, a video without a picture or a canvas of another origin. */
function refusable<T>(what: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new I2iError(
      'IMAGE_INVALID',
      `${what} cannot be read: ${reason.replace(/\.$/, '')}; give one that is open, loaded and of this origin.`,
      { cause },
    )
  }
}

/** The image's planes in a pooled buffer, each from a whole word on, as they lie. */
export function uploadImage(
  { device, pool }: Host,
  image: RawImage,
): BoundSource & { readonly planes: readonly GpuPlane[] } {
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
): { lease: ReturnType<Pool['buffer']>; planes: readonly GpuPlane[] } {
  const { planes, bytes } = alignedPlanes(format, width, height)
  return { lease: pool.buffer('storage', bytes), planes }
}
