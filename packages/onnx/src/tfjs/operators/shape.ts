import type { OnnxTensor } from '../../model/types.js'
import { type TfDtype, tfTypes } from '../artifacts.js'
import { fromTensor, type Operation, Unsupported } from '../operation.js'
import { constantValue, type Dim, type Value } from '../value.js'

/** Constant, in all the ways it can be written. */
export function constant(op: Operation): Value {
  const tensor = op.attribute('value')?.t
  if (tensor) return fromTensor(tensor)
  const float = op.attribute('value_float')?.f
  if (float !== undefined) return constantValue({ data: Float32Array.of(float), half: false }, [])
  const int = op.attribute('value_int')?.i
  if (int !== undefined) return constantValue({ data: Int32Array.of(Number(int)), half: false }, [])
  const floats = op.attribute('value_floats')?.floats
  if (floats) return constantValue({ data: Float32Array.from(floats), half: false }, [floats.length])
  const ints = op.ints('value_ints')
  if (ints) return constantValue({ data: Int32Array.from(ints), half: false }, [ints.length])
  throw new Unsupported(`value of ${op.node.attributes.map(({ name }) => name)}`)
}

/** Shape: constant where all sizes are known. */
export function shape(op: Operation): Value {
  const x = op.input(0)
  const rank = x.dims.length
  const from = op.int('start', 0)
  const to = op.int('end', rank)
  const [start, end] = [from, to].map((index) => Math.max(0, Math.min(rank, index < 0 ? index + rank : index)))
  const dims = x.dims.slice(start, end)
  if (dims.every((size) => size !== undefined)) {
    return constantValue({ data: Int32Array.from(dims), half: false }, [dims.length])
  }
  return op.result(op.sizes(dims.map((size, i) => size ?? op.size(x, i + start!))), 'onnx', 'int32', [dims.length])
}

/** ConstantOfShape. */
export function constantOfShape(op: Operation): Value {
  const tensor: OnnxTensor | undefined = op.attribute('value')?.t
  const value = tensor && fromTensor(tensor)
  const dtype: TfDtype = value?.dtype ?? 'float32'
  const number = value?.constant?.data[0] ?? 0
  const filler = op.graph.weight(
    { data: dtype === 'float32' ? Float32Array.of(number) : Int32Array.of(number), half: false },
    [],
  )
  const sizes = op.input(0)
  const known = sizes.constant && Array.from(sizes.constant.data)
  const dims = known ?? Array<Dim>(rankOf(op, sizes.dims)).fill(undefined)
  const made = op.add('Fill', [op.reference(sizes, 'onnx'), filler], { T: { type: tfTypes[dtype] } })
  return op.result(made, 'onnx', dtype, dims)
}

function rankOf(op: Operation, [count]: readonly Dim[]): number {
  if (count === undefined) throw new Unsupported(`a shape (${op.node.inputs}) of unknown length`)
  return count
}

/** Expand: a product with ones, which broadcasts both ways and changes no number. */
export function expand(op: Operation): Value {
  const [x, sizes] = [op.input(0), op.input(1)]
  if (x.dtype === 'bool') throw new Unsupported('booleans')
  const filler = x.dtype === 'float32' ? op.graph.float(1) : op.graph.int(1)
  const ones = op.add('Fill', [op.reference(sizes, 'onnx'), filler], { T: { type: tfTypes[x.dtype] } })
  const target: readonly Dim[] = sizes.constant
    ? Array.from(sizes.constant.data)
    : Array<Dim>(rankOf(op, sizes.dims)).fill(undefined)
  const rank = Math.max(x.dims.length, target.length)
  const dims = Array.from({ length: rank }, (_, i) => {
    const [mine, theirs] = [x.dims.at(i - rank) ?? (i < rank - x.dims.length ? 1 : undefined), target.at(i - rank)]
    if (i < rank - target.length) return mine
    return mine !== undefined && mine !== 1 ? mine : theirs === 1 ? mine : theirs
  })
  return op.result(op.add('Mul', [op.reference(x, 'onnx'), ones]), 'onnx', x.dtype, dims)
}

/** Tile. */
export function tile(op: Operation): Value {
  const x = op.input(0)
  const repeats = op.numbers(1) ?? []
  const dims = x.dims.map((size, axis) => size && size * repeats[axis]!)
  return op.result(op.add('Tile', [op.reference(x, 'onnx'), op.graph.ints(repeats)]), 'onnx', x.dtype, dims)
}

/** Range of whole numbers or floats. */
export function range(op: Operation): Value {
  const parts = [0, 1, 2].map((index) => op.input(index))
  const { dtype } = parts[0]!
  const references = parts.map((part) => op.reference(part, 'onnx'))
  return op.result(op.add('Range', references, { Tidx: { type: tfTypes[dtype] } }), 'onnx', dtype, [undefined])
}
