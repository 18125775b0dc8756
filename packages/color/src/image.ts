import { resolveColorSpace } from './color-space.js'
import { I2iError } from './error.js'
import type { ColorSpaceInit, PixelFormat, Plane, RawImage, RawImageInit } from './types.js'

/** The largest width and height of an image. */
export const maximumSide = 32768

const formats: readonly PixelFormat[] = ['RGBA', 'BGRA', 'RGB', 'BGR', 'GRAY', 'I420', 'NV12', 'NV21']

/** Where a packed pixel's samples lie, in bytes from its first; GRAY has one sample that is red, green and blue alike. */
export interface PackedLayout {
  readonly bytes: number
  readonly r: number
  readonly g: number
  readonly b: number
  readonly a?: number
}

/** The packed formats as data. */
export const packedLayouts: Readonly<Record<'RGBA' | 'BGRA' | 'RGB' | 'BGR' | 'GRAY', PackedLayout>> = {
  RGBA: { bytes: 4, r: 0, g: 1, b: 2, a: 3 },
  BGRA: { bytes: 4, r: 2, g: 1, b: 0, a: 3 },
  RGB: { bytes: 3, r: 0, g: 1, b: 2 },
  BGR: { bytes: 3, r: 2, g: 1, b: 0 },
  GRAY: { bytes: 1, r: 0, g: 0, b: 0 },
}

/** Where the samples of a 4:2:0 format lie: plane, first byte in its row, bytes from one sample to the next. */
export const chromaLayouts: Readonly<
  Record<'I420' | 'NV12' | 'NV21', Readonly<Record<'u' | 'v', { plane: number; offset: number; step: number }>>>
> = {
  I420: { u: { plane: 1, offset: 0, step: 1 }, v: { plane: 2, offset: 0, step: 1 } },
  NV12: { u: { plane: 1, offset: 0, step: 2 }, v: { plane: 1, offset: 1, step: 2 } },
  NV21: { u: { plane: 1, offset: 1, step: 2 }, v: { plane: 1, offset: 0, step: 2 } },
}

/** Bytes of a row, and rows, of one plane. */
export interface PlaneSize {
  readonly rowBytes: number
  readonly rows: number
}

/** The sizes of a format's planes, in plane order; chroma planes are ceil(width / 2) x ceil(height / 2) samples. */
export function planeSizes(format: PixelFormat, width: number, height: number): readonly PlaneSize[] {
  const [halfWidth, halfHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)]
  switch (format) {
    case 'RGBA':
    case 'BGRA':
    case 'RGB':
    case 'BGR':
    case 'GRAY':
      return [{ rowBytes: width * packedLayouts[format].bytes, rows: height }]
    case 'I420':
      return [
        { rowBytes: width, rows: height },
        { rowBytes: halfWidth, rows: halfHeight },
        { rowBytes: halfWidth, rows: halfHeight },
      ]
    case 'NV12':
    case 'NV21':
      return [
        { rowBytes: width, rows: height },
        { rowBytes: halfWidth * 2, rows: halfHeight },
      ]
    default:
      return format satisfies never
  }
}

/** Whether the format has an alpha sample. */
export function hasAlpha(format: PixelFormat): boolean {
  return format === 'RGBA' || format === 'BGRA'
}

/** Throws IMAGE_INVALID unless the format is known and both sides are integers of 1..32768. */
export function checkSize(format: PixelFormat, width: number, height: number): void {
  if (!formats.includes(format)) {
    throw new I2iError(
      'IMAGE_INVALID',
      `Pixel format ${String(format)} is unknown; use one of ${formats.join(', ')}.`,
      {
        details: { format },
      },
    )
  }
  for (const [name, value] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isInteger(value) || value < 1 || value > maximumSide) {
      throw new I2iError(
        'IMAGE_INVALID',
        `Image ${name} is ${String(value)}; give an integer of 1 to ${maximumSide}.`,
        {
          details: { [name]: value },
        },
      )
    }
  }
}

function isBytes(value: unknown): value is Plane['data'] {
  return value instanceof Uint8Array || value instanceof Uint8ClampedArray
}

/** Throws IMAGE_INVALID unless the planes are as many, as wide and as long as the format and size need. */
export function checkPlanes(format: PixelFormat, width: number, height: number, planes: readonly Plane[]): void {
  const sizes = planeSizes(format, width, height)
  if (!Array.isArray(planes) || planes.length !== sizes.length) {
    const found = Array.isArray(planes) ? planes.length : typeof planes
    throw new I2iError(
      'IMAGE_INVALID',
      `${format} has ${sizes.length} plane(s), found ${found}; give one { data, stride } for each.`,
      {
        details: { format, planes: found },
      },
    )
  }
  sizes.forEach((size, index) => {
    const plane: Plane | undefined = planes[index]
    const refuse = (problem: string, details: Record<string, unknown>): I2iError =>
      new I2iError('IMAGE_INVALID', `Plane ${index} of ${format} ${width}x${height}: ${problem}`, {
        details: { plane: index, ...details },
      })
    if (!isBytes(plane?.data)) throw refuse('data is not bytes; give a Uint8Array or Uint8ClampedArray.', {})
    const { data, stride } = plane
    if (!Number.isInteger(stride) || stride < size.rowBytes) {
      throw refuse(
        `stride is ${String(stride)}; a row has ${size.rowBytes} bytes, so give an integer of at least that.`,
        { stride },
      )
    }
    const needed = stride * (size.rows - 1) + size.rowBytes
    if (data.byteLength >= needed) return
    // A detached buffer shows as zero bytes.
    const cause = data.buffer.byteLength === 0 ? ' (its buffer is detached or empty: it was transferred?)' : ''
    throw refuse(
      `data has ${data.byteLength} bytes${cause}, needed are ${needed}; pass the whole plane or its true stride.`,
      {
        bytes: data.byteLength,
        needed,
        stride,
      },
    )
  })
}

