import { I2iError, type RawImage, type RawImageInit, rawImage } from '@i2i/color'
import type { ImageSource } from './types.js'

/** The pixels of a source, checked but not copied. @throws IMAGE_INVALID, OPTION_INVALID */
export async function readSource(source: ImageSource): Promise<RawImage> {
  const given: unknown = source
  if (isRawImage(given)) return rawImage(given)
  if (isImageData(given)) {
    return rawImage({ format: 'RGBA', width: given.width, height: given.height, data: given.data })
  }
  const name = isObject(given) ? (given.constructor?.name ?? 'object') : String(given)
  if (notYet.has(name)) {
    throw new I2iError(
      'OPTION_INVALID',
      `a ${name} is not read directly yet; draw it on a canvas and pass getImageData(), or pass a RawImage`,
      { details: { source: name } },
    )
  }
  throw new I2iError(
    'IMAGE_INVALID',
    `expected a picture, got ${name}; pass a RawImage (rawImage({ format, width, height, data })) or an ImageData`,
    { details: { source: name } },
  )
}

const notYet: ReadonlySet<string> = new Set([
  'ImageBitmap',
  'VideoFrame',
  'HTMLVideoElement',
  'HTMLImageElement',
  'HTMLCanvasElement',
  'OffscreenCanvas',
  'Blob',
  'File',
])

// What rawImage() takes is as good as what it gives. A VideoFrame has a format too, but neither planes nor data.
function isRawImage(value: unknown): value is RawImageInit {
  return isObject(value) && 'format' in value && ('planes' in value || 'data' in value)
}

// By shape, not by class: Node has no ImageData, and pictures cross from workers and frames with other globals.
function isImageData(value: unknown): value is { width: number; height: number; data: Uint8ClampedArray } {
  return (
    isObject(value) &&
    'width' in value &&
    'height' in value &&
    'data' in value &&
    value.data instanceof Uint8ClampedArray
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
