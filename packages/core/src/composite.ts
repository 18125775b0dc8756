import { type Affine, type ColorEngine, type Plane, planeSizes, type RawImage, type Rect, rawImage } from '@i2i/color'
import type { Size } from './geometry.js'
import type { Target } from './plan.js'

/** A part of a source at another size and in another format. */
export function resample(color: ColorEngine, source: RawImage, region: Rect, size: Size, target: Target): RawImage {
  // At its own size the region is converted from where it lies: nothing is rounded on the way. (4:2:0 at an odd place has no such view.)
  const even = region.x % 2 === 0 && region.y % 2 === 0
  if (region.width === size.width && region.height === size.height && (even || source.planes.length === 1)) {
    return color.convert(regionView(source, region), target)
  }
  using packed = color.pack(source, { ...size, layout: 'NHWC', dtype: 'uint8', channels: 'RGBA' }, { crop: region })
  const { width, height } = size
  return color.convert(rawImage({ format: 'RGBA', width, height, data: packed.data as Uint8Array }), target)
}

/** The whole pixels of a result that a tensor covers, given "tensor pixel -> result pixel". */
export function coveredRect(transform: Affine, tensor: Size, result: Size): Rect {
  const [a, , c, , e, f] = transform
  const [x, right] = coveredSpan(c, c + a * tensor.width, result.width)
  const [y, bottom] = coveredSpan(f, f + e * tensor.height, result.height)
  return { x, y, width: right - x, height: bottom - y }
}

function coveredSpan(from: number, to: number, size: number): [number, number] {
  // A pixel is covered when its centre is; the slack absorbs rounding of an edge that lies on a centre.
  const first = Math.max(0, Math.ceil(from - 0.5 - 1e-9))
  const last = Math.min(size, Math.floor(to - 0.5 + 1e-9) + 1)
  return [first, Math.max(first, last)]
}

/** Overwrites what lies outside `inside` with the pixels of `base`, an image of the same format and size. */
export function keepOutside(image: RawImage, base: RawImage, inside: Rect): void {
  const across = [inside.x, inside.x + inside.width] as const
  const down = [inside.y, inside.y + inside.height] as const
  planeSizes(image.format, image.width, image.height).forEach(({ rowBytes, rows }, index) => {
    const to = image.planes[index]
    const from = base.planes[index]
    if (!to || !from) return
    const chroma = index > 0
    const [left, right] = chroma ? chromaSpan(...across, image.width) : across
    const [top, bottom] = chroma ? chromaSpan(...down, image.height) : down
    const bytes = rowBytes / (chroma ? Math.ceil(image.width / 2) : image.width)
    for (let row = 0; row < rows; row++) {
      const covered = row >= top && row < bottom
      copyBytes(to, from, row, 0, covered ? left * bytes : rowBytes)
      if (covered) copyBytes(to, from, row, right * bytes, rowBytes)
    }
  })
}

function copyBytes(to: Plane, from: Plane, row: number, start: number, end: number): void {
  const bytes = from.data.subarray(row * from.stride + start, row * from.stride + end)
  to.data.set(bytes, row * to.stride + start)
}

// A chroma sample speaks for a 2x2 block; a block only partly inside keeps the source's.
function chromaSpan(from: number, to: number, size: number): [number, number] {
  const first = Math.ceil(from / 2)
  const last = to === size ? Math.ceil(to / 2) : Math.floor(to / 2)
  return [first, Math.max(first, last)]
}

/** A part of an image without copying it; of 4:2:0 one that starts at an even place. */
export function regionView(image: RawImage, region: Rect): RawImage {
  const { width, height, x, y } = region
  if (width === image.width && height === image.height) return image
  const { format, colorSpace } = image
  // Of the smallest picture each plane's row is one sample (or pair) long.
  const samples = planeSizes(format, 1, 1)
  const planes = image.planes.map(({ data, stride }, index) => {
    const [column, row] = index === 0 ? [x, y] : [x >> 1, y >> 1]
    return { data: data.subarray(row * stride + column * (samples[index]?.rowBytes ?? 1)), stride }
  })
  return { format, colorSpace, width, height, planes }
}

/** Gives RGBA or BGRA pixels the alpha of an RGBA picture of the same size. */
export function copyAlpha(from: RawImage, to: RawImage): void {
  const [source] = from.planes
  const [target] = to.planes
  if (!source || !target) return
  for (let row = 0; row < to.height; row++) {
    const [start, at] = [row * source.stride + 3, row * target.stride + 3]
    for (let x = 0; x < 4 * to.width; x += 4) target.data[at + x] = source.data[start + x] ?? 255
  }
}
