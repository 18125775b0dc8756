import { I2iError } from '../error.js'
import { checkSize, rawImage } from '../image.js'
import { type BoundSource, type Host, nothing } from './bound-source.js'
import { type GpuTexture, textureUsage } from './gpu.js'
import { textureSource } from './shapes.js'
import { uploadImage } from './upload.js'

const readableFormats = ['rgba8unorm', 'bgra8unorm', 'rgba16float', 'rgba32float']

/** A texture of RGB pixels. @throws OPTION_INVALID */
export function bindTexture(texture: GpuTexture, premultiplied: boolean, what: string): BoundSource {
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

/** An external texture of the caller's. @throws IMAGE_INVALID */
export function bindExternal(external: object, width: number, height: number, premultiplied: boolean): BoundSource {
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

/** One of the DOM's pictures, imported, copied or uploaded. @throws IMAGE_INVALID */
export function bindDom(host: Host, value: DomPicture, what: string): BoundSource {
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
