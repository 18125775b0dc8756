import type { Constant } from '../graph.js'
import { permute } from '../layout.js'
import { type Operation, Unsupported } from '../operation.js'
import type { Dim, Value } from '../value.js'
import { dilate, type Window, windowOf } from '../window.js'

interface Filter extends Constant {
  data: Float32Array
  readonly dims: readonly number[]
}

/** Conv: bias always fused; depthwise where every group has one input channel, else one convolution a group. */
export function conv(op: Operation): Value {
  const x = op.input(0)
  const given = op.weights(1)
  if (given.dims.length !== 4 || x.dims.length !== 4) throw new Unsupported('only convolutions over two axes')
  const [outputs = 0, inputs = 0, ...kernel] = given.dims
  const groups = op.int('group', 1)
  let window = windowOf(op, kernel, x.dims)
  let filter: Filter = given
  if (window.strides.some((stride) => stride > 1) && window.dilations.some((dilation) => dilation > 1)) {
    filter = dilate(given, window.dilations)
    window = { ...window, kernel: filter.dims.slice(2), dilations: [1, 1] }
  }
  const bias = { data: op.optional(2) ? op.weights(2).data.slice() : new Float32Array(outputs), half: given.half }
  const dims = [x.dims[0], outputs, ...window.outputSizes(x.dims)]
  const reference = op.reference(x, 'nhwc')
  if (groups === 1 || inputs === 1) {
    const depthwise = groups > 1
    const arranged = depthwise ? depthwiseFilter(filter, groups) : filterOf(filter)
    const node = op.graph.addNode(
      depthwise ? 'FusedDepthwiseConv2dNative' : '_FusedConv2D',
      [reference, op.graph.weight(arranged, arranged.dims), op.graph.weight(bias, [outputs])],
      { ...attributes(window), fused_ops: ['BiasAdd'], num_args: 1 },
    )
    const convolution = { node, filter: arranged, bias }
    return { dtype: 'float32', dims, references: { nhwc: node.name }, convolution }
  }
  return op.result(grouped(op, reference, filter, bias, groups, window), 'nhwc', 'float32', dims)
}

function grouped(op: Operation, x: string, filter: Filter, bias: Constant, groups: number, window: Window): string {
  const [outputs = 0, inputs = 0] = filter.dims
  const parts = split(op, x, groups, inputs)
  const each = outputs / groups
  const size = filter.data.length / groups
  const results = parts.map((part, group) => {
    const data = filter.data.slice(group * size, (group + 1) * size)
    const arranged = filterOf({ data, half: filter.half, dims: [each, ...filter.dims.slice(1)] })
    const inputsOfPart = [
      part,
      op.graph.weight(arranged, arranged.dims),
      op.graph.weight({ ...bias, data: bias.data.slice(group * each, (group + 1) * each) }, [each]),
    ]
    return op.add('_FusedConv2D', inputsOfPart, { ...attributes(window), fused_ops: ['BiasAdd'], num_args: 1 })
  })
  return op.concat(results, 3)
}

/** Gives the channels of an NHWC reference in groups. */
function split(op: Operation, x: string, groups: number, channels: number): string[] {
  if (groups === 1) return [x]
  const sizes = op.graph.ints(Array<number>(groups).fill(channels))
  const name = op.add('SplitV', [x, sizes, op.graph.int(3)], { num_split: groups })
  return Array.from({ length: groups }, (_, i) => (i === 0 ? name : `${name}:${i}`))
}

