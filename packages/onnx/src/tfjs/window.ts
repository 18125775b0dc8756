import type { Constant } from './graph.js'
import { type Operation, Unsupported } from './operation.js'
import type { Dim } from './value.js'

/** How a convolution or pool moves over height and width; pads are top, left, bottom, right. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly pads: readonly number[]
  /** The pads depend on the picture's size: TensorFlow's SAME, which is ONNX's SAME_UPPER. */
  readonly same: boolean
  outputSizes(dims: readonly Dim[]): Dim[]
}

/** Reads the attributes that convolutions and pools share. @throws Unsupported */
export function windowOf(op: Operation, kernel: readonly number[], dims: readonly Dim[]): Window {
  const strides = op.ints('strides') ?? [1, 1]
  const dilations = op.ints('dilations') ?? [1, 1]
  const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
  const mode = op.text('auto_pad', 'NOTSET')
  const same = mode === 'SAME_UPPER' || mode === 'SAME_LOWER'
  const totals = same ? reach.map((size, axis) => sameTotal(size, strides[axis]!, dims[axis + 2])) : []
  const dependent = totals.includes(undefined)
  if (dependent && mode === 'SAME_LOWER') throw new Unsupported('auto_pad SAME_LOWER with a stride and an unknown size')
  const first = totals.map((total = 0) => (mode === 'SAME_UPPER' ? total >> 1 : (total + 1) >> 1))
  const pads = same
    ? [...first, ...totals.map((total = 0, axis) => total - first[axis]!)]
    : mode === 'VALID'
      ? [0, 0, 0, 0]
      : (op.ints('pads') ?? [0, 0, 0, 0])
  const outputSizes = (sizes: readonly Dim[]): Dim[] =>
    reach.map((size, axis) => {
      const input = sizes[axis + 2]
      if (input === undefined) return undefined
      if (same) return Math.ceil(input / strides[axis]!)
      return Math.floor((input + pads[axis]! + pads[axis + 2]! - size) / strides[axis]!) + 1
    })
  return { kernel, strides, dilations, pads, same: dependent, outputSizes }
}

function sameTotal(reach: number, stride: number, input: Dim): Dim {
  if (stride === 1) return reach - 1
  return input === undefined ? undefined : Math.max(0, (Math.ceil(input / stride) - 1) * stride + reach - input)
}

/** Gives a filter with zeros between its taps, which does undilated what the given one does dilated. */
export function dilate<T extends Constant & { readonly dims: readonly number[] }>(
  filter: T,
  dilations: readonly number[],
): T & { readonly data: Float32Array } {
  const [outer = 0, inner = 0, height = 0, width = 0] = filter.dims
  const [down = 1, across = 1] = dilations
  const [tall, wide] = [(height - 1) * down + 1, (width - 1) * across + 1]
  const data = new Float32Array(outer * inner * tall * wide)
  for (const [i, value] of filter.data.entries()) {
    const [plane, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width]
    data[(plane * tall + y * down) * wide + x * across] = value
  }
  return { ...filter, data, dims: [outer, inner, tall, wide] }
}
