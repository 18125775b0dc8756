import { type ColorSpaceInit, type PixelFormat, planeSizes, type RawImage, rawImage } from '@i2i/color'

export const formats: readonly PixelFormat[] = ['RGBA', 'BGRA', 'RGB', 'BGR', 'GRAY', 'I420', 'NV12', 'NV21']
export const packedFormats: readonly PixelFormat[] = ['RGBA', 'BGRA', 'RGB', 'BGR']
export const yuvFormats: readonly PixelFormat[] = ['I420', 'NV12', 'NV21']

/** The six YUV spaces of the specification. */
export const yuvSpaces: readonly { readonly matrix: string; readonly fullRange: boolean }[] = [
  'smpte170m',
  'bt709',
  'bt2020-ncl',
].flatMap((matrix) => [
  { matrix, fullRange: false },
  { matrix, fullRange: true },
])

/** Whether the format stores YUV, and so takes a YUV colour space. */
export function isYuv(format: PixelFormat): boolean {
  return yuvFormats.includes(format)
}

/** A repeatable stream of integers below `limit`: mulberry32. */
function randomIntegers(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

/** How a test picture lies in memory. */
export interface Lie {
  readonly format: PixelFormat
  readonly width: number
  readonly height: number
  readonly colorSpace?: ColorSpaceInit
  /** Bytes beyond each row. */
  readonly slack?: number
  /** Bytes before the first plane. */
  readonly offset?: number
  readonly seed?: number
}

const canary = 0xa5

/** A picture between canaries: every byte of its buffer that is no pixel holds a mark. */
export interface GuardedPicture {
  readonly image: RawImage
  /** How many marks were overwritten. */
  damage(): number
  /** The pixels alone, plane by plane, row by row. */
  pixels(): Uint8Array
}

function pixelBytes(image: RawImage, visit: (plane: number, index: number) => void): void {
  planeSizes(image.format, image.width, image.height).forEach(({ rowBytes, rows }, plane) => {
    const { stride } = image.planes[plane]!
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < rowBytes; x++) visit(plane, y * stride + x)
    }
  })
}

/** Every pixel byte of an image, tightly packed. */
export function tightPixels(image: RawImage): Uint8Array {
  const bytes: number[] = []
  pixelBytes(image, (plane, index) => bytes.push(image.planes[plane]!.data[index]!))
  return Uint8Array.from(bytes)
}

/** A guarded picture of random pixels (of zeros without a seed). */
export function guardedPicture({
  format,
  width,
  height,
  colorSpace,
  slack = 0,
  offset = 0,
  seed,
}: Lie): GuardedPicture {
  const sizes = planeSizes(format, width, height)
  const gap = 16 + slack
  const layout: { offset: number; stride: number }[] = []
  let end = offset + gap
  for (const { rowBytes, rows } of sizes) {
    layout.push({ offset: end, stride: rowBytes + slack })
    end += (rowBytes + slack) * rows + gap
  }
  const buffer = new ArrayBuffer(offset + end)
  const whole = new Uint8Array(buffer).fill(canary)
  const image = rawImage({
    format,
    width,
    height,
    ...(colorSpace && { colorSpace }),
    data: whole.subarray(offset),
    layout,
  })
  const next = randomIntegers(seed ?? 0)
  const owned = new Set<number>()
  pixelBytes(image, (plane, index) => {
    const { data } = image.planes[plane]!
    data[index] = seed === undefined ? 0 : next(256)
    owned.add(data.byteOffset + index)
  })
  return {
    image,
    damage: () => whole.reduce((count, byte, index) => count + Number(!owned.has(index) && byte !== canary), 0),
    pixels: () => tightPixels(image),
  }
}

/** A tightly packed picture of the given pixel bytes. */
export function pictureOf(
  format: PixelFormat,
  width: number,
  height: number,
  bytes: ArrayLike<number>,
  colorSpace?: ColorSpaceInit,
): RawImage {
  return rawImage({ format, width, height, data: Uint8Array.from(bytes), ...(colorSpace && { colorSpace }) })
}

/** The largest difference of two lists, how many differ, and where the largest is. */
export function difference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): { readonly most: number; readonly differing: number; readonly at: number } {
  if (a.length !== b.length) return { most: Number.POSITIVE_INFINITY, differing: a.length, at: -1 }
  let [most, differing, at] = [0, 0, -1]
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!)
    if (distance > 0) differing += 1
    // NaN compares as no difference at all: count it as the largest.
    if (distance > most || Number.isNaN(distance))
      [most, at] = [Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance, i]
  }
  return { most, differing, at }
}
