import { place } from '../layout.js'
import { type Operation, Unsupported } from '../operation.js'
import { commonLayout, type Value } from '../value.js'
import type { Emitter } from './emitter.js'
import { identity } from './pointwise.js'

/** ReduceMean and its like; `axesInput` is the operator set in which axes became an input. */
export function reduce(name: 'Mean' | 'Sum' | 'Max' | 'Min' | 'Prod', axesInput: number): Emitter {
  return (op) => {
    const x = op.input(0)
    const rank = x.dims.length
    const given = op.opset < axesInput ? op.ints('axes') : op.numbers(1)
    if (!given?.length && op.int('noop_with_empty_axes', 0) !== 0) return identity(op)
    const axes = given?.length ? given.map((axis) => op.axis(axis, rank)) : x.dims.map((_, axis) => axis)
    const keep = op.int('keepdims', 1) !== 0
    // Without the axes that go, NHWC has no channels at the end.
    const layout = keep ? commonLayout([x]) : 'onnx'
    const list = op.graph.ints(axes.map((axis) => place(axis, layout)))
    const dims = x.dims.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]))
    return op.result(op.add(name, [op.reference(x, layout), list], { keep_dims: keep }), layout, x.dtype, dims)
  }
}

/** Softmax along an axis; before operator set 13, over it and all that follow. */
export function softmax(op: Operation): Value {
  const x = op.input(0)
  const rank = x.dims.length
  const joint = op.opset < 13
  const axis = op.axis(op.int('axis', joint ? 1 : -1), rank)
  const axes = x.dims.map((_, i) => i).filter((i) => (joint ? i >= axis : i === axis))
  const layout = commonLayout([x])
  const places = axes.map((i) => place(i, layout))
  const reference = op.reference(x, layout)
  if (places.length === 1 && places[0] === rank - 1) {
    return op.result(op.add('Softmax', [reference]), layout, x.dtype, x.dims)
  }
  const over = (name: string, value: string) => op.add(name, [value, op.graph.ints(places)], { keep_dims: true })
  const powers = op.add('Exp', [op.add('Sub', [reference, over('Max', reference)])])
  return op.result(op.add('RealDiv', [powers, over('Sum', powers)]), layout, x.dtype, x.dims)
}

/** MatMul of two or more sizes each. */
export function matMul(op: Operation): Value {
  const [a, b] = [op.input(0), op.input(1)]
  const rank = Math.max(a.dims.length, b.dims.length)
  if (a.dims.length < 2 || b.dims.length < 2) throw new Unsupported('a factor of one size')
  const batch = Array.from({ length: rank - 2 }, (_, axis) => {
    const [left, right] = [a.dims.at(axis - rank), b.dims.at(axis - rank)]
    return left === 1 || axis < rank - a.dims.length ? right : left
  })
  const made = op.add('BatchMatMulV2', [op.reference(a, 'onnx'), op.reference(b, 'onnx')], {
    adj_x: false,
    adj_y: false,
  })
  return op.result(made, 'onnx', 'float32', [...batch, a.dims.at(-2), b.dims.at(-1)])
}

/** Gemm: alpha A B + beta C. */
export function gemm(op: Operation): Value {
  const [a, b, c] = [op.input(0), op.input(1), op.optional(2)]
  const [transposeA, transposeB] = [op.int('transA', 0) !== 0, op.int('transB', 0) !== 0]
  const times = (value: string, factor: number) =>
    factor === 1 ? value : op.add('Mul', [value, op.graph.float(factor)])
  const product = op.add('MatMul', [op.reference(a, 'onnx'), op.reference(b, 'onnx')], {
    transpose_a: transposeA,
    transpose_b: transposeB,
  })
  const scaled = times(product, op.float('alpha', 1))
  const made = c ? op.add('AddV2', [scaled, times(op.reference(c, 'onnx'), op.float('beta', 1))]) : scaled
  return op.result(made, 'onnx', 'float32', [a.dims[transposeA ? 1 : 0], b.dims[transposeB ? 0 : 1]])
}
