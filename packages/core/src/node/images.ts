import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { I2iError, type RawImage, rawImage } from '@i2i/color'
import type { Sharp } from 'sharp'
import { picturePixels } from '../dump-files/pixels.js'
import { replaceFile } from './files.js'

type SharpModule = typeof import('sharp').default

/**
 * Decodes a picture file (JPEG, PNG, WebP, AVIF, TIFF, GIF, SVG) through sharp to 8-bit sRGB RGBA, EXIF orientation applied.
 * @throws IMAGE_INVALID when it is missing or cannot be decoded, BACKEND_UNAVAILABLE without sharp
 */
export async function readImage(pathOrBytes: string | Uint8Array): Promise<RawImage> {
  const sharp = await loadSharp()
  const what = typeof pathOrBytes === 'string' ? pathOrBytes : `a picture of ${pathOrBytes.length} bytes`
  if (typeof pathOrBytes === 'string') await refuseMissing(pathOrBytes)
  try {
    const { data, info } = await sharp(pathOrBytes)
      .rotate()
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return rawImage({ format: 'RGBA', width: info.width, height: info.height, data })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new I2iError('IMAGE_INVALID', `${what} cannot be decoded: ${reason}; check that it is a whole picture file`, {
      cause,
    })
  }
}

/**
 * Encodes a picture of any format; the extension chooses: png and tiff without loss, jpg (which drops alpha), webp and avif by `quality`
 * (1 to 100, default 90). The file appears whole or not at all.
 * @throws OPTION_INVALID for another extension, quality or a folder that is not there; IMAGE_INVALID; BACKEND_UNAVAILABLE without sharp
 */
export async function writeImage(path: string, image: RawImage, options: { quality?: number } = {}): Promise<void> {
  const { quality = 90 } = options
  if (!Number.isInteger(quality) || quality < 1 || quality > 100)
    throw new I2iError('OPTION_INVALID', `quality is ${quality}; it must be an integer from 1 to 100`)
  const encode = encoderFor(path, quality)
  const sharp = await loadSharp()
  const { width, height } = image
  const { data, channels } = await picturePixels(rawImage(image))
  const bytes = await encode(sharp(data, { raw: { width, height, channels } })).toBuffer()
  try {
    await replaceFile(path, bytes)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new I2iError('OPTION_INVALID', `${path} cannot be written: ${reason}; check that its folder exists`, {
      details: { path },
      cause,
    })
  }
}

function encoderFor(path: string, quality: number): (picture: Sharp) => Sharp {
  const extension = extname(path).toLowerCase()
  switch (extension) {
    case '.png':
      return (picture) => picture.png()
    case '.jpg':
    case '.jpeg':
      // Full-size chroma: thin coloured lines are what these models draw.
      return (picture) => picture.removeAlpha().jpeg({ quality, chromaSubsampling: '4:4:4' })
    case '.webp':
      return (picture) => picture.webp({ quality })
    case '.avif':
      return (picture) => picture.avif({ quality })
    case '.tif':
    case '.tiff':
      return (picture) => picture.tiff({ compression: 'deflate' })
    default:
      throw new I2iError(
        'OPTION_INVALID',
        `${path} ends in "${extension}"; the extension must be png, jpg, jpeg, webp, avif or tiff`,
        { details: { path } },
      )
  }
}

async function loadSharp(): Promise<SharpModule> {
  try {
    return (await import('sharp')).default
  } catch (cause) {
    throw new I2iError('BACKEND_UNAVAILABLE', 'reading and writing picture files needs sharp: npm install sharp', {
      cause,
    })
  }
}

async function refuseMissing(path: string): Promise<void> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new I2iError('IMAGE_INVALID', `${path} does not exist or cannot be read; check the path`, {
      details: { path },
      cause,
    })
  })
  if (info.isDirectory()) throw new I2iError('IMAGE_INVALID', `${path} is a folder; name a picture in it`)
}
