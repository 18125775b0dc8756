import { type Operation, Unsupported } from '../operation.js'
import { constantValue, type Dim, type Value } from '../value.js'
import { identity } from './pointwise.js'

/** Reshape; 0 keeps a size, -1 takes what is left. */
export function reshape(op: Operation): Value {
  const [x, target] = [op.input(0), op.input(1)]
  const count = target.dims[0]
  if (count === undefined) throw new Unsupported('a shape of unknown length')
  const sizes = target.constant && Array.from(target.constant.data)
  if (!sizes) return reshaped(op, op.reference(target, 'onnx'), Array<Dim>(count).fill(undefined))
  const keeps = op.int('allowzero', 0) === 0
  const parts = sizes.map((size, axis) => (size === 0 && keeps ? (x.dims[axis] ?? op.size(x, axis)) : size))
  const dims = parts.map((part) => (typeof part === 'number' && part >= 0 ? part : undefined))
  return reshaped(op, op.sizes(parts), filledIn(dims, x.dims))
}

/** The one size that is open follows from the others where all sizes of the source are known. */
function filledIn(dims: readonly Dim[], source: readonly Dim[]): Dim[] {
  const product = (sizes: readonly Dim[]) => sizes.reduce<number>((all, size) => all * (size ?? 1), 1)
  const left = source.includes(undefined) ? undefined : product(source) / product(dims)
  return dims.map((size) => size ?? left)
}

function reshaped(op: Operation, shape: string, dims: readonly Dim[]): Value {
  const x = op.input(0)
  if (x.constant && dims.every((size) => size !== undefined)) return constantValue(x.constant, dims)
  return op.result(op.add('Reshape', [op.reference(x, 'onnx'), shape]), 'onnx', x.dtype, dims)
}

/** Flatten to two sizes. */
export function flatten(op: Operation): Value {
  const { dims } = op.input(0)
  const axis = op.int('axis', 1)
  const split = axis < 0 ? axis + dims.length : axis
  const product = (sizes: readonly Dim[]) =>
    sizes.reduce((all, size) => (all === undefined || size === undefined ? undefined : all * size), 1)
  const [first, last] = [product(dims.slice(0, split)), product(dims.slice(split))]
  if (first === undefined && last === undefined) throw new Unsupported('unknown sizes on both sides of the axis')
  return reshaped(op, op.sizes([first ?? -1, last ?? (first === undefined ? 1 : -1)]), [first, last])
}

function axesOf(op: Operation): number[] | undefined {
  return op.opset < 13 ? op.ints('axes') : op.numbers(1)
}

/** Squeeze. */
export function squeeze(op: Operation): Value {
  const x = op.input(0)
  const rank = x.dims.length
  const axes =
    axesOf(op)?.map((axis) => op.axis(axis, rank)) ?? x.dims.flatMap((size, axis) => (size === 1 ? [axis] : []))
  if (axes.length === 0) return identity(op)
  const dims = x.dims.filter((_, axis) => !axes.includes(axis))
  if (x.constant) return constantValue(x.constant, dims as number[])
  return op.result(op.add('Squeeze', [op.reference(x, 'onnx')], { squeeze_dims: axes }), 'onnx', x.dtype, dims)
}

/** Unsqueeze. */
export function unsqueeze(op: Operation): Value {
  const x = op.input(0)
  const given = axesOf(op) ?? []
  const axes = given.map((axis) => op.axis(axis, x.dims.length + given.length)).sort((a, b) => a - b)
  const dims = [...x.dims]
  for (const axis of axes) dims.splice(axis, 0, 1)
  if (x.constant) return constantValue(x.constant, dims as number[])
  const made = axes.reduce((value, axis) => op.add('ExpandDims', [value, op.graph.int(axis)]), op.reference(x, 'onnx'))
  return op.result(made, 'onnx', x.dtype, dims)
}
