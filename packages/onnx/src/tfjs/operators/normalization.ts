import { type Operation, Unsupported } from '../operation.js'
import type { Value } from '../value.js'
import { broadcastDims } from './pointwise.js'
import { overPicture } from './pooling.js'

/** BatchNormalization: folded into the convolution before it, else one factor and one summand a channel. */
export function batchNorm(op: Operation): Value {
  if (op.int('training_mode', 0) !== 0) throw new Unsupported('training_mode')
  const x = op.input(0)
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => op.weights(index).data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const epsilon = op.float('epsilon', 1e-5)
  const factor = Float32Array.from(scale, (value, i) => value / Math.sqrt(variance[i]! + epsilon))
  const summand = Float32Array.from(shift, (value, i) => value - mean[i]! * factor[i]!)
  const { convolution } = x
  if (convolution && op.isOnlyUser(0)) {
    const { filter, bias } = convolution
    filter.data = Float32Array.from(filter.data as Float32Array, (value, i) => value * factor[i % factor.length]!)
    bias.data = bias.data.map((value, i) => value * factor[i]! + summand[i]!)
    return x
  }
  const layout = x.dims.length === 4 ? 'nhwc' : 'onnx'
  const shape = layout === 'nhwc' ? [factor.length] : [factor.length, ...Array<number>(x.dims.length - 2).fill(1)]
  const vector = (data: Float32Array) => op.graph.weight({ data, half: false }, shape)
  const scaled = op.add('Mul', [op.reference(x, layout), vector(factor)])
  return op.result(op.add('AddV2', [scaled, vector(summand)]), layout, x.dtype, x.dims)
}

/** InstanceNormalization: each channel of each picture by its own mean and variance. */
export function instanceNorm(op: Operation): Value {
  const x = op.input(0)
  const rank = x.dims.length
  const layout = rank === 4 ? 'nhwc' : 'onnx'
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis + 2)
  const mean = (value: string): string =>
    rank === 4 ? overPicture(op, 'Mean', value) : op.add('Mean', [value, op.graph.ints(axes)], { keep_dims: true })
  const parameter = (index: number): string => {
    const value = op.input(index)
    const shape = layout === 'nhwc' ? [1, 1, 1, -1] : [1, -1, ...axes.map(() => 1)]
    return op.add('Reshape', [op.reference(value, 'onnx'), op.graph.ints(shape)])
  }
  const made = normalized(op, op.reference(x, layout), mean, op.float('epsilon', 1e-5))
  return op.result(
    op.add('AddV2', [op.add('Mul', [made, parameter(1)]), parameter(2)]),
    layout,
    x.dtype,
    broadcastDims([x], rank),
  )
}

/** LayerNormalization over the axes from `axis` on. */
export function layerNorm(op: Operation): Value {
  const x = op.input(0)
  const rank = x.dims.length
  const first = op.axis(op.int('axis', -1), rank)
  const axes = x.dims.map((_, axis) => axis).slice(first)
  if (op.node.outputs[1] || op.node.outputs[2]) throw new Unsupported('the outputs of mean and deviation')
  const mean = (value: string) => op.add('Mean', [value, op.graph.ints(axes)], { keep_dims: true })
  const made = normalized(op, op.reference(x, 'onnx'), mean, op.float('epsilon', 1e-5))
  const scaled = op.add('Mul', [made, op.reference(op.input(1), 'onnx')])
  const shift: Value | undefined = op.optional(2)
  return op.result(shift ? op.add('AddV2', [scaled, op.reference(shift, 'onnx')]) : scaled, 'onnx', x.dtype, x.dims)
}

function normalized(op: Operation, x: string, mean: (value: string) => string, epsilon: number): string {
  const centred = op.add('Sub', [x, mean(x)])
  const variance = mean(op.add('Square', [centred]))
  return op.add('Mul', [centred, op.add('Rsqrt', [op.add('AddV2', [variance, op.graph.float(epsilon)])])])
}
