import type { PlaneFamily } from '../color-map.js'
import { colorFamily, yuvCoefficients } from '../color-space.js'
import type { Size } from '../geometry.js'
import { chromaLayout, hasAlpha, packedLayout, planeSizes } from '../image.js'
import { normalisation, tensorChannels, tensorDims } from '../tensor-format.js'
import type { ColorSpace, ConvertOptions, PixelFormat, TensorFormat } from '../types.js'
import type { GpuPlane } from './types.js'
import type { Values } from './wgsl/part.js'
import type { Reader } from './wgsl/read.js'
import type { Writer } from './wgsl/write.js'
import { numbersPerWord, type TensorWriter } from './wgsl/write-tensor.js'

/** All of a source that a task depends on: what is bound later (buffer, texture) is not in it. Field names lack their layer's prefix. */
export interface SourceShape extends Size {
  readonly reader: Reader
  readonly values: Values
  readonly family: PlaneFamily
  readonly colorSpace: ColorSpace
  /** The format whose colour rules it follows; a texture's are RGBA's. */
  readonly format: PixelFormat
  readonly alpha: boolean
}

/** All of a target that a task depends on. */
export interface TargetShape extends Size {
  readonly writer: Writer
  readonly values: Values
  readonly colorSpace: ColorSpace
  readonly format: PixelFormat
}

/** Pixels as a buffer or texture holds them. */
export interface PixelsShape extends Size {
  readonly format: PixelFormat
  readonly colorSpace: ColorSpace
}

export const rgbSpace: ColorSpace = { matrix: 'rgb', fullRange: true }

function familyOf({ format, colorSpace }: PixelsShape): PlaneFamily {
  const family = colorFamily(format)
  return family === 'yuv' ? { family, k: yuvCoefficients(colorSpace) } : { family }
}

/** Planes with nothing between them, as RawImages are by default. */
export function tightPlanes(format: PixelFormat, width: number, height: number): readonly GpuPlane[] {
  let end = 0
  return planeSizes(format, width, height).map(({ rowBytes, rows }) => {
    const offset = end
    end += rowBytes * rows
    return { offset, stride: rowBytes }
  })
}

/** Planes and rows that begin at whole words, as kernels write them. */
export function alignedPlanes(
  format: PixelFormat,
  width: number,
  height: number,
): { planes: readonly GpuPlane[]; bytes: number } {
  let bytes = 0
  const planes = planeSizes(format, width, height).map(({ rowBytes, rows }) => {
    const [offset, stride] = [bytes, Math.ceil(rowBytes / 4) * 4]
    bytes += stride * rows
    return { offset, stride }
  })
  return { planes, bytes }
}

/** Bytes from the beginning of the buffer to the end of its last pixel. */
export function bytesNeeded(format: PixelFormat, width: number, height: number, planes: readonly GpuPlane[]): number {
  return planeSizes(format, width, height).reduce((most, { rowBytes, rows }, i) => {
    const { offset, stride } = planes[i]!
    return Math.max(most, offset + stride * (rows - 1) + rowBytes)
  }, 0)
}

/** Planes in a buffer, as a source. */
export function bufferSource(pixels: PixelsShape, planes: readonly GpuPlane[]): SourceShape {
  const { format, width, height, colorSpace } = pixels
  const common = { width, height, format, colorSpace, family: familyOf(pixels), alpha: hasAlpha(format) }
  const chroma = chromaLayout(format)
  if (chroma !== undefined) {
    const { u, v } = chroma
    const [y, up, vp] = [planes[0]!, planes[u.plane]!, planes[v.plane]!]
    return {
      ...common,
      reader: { kind: 'yuv' },
      values: {
        offset: [y.offset, up.offset + u.offset, vp.offset + v.offset],
        stride: [y.stride, up.stride, vp.stride, u.step],
      },
    }
  }
  const { offset, stride } = planes[0]!
  const { bytes, r, g, b, a = 0 } = packedLayout(format)!
  const values = { offset: [offset], stride: [stride, 0, 0, bytes], order: [r, g, b, a] }
  if (format === 'GRAY') return { ...common, reader: { kind: 'gray' }, values }
  const words = bytes === 4 && offset % 4 === 0 && stride % 4 === 0
  return { ...common, reader: { kind: 'packed', alpha: bytes === 4, words }, values }
}