function layPlanes(init: Extract<RawImageInit, { data: unknown }>): readonly Plane[] {
  const { format, width, height, data, layout } = init
  if (!(data instanceof ArrayBuffer) && !isBytes(data)) {
    throw new I2iError('IMAGE_INVALID', 'data is not bytes; give a Uint8Array, Uint8ClampedArray or ArrayBuffer.')
  }
  // Views cannot even be made on a detached buffer.
  if ((data instanceof ArrayBuffer ? data : data.buffer).byteLength === 0) {
    throw new I2iError(
      'IMAGE_INVALID',
      'data has 0 bytes (its buffer is detached or empty); pass it before it is transferred.',
    )
  }
  const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data
  const sizes = planeSizes(format, width, height)
  if (layout !== undefined && layout.length !== sizes.length) {
    throw new I2iError(
      'IMAGE_INVALID',
      `layout has ${layout.length} entries, ${format} has ${sizes.length} plane(s); give one for each.`,
      {
        details: { format, layout },
      },
    )
  }
  let tight = 0
  return sizes.map(({ rowBytes, rows }, index) => {
    const { offset, stride } = layout?.[index] ?? { offset: tight, stride: rowBytes }
    tight += rowBytes * rows
    if (!Number.isInteger(offset) || offset < 0) {
      throw new I2iError(
        'IMAGE_INVALID',
        `layout[${index}].offset is ${String(offset)}; give the plane's first byte as an integer.`,
        {
          details: { offset },
        },
      )
    }
    // Tight planes end where the next begins; a plane of a given layout may end with its padding.
    const end = layout === undefined ? offset + rowBytes * rows : undefined
    return { data: bytes.subarray(offset, end), stride }
  })
}

/**
 * A checked picture over the caller's own bytes: nothing is copied, `byteOffset` is honoured, and the colour space is resolved
 * (`assumed` where the caller did not say). Throws IMAGE_INVALID for sizes outside 1..32768, a wrong number of planes, a stride below
 * the row, a plane that is too short or detached, or a colour space that the format cannot have.
 */
export function rawImage(init: RawImageInit): RawImage {
  if (typeof init !== 'object' || init === null) {
    throw new I2iError('IMAGE_INVALID', `rawImage() got ${String(init)}; give { format, width, height, data }.`)
  }
  const { format, width, height } = init
  checkSize(format, width, height)
  const planes = 'planes' in init ? init.planes : layPlanes(init)
  checkPlanes(format, width, height, planes)
  return {
    format,
    width,
    height,
    planes: planes.map(({ data, stride }) => ({ data, stride })),
    colorSpace: resolveColorSpace(format, width, height, init.colorSpace),
  }
}

/** A new zeroed array; throws OUT_OF_MEMORY where the host has no room for it. */
export function newArray<T>(kind: new (length: number) => T, length: number): T {
  try {
    return new kind(length)
  } catch (cause) {
    throw new I2iError(
      'OUT_OF_MEMORY',
      `No room for ${length} elements; use a smaller picture, or dispose what is not needed.`,
      {
        cause,
        details: { length },
      },
    )
  }
}

/** A new, tightly packed, zeroed picture in ordinary garbage-collected memory. Throws IMAGE_INVALID, OUT_OF_MEMORY. */
export function createImage(format: PixelFormat, width: number, height: number, colorSpace?: ColorSpaceInit): RawImage {
  checkSize(format, width, height)
  return {
    format,
    width,
    height,
    planes: planeSizes(format, width, height).map(({ rowBytes, rows }) => ({
      data: newArray(Uint8Array, rowBytes * rows),
      stride: rowBytes,
    })),
    colorSpace: resolveColorSpace(format, width, height, colorSpace),
  }
}

/** How U and V lie in a 4:2:0 format; undefined for the others. */
export function chromaLayout(format: PixelFormat): (typeof chromaLayouts)['I420'] | undefined {
  return format === 'I420' || format === 'NV12' || format === 'NV21' ? chromaLayouts[format] : undefined
}

/** How the samples of a packed format lie; undefined for 4:2:0 formats. */
export function packedLayout(format: PixelFormat): PackedLayout | undefined {
  return format === 'I420' || format === 'NV12' || format === 'NV21' ? undefined : packedLayouts[format]
}
