import { I2iError, type RawImageInit, rawImage } from '@i2i/color'
import type { Browser } from './browser/index.js'
import type { Picture } from './picture.js'
import type { ImageSource } from './types.js'

/** The pixels of a source, checked; arrays are not copied. @throws IMAGE_INVALID, OPTION_INVALID, OUT_OF_MEMORY */
export async function readSource(source: ImageSource, browser: () => Promise<Browser>): Promise<Picture> {
  const given: unknown = source
  if (isRawImage(given)) return { image: rawImage(ownBytes(given)) }
  const kind = brand(given)
  if (isImageData(given)) {
    const data = ownView(given.data)
    const { width, height, colorSpace } = given
    const labels = colorSpace === 'display-p3' ? { colorSpace: displayP3 } : {}
    return { image: rawImage({ format: 'RGBA', width, height, data, ...labels }) }
  }
  if (isObject(given) && browserSources.has(kind)) return (await browser()).read(given, kind)
  const name = isObject(given) ? (given.constructor?.name ?? 'object') : String(given)
  throw new I2iError(
    'IMAGE_INVALID',
    `expected a picture, got ${name}; pass a RawImage (rawImage({ format, width, height, data })), an ImageData, or one of ${[...browserSources].join(', ')}`,
    { details: { source: name } },
  )
}

/** What WebCodecs calls the colours of display-p3. */
export const displayP3 = { primaries: 'smpte432', transfer: 'iec61966-2-1' } as const

const browserSources: ReadonlySet<string> = new Set([
  'ImageBitmap',
  'VideoFrame',
  'HTMLVideoElement',
  'HTMLImageElement',
  'HTMLCanvasElement',
  'OffscreenCanvas',
  'Blob',
  'File',
])

/** What a browser's object is, whichever frame or worker its class is of. */
export function brand(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

// What rawImage() takes is as good as what it gives. A VideoFrame has a format too, but neither planes nor data.
function isRawImage(value: unknown): value is RawImageInit {
  return isObject(value) && 'format' in value && ('planes' in value || 'data' in value)
}

interface ImageDataLike {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray
  readonly colorSpace?: string
}

// By shape, not by class: Node has no ImageData.
function isImageData(value: unknown): value is ImageDataLike {
  return (
    isObject(value) &&
    'width' in value &&
    'height' in value &&
    'data' in value &&
    brand(value.data) === 'Uint8ClampedArray'
  )
}

function ownBytes(image: RawImageInit): RawImageInit {
  if ('planes' in image && Array.isArray(image.planes)) {
    return { ...image, planes: image.planes.map((plane) => ({ ...plane, data: ownView(plane?.data) })) }
  }
  return 'data' in image ? { ...image, data: ownView(image.data) } : image
}

// Bytes of another realm (a page's frame, Node's vm) are instances of other classes; what is not bytes at all is rawImage()'s to refuse.
function ownView<T>(data: T): T | Uint8Array {
  const foreign = !(data instanceof Uint8Array || data instanceof Uint8ClampedArray || data instanceof ArrayBuffer)
  if (!foreign) return data
  const kind = brand(data)
  if (kind === 'ArrayBuffer') return new Uint8Array(data as ArrayBuffer)
  if (kind !== 'Uint8Array' && kind !== 'Uint8ClampedArray') return data
  const { buffer, byteOffset, byteLength } = data as Uint8Array
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