/** A texture's pixels, as a source. */
export function textureSource(size: Size, kind: 'texture' | 'external', premultiplied: boolean): SourceShape {
  return {
    width: size.width,
    height: size.height,
    reader: { kind, premultiplied },
    values: {},
    family: { family: 'rgb' },
    colorSpace: rgbSpace,
    format: 'RGBA',
    alpha: true,
  }
}

/** A tensor that begins at byte `offset`, as a source of pixel values. */
export function tensorSource(tensor: TensorFormat, offset: number): Pick<SourceShape, 'reader' | 'values'> {
  const { dtype, layout, width, height } = tensor
  const channels = tensorDims(tensor)[layout === 'NCHW' ? 1 : 3] as 1 | 3 | 4
  const { mean, std } = normalisation(tensor)
  const numbers = layout === 'NCHW' ? [width, 1, width * height] : [width * channels, channels, 1]
  return {
    reader: { kind: 'tensor', dtype, channels, bgr: tensor.channels === 'BGR' },
    values: {
      offset: [(offset / 4) * numbersPerWord(dtype)],
      stride: numbers,
      gain: std.map((each) => each * 255),
      bias: mean.map((each) => each * 255),
    },
  }
}

/** A tensor that begins at byte `offset`, as a target. */
export function tensorTarget(
  tensor: TensorFormat,
  offset: number,
): { writer: TensorWriter; values: Values; grid: readonly [number, number] } {
  const { dtype, layout, width, height } = tensor
  const channels = tensorChannels(tensor.channels) as 1 | 3 | 4
  const perWord = numbersPerWord(dtype)
  const rows = width % perWord === 0
  const { mean, std } = normalisation(tensor)
  const first = offset / 4
  const words = Math.ceil((width * height * channels) / perWord)
  // Any width does: one that keeps both sides of the grid within the device's limit.
  const row = Math.ceil(Math.sqrt(words) / 64) * 64
  const wide = width / perWord
  return {
    writer: { kind: 'tensor', dtype, layout, channels, bgr: tensor.channels === 'BGR', rows },
    values: {
      tensor: rows ? [first, wide * height, wide, height] : [first, width, row, width * height],
      gain: std.map((each) => 1 / (255 * each)),
      bias: mean.map((each, i) => -each / std[i]!),
    },
    grid: rows ? [wide, height] : [row, Math.ceil(words / row)],
  }
}

/** Planes in a buffer, as a target; they begin at whole words. */
export function bufferTarget(
  pixels: PixelsShape,
  planes: readonly GpuPlane[],
  down: NonNullable<ConvertOptions['chroma']>['down'] = 'mean',
): TargetShape {
  const { format, width, height } = pixels
  const values = {
    size: [width, height],
    first_words: planes.map(({ offset }) => offset / 4),
    row_words: planes.map(({ stride }) => stride / 4),
  }
  if (format === 'I420') return { ...pixels, writer: { kind: 'yuv', interleaved: false, down }, values }
  if (format === 'NV12' || format === 'NV21') {
    const order = format === 'NV12' ? [0, 8] : [8, 0]
    return { ...pixels, writer: { kind: 'yuv', interleaved: true, down }, values: { ...values, order } }
  }
  if (format === 'GRAY') return { ...pixels, writer: { kind: 'gray' }, values }
  const { bytes, r, g, b, a = 0 } = packedLayout(format)!
  return {
    ...pixels,
    writer: { kind: 'packed', bytes: bytes === 4 ? 4 : 3 },
    values: { ...values, order: [r, g, b, a] },
  }
}
