import { I2iError, type RawImage } from '@i2i/color'
import type { Picture } from '../picture.js'
import type { Decision } from '../types.js'
import { type Bitmap, host, type Image } from './dom.js'
import { noPixels, unreadable } from './refusal.js'
import type { ScratchCanvas } from './scratch-canvas.js'

/** A bitmap's pixels; its alpha is straight in the result, whatever it is in the bitmap. @throws IMAGE_INVALID */
export function readBitmap(bitmap: Bitmap, scratch: ScratchCanvas): RawImage {
  if (bitmap.width === 0) throw noPixels('ImageBitmap', 'is closed; pass it before close()')
  try {
    return straight(bitmap, scratch)
  } catch (error) {
    throw unreadable('ImageBitmap', error)
  }
}

/** A picture file. @throws IMAGE_INVALID */
export async function readBlob(
  blob: { readonly type: string; readonly size: number },
  scratch: ScratchCanvas,
): Promise<Picture> {
  const what = `Blob of ${blob.size} bytes${blob.type && `, "${blob.type}"`}`
  if (blob.type.startsWith('image/svg')) {
    throw noPixels(what, 'is a drawing without pixels; draw it on a canvas at the size you want, and pass that')
  }
  try {
    const { bitmap, decision } = await decoded(blob, 'Blob')
    try {
      return { image: straight(bitmap, scratch), decision }
    } finally {
      bitmap.close()
    }
  } catch (error) {
    throw unreadable(what, error)
  }
}

/** An <img>, waited for. @throws IMAGE_INVALID */
export async function readImageElement(image: Image, scratch: ScratchCanvas): Promise<Picture> {
  const { bitmap, decision } = await decodeImageElement(image)
  try {
    return { image: straight(bitmap, scratch), decision }
  } catch (error) {
    throw unreadable(nameOf(image), error)
  } finally {
    bitmap.close()
  }
}

/** What an <img> shows, waited for: the caller's to close. @throws IMAGE_INVALID */
export async function decodeImageElement(image: Image): Promise<Decoded> {
  const what = nameOf(image)
  try {
    await image.decode()
    if (image.naturalWidth === 0) throw noPixels(what, 'has no size of its own; draw it on a canvas, and pass that')
    return await decoded(image, 'HTMLImageElement')
  } catch (error) {
    throw unreadable(what, error)
  }
}

function nameOf(image: Image): string {
  return `HTMLImageElement "${image.currentSrc.slice(0, 100)}"`
}

interface Decoded {
  readonly bitmap: Bitmap
  readonly decision: Decision
}

async function decoded(source: object, kind: string): Promise<Decoded> {
  if (!host.createImageBitmap) {
    throw new I2iError(
      'OPTION_INVALID',
      'this host cannot decode picture files; in Node use readImage() of @i2i/core/node',
    )
  }
  const bitmap = await host.createImageBitmap(source, decoding)
  return { bitmap, decision: { ...decision, choice: `${kind} as RGBA` } }
}

const decoding = { imageOrientation: 'from-image', premultiplyAlpha: 'none', colorSpaceConversion: 'default' }

const decision: Omit<Decision, 'choice'> = {
  what: 'source',
  outcome: 'taken',
  reason: 'decoded by the browser: EXIF orientation is applied, colours are converted to sRGB, alpha is straight',
}

// Most pictures are opaque, and 8 bits lose nothing of them.
function straight(bitmap: Bitmap, scratch: ScratchCanvas): RawImage {
  const { width, height } = bitmap
  const image = scratch.read(bitmap, width, height)
  return isOpaque(image) ? image : (scratch.readStraight(bitmap, width, height) ?? image)
}

function isOpaque({ planes: [plane] }: RawImage): boolean {
  const bytes = plane?.data ?? []
  for (let i = 3; i < bytes.length; i += 4) if (bytes[i] !== 255) return false
  return true
}
