import { type Affine, type ColorEngine, type Plane, planeSizes, type RawImage, type Rect, rawImage } from '@i2i/color'
import type { Size } from './geometry.js'
import type { Target } from './plan.js'

/** A part of a source at another size and in another format. */
export function resample(color: ColorEngine, source: RawImage, region: Rect, size: Size, target: Target): RawImage {
  const whole = region.width === source.width && region.height === source.height
  if (whole && size.width === source.width && size.height === source.height) return color.convert(source, target)
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

/** A part of a packed image without copying it. */
export function packedView(image: RawImage, region: Rect): RawImage {
  const [plane] = image.planes
  if (!plane || (region.width === image.width && region.height === image.height)) return image
  const [{ rowBytes } = { rowBytes: 0 }] = planeSizes(image.format, 1, 1)
  const data = plane.data.subarray(region.y * plane.stride + region.x * rowBytes)
  const { format, colorSpace } = image
  return { format, colorSpace, width: region.width, height: region.height, planes: [{ data, stride: plane.stride }] }
}
