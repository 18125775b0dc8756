import { type Operation, Unsupported } from '../operation.js'
import type { Dim, Value } from '../value.js'
import { type Window, windowOf } from '../window.js'
import { pad } from './pad.js'

const lowest = -3.4028234663852886e38

/** MaxPool: padded with the lowest number, then without padding. */
export function maxPool(op: Operation): Value {
  if (op.node.outputs[1]) throw new Unsupported('the output of indices')
  return pool(op, (x, window, pads) => poolNode(op, 'MaxPool', padded(op, x, pads, lowest), window))
}

/** AveragePool: where padding is not to count, divided by the part of each window that does. */
export function averagePool(op: Operation): Value {
  const counted = op.int('count_include_pad', 0) !== 0
  return pool(op, (x, window, pads) => {
    const average = poolNode(op, 'AvgPool', padded(op, x, pads, 0), window)
    const excess = counted ? pads.map((size, i) => size - window.pads[i]!) : pads
    if (excess.every((size) => size === 0)) return average
    const input = op.input(0)
    const sizes = [1, op.size(input, 2), op.size(input, 3), 1]
    const ones = op.add('Fill', [op.sizes(sizes), op.graph.float(1)], { T: { type: 'DT_FLOAT' } })
    const inside = counted ? padded(op, ones, window.pads, 1) : ones
    const share = poolNode(op, 'AvgPool', padded(op, inside, excess, 0), window)
    return op.add('RealDiv', [average, share])
  })
}

function pool(op: Operation, make: (x: string, window: Window, pads: readonly number[]) => string): Value {
  const x = op.input(0)
  const kernel = op.ints('kernel_shape') ?? []
  if (kernel.length !== 2 || x.dims.length !== 4) throw new Unsupported('only pools over two axes')
  const window = windowOf(op, kernel, x.dims)
  if (window.dilations.some((dilation) => dilation !== 1)) throw new Unsupported(`dilations = ${window.dilations}`)
  const ceil = op.int('ceil_mode', 0) !== 0 && !window.same
  const extra = kernel.map((_, axis) => (ceil ? roundingUp(window, axis, x.dims[axis + 2]) : 0))
  const pads = window.pads.map((size, i) => size + (i < 2 ? 0 : extra[i - 2]!))
  const sizes = window.outputSizes(
    x.dims.map((size, axis) => (axis < 2 || size === undefined ? size : size + extra[axis - 2]!)),
  )
  return op.result(make(op.reference(x, 'nhwc'), window, pads), 'nhwc', x.dtype, [x.dims[0], x.dims[1], ...sizes])
}

/** Padding at the end that makes a floor of the ceil that was asked for; windows must not begin in it. */
function roundingUp({ kernel, strides, pads }: Window, axis: number, input: Dim): number {
  const [size, stride, before, after] = [kernel[axis]!, strides[axis]!, pads[axis]!, pads[axis + 2]!]
  if (input === undefined) {
    if (after + stride > size) throw new Unsupported('ceil_mode with such a stride and an unknown size')
    return stride - 1
  }
  const count = Math.ceil((input + before + after - size) / stride) + 1
  const kept = (count - 1) * stride >= input + before ? count - 1 : count
  return (kept - 1) * stride + size - (input + before + after)
}

function padded(
  op: Operation,
  x: string,
  [top = 0, left = 0, bottom = 0, right = 0]: readonly number[],
  value: number,
) {
  return pad(op, x, [0, top, left, 0], [0, bottom, right, 0], value)
}

function poolNode(op: Operation, name: string, x: string, { kernel, strides, same }: Window): string {
  return op.add(name, [x], {
    ksize: [1, ...kernel, 1],
    strides: [1, ...strides, 1],
    padding: same ? 'SAME' : 'VALID',
    data_format: 'NHWC',
  })
}

/** GlobalAveragePool and GlobalMaxPool: one axis at a time, which keeps the sums short and so exact. */
export function globalPool(name: 'Mean' | 'Max') {
  return (op: Operation): Value => {
    const x = op.input(0)
    if (x.dims.length !== 4) throw new Unsupported('only pools over two axes')
    const [batch, channels] = x.dims
    return op.result(overPicture(op, name, op.reference(x, 'nhwc')), 'nhwc', x.dtype, [batch, channels, 1, 1])
  }
}

/** Reduces height and width of an NHWC reference to 1. */
export function overPicture(op: Operation, name: 'Mean' | 'Max', x: string): string {
  const columns = op.add(name, [x, op.graph.ints([2])], { keep_dims: true })
  return op.add(name, [columns, op.graph.ints([1])], { keep_dims: true })
}
