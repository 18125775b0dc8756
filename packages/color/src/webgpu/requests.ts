import { resolveColorSpace } from '../color-space.js'
import { I2iError } from '../error.js'
import type { planUnpack } from '../geometry.js'
import { checkSize } from '../image.js'
import { tensorDims } from '../tensor-format.js'
import type { ColorSpaceInit, PixelFormat, TensorFormat } from '../types.js'
import type { GpuBuffer } from './gpu.js'
import type { PixelsShape } from './shapes.js'
import { checkStorage } from './sources.js'
import type { AskedTarget } from './targets.js'
import type { GpuConvertOptions, GpuTensorData, GpuUnpackOptions } from './types.js'
import { numbersPerWord } from './wgsl/write-tensor.js'

/** What a call asks of its target; sizes left open are `size`. */
export function asked(
  to: GpuConvertOptions & { readonly width?: number; readonly height?: number },
  size: { width: number; height: number },
): AskedTarget {
  return {
    format: to.format,
    width: to.width,
    height: to.height,
    default: { width: size.width, height: size.height },
    colorSpace: to.colorSpace,
    down: to.chroma?.down,
  }
}

/** The options that the geometry depends on. */
export function unpackGeometry({
  kernel,
  antialias,
  fit,
  pad,
  transform,
}: GpuUnpackOptions): Parameters<typeof planUnpack>[2] {
  return {
    // Geometry has nothing to do with it, the CPU engine's options have it.
    format: 'RGBA',
    ...(kernel && { kernel }),
    ...(antialias !== undefined && { antialias }),
    ...(fit && { fit }),
    ...(pad && { pad }),
    ...(transform && { transform }),
  }
}

/** A picture to be made, checked. @throws IMAGE_INVALID */
export function described(
  format: PixelFormat,
  width: number,
  height: number,
  colorSpace: ColorSpaceInit | undefined,
): PixelsShape {
  checkSize(format, width, height)
  return { format, width, height, colorSpace: resolveColorSpace(format, width, height, colorSpace) }
}

/** Bytes of a tensor, in whole words. */
export function tensorBytes(tensor: TensorFormat): number {
  const numbers = tensorDims(tensor).reduce((product, dim) => product * dim, 1)
  return Math.ceil(numbers / numbersPerWord(tensor.dtype)) * 4
}

/** The tensor's first byte in its buffer, checked. @throws OPTION_INVALID, SHAPE_MISMATCH */
export function checkTensorBuffer(data: GpuTensorData, tensor: TensorFormat, what: string): number {
  // Without DOM types the buffer is never.
  const { buffer, offset = 0 } = (data ?? {}) as { buffer?: GpuBuffer; offset?: number }
  if (buffer === undefined)
    throw new I2iError('OPTION_INVALID', `${what} is ${String(data)}; give { buffer } with a GPUBuffer.`)
  checkStorage(buffer, what)
  if (!Number.isInteger(offset) || offset < 0 || offset % 4 !== 0) {
    throw new I2iError('OPTION_INVALID', `${what}.offset is ${String(offset)}; give a multiple of 4.`, {
      details: { offset },
    })
  }
  const bytes = tensorBytes(tensor)
  if (buffer.size - offset >= bytes) return offset
  throw new I2iError(
    'SHAPE_MISMATCH',
    `${what} has ${buffer.size - offset} bytes; ${tensor.dtype} ${tensor.layout} [${tensorDims(tensor).join(', ')}] needs ${bytes}.`,
    { details: { bytes: buffer.size - offset, needed: bytes } },
  )
}
