import { I2iError, type RawImage } from '@i2i/color'
import type { Picture } from '../picture.js'
import type { Decision } from '../types.js'
import { type Bitmap, host, type Image } from './dom.js'
import { closed, noPixels, unreadable } from './refusal.js'
import type { ScratchCanvas } from './scratch-canvas.js'

/** A bitmap's pixels; its alpha is straight in the result, whatever it is in the bitmap. @throws IMAGE_INVALID */
export function readBitmap(bitmap: Bitmap, scratch: ScratchCanvas): RawImage {
  checkBitmap(bitmap)
  try {
    return straight(bitmap, scratch)
  } catch (error) {
    throw unreadable('ImageBitmap', error)
  }
}

/** @throws IMAGE_INVALID for a bitmap that was closed */
export function checkBitmap({ width }: Bitmap): void {
  if (width === 0) throw closed('ImageBitmap')
}

/** The pixels of a picture file, or of an <img>. @throws IMAGE_INVALID, OPTION_INVALID */
export async function readEncoded(source: File | Image, scratch: ScratchCanvas): Promise<Picture> {
  const { bitmap, decision } = await decode(source)
  try {
    return { image: straight(bitmap, scratch), decision }
  } catch (error) {
    throw unreadable(nameOf(source), error)
  } finally {
    bitmap.close()
  }
}

interface File {
  readonly type: string
  readonly size: number
}

/** What the browser makes of a picture file, or of an <img> once it is there. @throws IMAGE_INVALID, OPTION_INVALID */
export async function decode(source: File | Image): Promise<{ bitmap: Bitmap; decision: Decision }> {
  if (!host.createImageBitmap) {
    throw new I2iError(
      'OPTION_INVALID',
      'this host cannot decode picture files; in Node use readImage() of @i2i/core/node',
    )
  }
  const name = nameOf(source)
  try {
    if ('size' in source && source.size === 0) throw noPixels(name, 'is empty')
    if ('decode' in source) await source.decode()
    if ('decode' in source ? source.naturalWidth === 0 : source.type.startsWith('image/svg')) {
      throw noPixels(name, 'is a drawing without pixels; draw it on a canvas at the size you want, and pass that')
    }
    const bitmap = await host.createImageBitmap(source, decoding)
    return { bitmap, decision: { ...decision, choice: `${'decode' in source ? 'HTMLImageElement' : 'Blob'} as RGBA` } }
  } catch (error) {
    throw unreadable(name, error)
  }
}

function nameOf(source: File | Image): string {
  // Of a picture that never came, currentSrc may be empty.
  if ('decode' in source) return `HTMLImageElement "${(source.currentSrc || source.src).slice(0, 100)}"`
  return `Blob of ${source.size} bytes${source.type && `, "${source.type}"`}`
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
