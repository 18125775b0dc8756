import type { TfDtype } from '../artifacts.js'
import type { Layout } from '../layout.js'
import { type Operation, tfDtype, Unsupported } from '../operation.js'
import { commonLayout, type Dim, type Value } from '../value.js'
import type { Single } from './emitter.js'

/** Emits what `make` makes of input 0, element by element, in whichever layout it lies. */
export function pointwise(op: Operation, make: (x: string, layout: Layout) => string, dtype?: TfDtype): Value {
  const x = op.input(0)
  const layout = commonLayout([x])
  return op.result(make(op.reference(x, layout), layout), layout, dtype ?? x.dtype, x.dims)
}

/** An operator that is one TensorFlow operator of one input. */
export function unary(name: string): Single {
  return (op) => pointwise(op, (x) => op.add(name, [x]))
}

/** An operator that is one TensorFlow operator of two inputs that broadcast; more inputs (Sum, Min, Max) are taken in turn. */
export function binary(name: string, dtype?: TfDtype): Single {
  return (op) => {
    const values = op.node.inputs.map((_, index) => op.input(index))
    return combine(op, values, name, dtype)
  }
}

/** Emits a TensorFlow operator over values that broadcast. */
function combine(op: Operation, values: readonly Value[], name: string, dtype?: TfDtype): Value {
  const layout = commonLayout(values)
  const rank = Math.max(...values.map(({ dims }) => dims.length))
  if (layout === 'nhwc' && rank !== 4) throw new Unsupported(`broadcasting four sizes to ${rank}`)
  const [first, ...rest] = values.map((value) => op.broadcast(value, rank, layout))
  const made = rest.reduce((left, right) => op.add(name, [left, right]), first!)
  return op.result(made, layout, dtype ?? values[0]!.dtype, broadcastDims(values, rank))
}

/** The sizes of the result of broadcasting. */
export function broadcastDims(values: readonly Value[], rank: number): Dim[] {
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = values.map(({ dims }) => (axis < rank - dims.length ? 1 : dims[axis - rank + dims.length]))
    const large = sizes.find((size) => size !== undefined && size !== 1)
    return large ?? (sizes.includes(undefined) ? undefined : 1)
  })
}

/** Division: of whole numbers, towards 0 (sizes, which are never negative). */
export function div(op: Operation): Value {
  return combine(op, [op.input(0), op.input(1)], op.input(0).dtype === 'int32' ? 'FloorDiv' : 'RealDiv')
}

/** x to the power of y; squares and roots by their own operators, which are exact. */
export function pow(op: Operation): Value {
  const exponent = op.input(1).constant?.data
  if (exponent?.length === 1 && exponent[0] === 2) return unary('Square')(op)
  if (exponent?.length === 1 && exponent[0] === 0.5) return unary('Sqrt')(op)
  const [x, y] = [op.input(0), op.input(1)]
  const layout = commonLayout([x, y])
  const rank = Math.max(x.dims.length, y.dims.length)
  const power = op.broadcast(y, rank, layout)
  const asFloat = y.dtype === x.dtype ? power : cast(op, power, x.dtype)
  const made = op.add('Pow', [op.broadcast(x, rank, layout), asFloat])
  return op.result(made, layout, x.dtype, broadcastDims([x, y], rank))
}

const types: Readonly<Record<TfDtype, string>> = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' }

/** Adds a Cast. */
function cast(op: Operation, x: string, dtype: TfDtype): string {
  return op.add('Cast', [x], { DstT: { type: types[dtype] } })
}

/** Cast; float16 and float64 stay float32, the integer types int32. */
export function castNode(op: Operation): Value {
  const x = op.input(0)
  const dtype = tfDtype(op.int('to', 0))
  if (dtype === x.dtype) return identity(op)
  if (x.constant) {
    const { data } = x.constant
    const made = dtype === 'float32' ? Float32Array.from(data) : dtype === 'int32' ? Int32Array.from(data) : undefined
    if (made) return { dtype, dims: x.dims, constant: { data: made, half: false }, references: {} }
  }
  return pointwise(op, (reference) => cast(op, reference, dtype), dtype)
}

/** A value as it is; a convolution's, that other nodes may use under its first name, stays closed. */
export function identity(op: Operation): Value {
  const { convolution: _, ...value } = op.input(0)
  return value
}

/** condition ? x : y. */
export function where(op: Operation): Value {
  const values = [op.input(0), op.input(1), op.input(2)]
  const layout = commonLayout(values)
  const rank = Math.max(...values.map(({ dims }) => dims.length))
  const references = values.map((value) => op.broadcast(value, rank, layout))
  return op.result(op.add('SelectV2', references), layout, values[1]!.dtype, broadcastDims(values, rank))
}
