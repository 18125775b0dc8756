import { I2iError, type PixelFormat, planeSizes, type RawImage, rawImage } from '@i2i/core'

/** Where a packed format keeps red, green, blue and alpha. */
const order: Partial<Record<PixelFormat, readonly number[]>> = {
  RGBA: [0, 1, 2, 3],
  BGRA: [2, 1, 0, 3],
  RGB: [0, 1, 2],
  BGR: [2, 1, 0],
  GRAY: [0],
}

/** The samples of a picture, plane by plane: colour in one order whatever the format (R, G, B or Y, U, V or grey), and alpha apart. */
export interface Samples {
  readonly color: readonly Uint8Array[]
  readonly alpha?: Uint8Array
}

/** The samples of a picture; copies. */
export function samplesOf(image: RawImage): Samples {
  const { format, width, height } = image
  const places = order[format]
  if (!places) return { color: yuvPlanes(image) }
  const { data, stride } = image.planes[0]!
  const step = places.length
  const planes = places.map((place) => {
    const plane = new Uint8Array(width * height)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) plane[y * width + x] = data[y * stride + x * step + place]!
    return plane
  })
  const [alpha] = planes.splice(3)
  return { color: planes, ...(alpha && { alpha }) }
}

function yuvPlanes(image: RawImage): Uint8Array[] {
  const { format, width, height, planes } = image
  const tight = planeSizes(format, width, height).map(({ rowBytes, rows }, i) => {
    const { data, stride } = planes[i]!
    const plane = new Uint8Array(rowBytes * rows)
    for (let y = 0; y < rows; y++) plane.set(data.subarray(y * stride, y * stride + rowBytes), y * rowBytes)
    return plane
  })
  const [luma = new Uint8Array(), chroma = new Uint8Array(), v] = tight
  if (v) return [luma, chroma, v]
  const split = [0, 1].map((part) => chroma.filter((_, i) => i % 2 === part))
  return [luma, ...(format === 'NV21' ? split.reverse() : split)]
}

/** Luma as SSIM takes it: stored Y or grey as it is, else 0.299 R + 0.587 G + 0.114 B, unrounded. */
export function lumaOf({ color }: Samples, format: PixelFormat): Float64Array {
  const [first = new Uint8Array(), green, blue] = color
  if (!format.includes('RGB') && !format.includes('BGR')) return Float64Array.from(first)
  return Float64Array.from(first, (red, i) => 0.299 * red + 0.587 * green![i]! + 0.114 * blue![i]!)
}

/** Refuses pictures whose samples do not mean the same. @throws IMAGE_INVALID for what is none, SHAPE_MISMATCH for other sizes, OPTION_INVALID for other kinds of pixels */
export function refuseUnlike(a: RawImage, b: RawImage): void {
  // Copies nothing, and says what is wrong with what is no picture.
  rawImage(a)
  rawImage(b)
  if (a.width !== b.width || a.height !== b.height) {
    throw new I2iError(
      'SHAPE_MISMATCH',
      `pictures of ${a.width}x${a.height} and ${b.width}x${b.height} cannot be compared pixel by pixel; resize one, or ask diagnose() what happened`,
      { details: { a: [a.width, a.height], b: [b.width, b.height] } },
    )
  }
  if (kindOf(a) === kindOf(b)) return
  throw new I2iError(
    'OPTION_INVALID',
    `samples of ${kindOf(a)} and ${kindOf(b)} do not mean the same; convert one with ColorEngine.convert()`,
    { details: { a: a.format, b: b.format } },
  )
}

function kindOf({ format, colorSpace }: RawImage): string {
  if (format === 'GRAY') return 'GRAY'
  if (order[format]) return 'RGB'
  return `4:2:0 YUV ${colorSpace.matrix} ${colorSpace.fullRange ? 'full' : 'limited'} range`
}
