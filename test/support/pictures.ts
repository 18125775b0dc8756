import { fileURLToPath } from 'node:url'
import { type PixelFormat, planeSizes, type RawImage, rawImage } from '@i2i/core'
import { readImage } from '@i2i/core/node'

export const root: URL = new URL('../../', import.meta.url)
export const rootPath: string = fileURLToPath(root)
export const photoPath: string = fileURLToPath(new URL('examples/node-photo/astronaut.png', root))
export const toonManifest: URL = new URL('models/toon/toon.i2i.json', root)

/** The bundled photograph, 512x512 RGBA. */
export async function astronaut(): Promise<RawImage> {
  return await readImage(photoPath)
}

/** A copy of an RGBA picture whose alpha takes every value. */
export function withVariedAlpha(image: RawImage): RawImage {
  const data = pixelsOf(image)
  for (let pixel = 0; pixel < data.length / 4; pixel++) data[4 * pixel + 3] = (pixel * 7 + (pixel >> 8)) & 255
  return rawImage({ format: 'RGBA', width: image.width, height: image.height, data })
}

/** The part of an RGBA picture at (x, y), copied. */
export function part(image: RawImage, x: number, y: number, width: number, height: number): RawImage {
  const source = pixelsOf(image)
  const data = new Uint8Array(width * height * 4)
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * image.width + x) * 4
    data.set(source.subarray(start, start + width * 4), row * width * 4)
  }
  return rawImage({ format: 'RGBA', width, height, data })
}

/** The pixels of every plane without the padding of its rows, one plane after another. */
export function pixelsOf(image: RawImage): Uint8Array {
  const rows: Uint8Array[] = []
  planeSizes(image.format, image.width, image.height).forEach((size, index) => {
    const plane = image.planes[index]
    if (!plane) throw new Error(`no plane ${index}`)
    for (let row = 0; row < size.rows; row++) {
      rows.push(Uint8Array.from(plane.data.subarray(row * plane.stride, row * plane.stride + size.rowBytes)))
    }
  })
  const all = new Uint8Array(rows.reduce((sum, row) => sum + row.length, 0))
  let at = 0
  for (const row of rows) {
    all.set(row, at)
    at += row.length
  }
  return all
}

/** Pulls samples towards grey, so that every one has an RGB colour and a round trip has no excuse. */
export function inGamut(image: RawImage): RawImage {
  image.planes.forEach(({ data }, index) => {
    for (let i = 0; i < data.length; i++) {
      const value = data[i] ?? 0
      data[i] = index === 0 ? 64 + value / 2 : 128 + (value - 128) / 4
    }
  })
  return image
}

/** The largest difference between two pictures of one format and size, sample by sample. */
export function maxDifference(a: RawImage, b: RawImage): number {
  if (a.format !== b.format || a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY
  const [one, other] = [pixelsOf(a), pixelsOf(b)]
  return one.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (other[index] ?? 0))), 0)
}

/** The mean absolute difference, in 8-bit steps. */
export function meanDifference(a: RawImage, b: RawImage): number {
  const [one, other] = [pixelsOf(a), pixelsOf(b)]
  return one.reduce((sum, value, index) => sum + Math.abs(value - (other[index] ?? 0)), 0) / one.length
}

export const yuvSpaces = (['smpte170m', 'bt709', 'bt2020-ncl'] as const).flatMap((matrix) =>
  [false, true].map((fullRange) => ({ matrix, fullRange })),
)

export const yuvFormats: readonly PixelFormat[] = ['I420', 'NV12', 'NV21']