/** ConvTranspose: one transposed convolution a group, kernels with zeros between their taps where they are dilated. */
export function convTranspose(op: Operation): Value {
  const x = op.input(0)
  const given = op.weights(1)
  if (given.dims.length !== 4 || x.dims.length !== 4) throw new Unsupported('only convolutions over two axes')
  const groups = op.int('group', 1)
  const dilations = op.ints('dilations') ?? [1, 1]
  const filter = dilate(given, dilations)
  const [inputs = 0, each = 0, ...kernel] = filter.dims
  const strides = op.ints('strides') ?? [1, 1]
  const { pads, sizes } = transposedSizes(op, kernel, strides, x.dims)
  const height = sizes.map((size, axis) => size ?? outputSize(op, axis, kernel, strides, pads))
  const shape = op.sizes([op.size(x, 0), ...height, each])
  const perGroup = inputs / groups
  const results = split(op, op.reference(x, 'nhwc'), groups, perGroup).map((part, group) => {
    const count = filter.data.length / groups
    const data = filter.data.slice(group * count, (group + 1) * count)
    const arranged = filterOf({ data, half: filter.half, dims: [perGroup, each, ...kernel] })
    return op.add('Conv2DBackpropInput', [shape, op.graph.weight(arranged, arranged.dims), part], {
      strides: [1, ...strides, 1],
      padding: 'EXPLICIT',
      explicit_paddings: [0, 0, pads[0]!, pads[2]!, pads[1]!, pads[3]!, 0, 0],
      data_format: 'NHWC',
    })
  })
  const joined = op.concat(results, 3)
  const made = op.optional(2) ? op.add('AddV2', [joined, op.reference(op.input(2), 'onnx')]) : joined
  return op.result(made, 'nhwc', 'float32', [x.dims[0], each * groups, ...sizes])
}

function transposedSizes(op: Operation, kernel: readonly number[], strides: readonly number[], dims: readonly Dim[]) {
  const extra = op.ints('output_padding') ?? [0, 0]
  const mode = op.text('auto_pad', 'NOTSET')
  const given = op.ints('output_shape')
  const wanted = given?.slice(-2)
  const totals = kernel.map((size, axis) => {
    const full = size + extra[axis]! - strides[axis]!
    const input = dims[axis + 2]
    if (wanted) {
      if (input === undefined) throw new Unsupported('output_shape for an input of unknown size')
      return Math.max(0, strides[axis]! * input + full - wanted[axis]!)
    }
    return Math.max(0, full)
  })
  const same = mode === 'SAME_UPPER' || mode === 'SAME_LOWER' || wanted !== undefined
  // ONNX gives SAME_UPPER the larger half at the end, and every other mode at the beginning.
  const first = totals.map((total) => (mode === 'SAME_UPPER' ? total >> 1 : (total + 1) >> 1))
  const pads = same
    ? [...first, ...totals.map((total, axis) => total - first[axis]!)]
    : mode === 'VALID'
      ? [0, 0, 0, 0]
      : (op.ints('pads') ?? [0, 0, 0, 0])
  const sizes = kernel.map((size, axis) => {
    const input = dims[axis + 2]
    return input === undefined
      ? undefined
      : strides[axis]! * (input - 1) + extra[axis]! + size - pads[axis]! - pads[axis + 2]!
  })
  return { pads, sizes }
}

function outputSize(
  op: Operation,
  axis: number,
  kernel: readonly number[],
  strides: readonly number[],
  pads: readonly number[],
): string {
  const extra = op.ints('output_padding') ?? [0, 0]
  const shift = extra[axis]! + kernel[axis]! - strides[axis]! - pads[axis]! - pads[axis + 2]!
  const scaled = op.add('Mul', [op.size(op.input(0), axis + 2), op.graph.ints([strides[axis]!])])
  return op.add('AddV2', [scaled, op.graph.ints([shift])])
}

/** ONNX [out][in][height][width] as TensorFlow's [height][width][in][out]; of a transposed one [height][width][out][in]. */
function filterOf({ data, half, dims }: Filter): Filter {
  const order = [2, 3, 1, 0]
  return { data: permute(data, dims, order), half, dims: order.map((axis) => dims[axis]!) }
}

/** ONNX [channels x multiplier][1][height][width] as TensorFlow's [height][width][channels][multiplier]. */
function depthwiseFilter({ data, half, dims }: Filter, groups: number): Filter {
  const [outputs = 0, , height = 0, width = 0] = dims
  return { data: permute(data, dims, [2, 3, 0, 1]), half, dims: [height, width, groups, outputs / groups] }
}

function attributes({ strides, dilations, pads, same }: Window) {
  const explicit = [0, 0, pads[0]!, pads[2]!, pads[1]!, pads[3]!, 0, 0]
  return {
    strides: [1, ...strides, 1],
    dilations: [1, ...dilations, 1],
    data_format: 'NHWC',
    ...(same ? { padding: 'SAME' } : { padding: 'EXPLICIT', explicit_paddings: explicit }),
  }
}
