import { I2iError } from './error.js'
import { newArray } from './image.js'
import type { TensorData, TensorFormat } from './types.js'

const channelCounts: Readonly<Record<TensorFormat['channels'], number>> = { RGB: 3, BGR: 3, RGBA: 4, GRAY: 1, Y: 1 }
const maximumTensorSide = 32768

/** How many channels a tensor of these contents has. */
export function tensorChannels(channels: TensorFormat['channels']): number {
  return channelCounts[channels]
}

/** [1, C, H, W] for NCHW, [1, H, W, C] for NHWC. */
export function tensorDims(format: TensorFormat): readonly [number, number, number, number] {
  const { width, height } = format
  const channels = tensorChannels(format.channels)
  return format.layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels]
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): void {
  if (allowed.includes(value)) return
  throw new I2iError('OPTION_INVALID', `tensor.${name} is ${String(value)}; use one of ${allowed.join(', ')}.`, {
    details: { [name]: value },
  })
}

/** Throws OPTION_INVALID, naming the field, unless the format is whole and its mean and std fit its channels. */
export function checkTensorFormat(format: TensorFormat): void {
  if (typeof format !== 'object' || format === null)
    throw new I2iError('OPTION_INVALID', 'tensor is missing; give a TensorFormat.')
  oneOf('layout', format.layout, ['NCHW', 'NHWC'])
  oneOf('dtype', format.dtype, ['float32', 'float16', 'uint8'])
  oneOf('channels', format.channels, ['RGB', 'BGR', 'RGBA', 'GRAY', 'Y'])
  for (const side of ['width', 'height'] as const) {
    const value = format[side]
    if (!Number.isInteger(value) || value < 1 || value > maximumTensorSide) {
      throw new I2iError(
        'OPTION_INVALID',
        `tensor.${side} is ${String(value)}; give an integer of 1 to ${maximumTensorSide}.`,
        {
          details: { [side]: value },
        },
      )
    }
  }
  for (const key of ['mean', 'std'] as const) checkPerChannel(format, key)
}

function checkPerChannel(format: TensorFormat, key: 'mean' | 'std'): void {
  const values = format[key]
  if (values === undefined) return
  const refuse = (problem: string): I2iError =>
    new I2iError('OPTION_INVALID', `tensor.${key} ${problem}`, { details: { [key]: values } })
  if (format.dtype === 'uint8')
    throw refuse('is given, but uint8 tensors hold pixels as they are; leave it out or use float32.')
  const count = tensorChannels(format.channels)
  const fits = Array.isArray(values) && (values.length === count || (format.channels === 'RGBA' && values.length === 3))
  if (!fits)
    throw refuse(
      `is ${JSON.stringify(values)}; give one number for each of the ${count} channel(s) of ${format.channels}.`,
    )
  for (const value of values) {
    if (!Number.isFinite(value)) throw refuse(`holds ${String(value)}; give finite numbers, 1.0 = white.`)
    if (key === 'std' && value === 0) throw refuse('holds 0; give numbers other than zero.')
  }
}

/** Mean and std of each tensor channel, in the tensor's channel order; an alpha that has none of its own gets mean 0 and std 1. */
export function normalisation(format: TensorFormat): {
  readonly mean: readonly number[]
  readonly std: readonly number[]
} {
  const channels = Array.from({ length: tensorChannels(format.channels) }, (_, channel) => channel)
  return {
    mean: channels.map((channel) => format.mean?.[channel] ?? 0),
    std: channels.map((channel) => format.std?.[channel] ?? 1),
  }
}

/** The typed arrays that hold a TensorFormat's numbers. */
export type PixelTensorData = Float32Array | Uint16Array | Uint8Array

const arrays = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array } as const

/** A new zeroed array for a tensor of this format. */
export function createTensorData(format: TensorFormat): PixelTensorData {
  const [n, c, h, w] = tensorDims(format)
  return newArray<PixelTensorData>(arrays[format.dtype], n * c * h * w)
}

/** `data` as this format's array; throws OPTION_INVALID for the wrong kind, SHAPE_MISMATCH for the wrong length or a detached buffer. */
export function checkTensorData(data: TensorData, format: TensorFormat, what: string): PixelTensorData {
  const wanted = arrays[format.dtype]
  if (!(data instanceof wanted)) {
    // Object.prototype.toString names a typed array whatever realm it comes from.
    const found = Object.prototype.toString.call(data).slice(8, -1)
    throw new I2iError('OPTION_INVALID', `${what} is a ${found}; a ${format.dtype} tensor lies in a ${wanted.name}.`, {
      details: { found, dtype: format.dtype },
    })
  }
  const dims = tensorDims(format)
  const length = dims.reduce((product, dim) => product * dim, 1)
  if (data.length !== length) {
    throw new I2iError(
      'SHAPE_MISMATCH',
      `${what} has ${data.length} elements; ${format.layout} [${dims.join(', ')}] needs ${length}.`,
      {
        details: { length: data.length, dims },
      },
    )
  }
  return data
}
