import { arrange } from '../layout.js'
import { type Operation, Unsupported } from '../operation.js'
import { commonLayout, type Value } from '../value.js'

/** Pads a reference with one value; the lists are in its own order and may be negative, which cuts. */
export function pad(
  op: Operation,
  x: string,
  before: readonly number[],
  after: readonly number[],
  value: number,
  dtype: 'float32' | 'int32' = 'float32',
): string {
  const cutOut = cut(op, x, before, after)
  const paddings = positive(before, after)
  if (!paddings) return cutOut
  const filler = dtype === 'int32' ? op.graph.int(value) : op.graph.float(value)
  return op.add('PadV2', [cutOut, table(op, paddings), filler])
}

/** Pad: constant, reflect and edge. */
export function padNode(op: Operation): Value {
  const x = op.input(0)
  const rank = x.dims.length
  const layout = commonLayout([x])
  const pads = (op.opset < 11 ? op.ints('pads') : op.numbers(1)) ?? []
  const axes = op.numbers(3)?.map((axis) => op.axis(axis, rank)) ?? x.dims.map((_, axis) => axis)
  const side = (offset: number) =>
    x.dims.map((_, axis) => (axes.includes(axis) ? pads[axes.indexOf(axis) + offset]! : 0))
  const [before, after] = [side(0), side(axes.length)]
  const dims = x.dims.map((size, axis) => (size === undefined ? size : size + before[axis]! + after[axis]!))
  const lists = [arrange(before, layout), arrange(after, layout)] as const
  const made = padded(op, op.reference(x, layout), lists)
  return op.result(made, layout, x.dtype, dims)
}

function padded(op: Operation, x: string, [before, after]: readonly [number[], number[]]): string {
  const mode = op.text('mode', 'constant')
  const dtype = op.input(0).dtype
  if (mode === 'constant') {
    const value = (op.opset < 11 ? op.float('value', 0) : op.numbers(2)?.[0]) ?? 0
    if (dtype === 'bool') throw new Unsupported('booleans')
    return pad(op, x, before, after, value, dtype)
  }
  const cutOut = cut(op, x, before, after)
  const paddings = positive(before, after)
  if (!paddings) return cutOut
  if (mode === 'reflect') return op.add('MirrorPad', [cutOut, table(op, paddings)], { mode: 'REFLECT' })
  if (mode === 'edge') return edge(op, cutOut, paddings)
  throw new Unsupported(`mode = ${mode}`)
}

/** TensorFlow.js cannot repeat an edge: first and last slice are joined on as often as asked. */
function edge(op: Operation, x: string, paddings: readonly (readonly number[])[]): string {
  return paddings.reduce((padded, [before = 0, after = 0], axis) => {
    if (before === 0 && after === 0) return padded
    const line = (begin: number, end: number, mask: number) => {
      const list = (value: number) => op.graph.ints(paddings.map((_, i) => (i === axis ? value : 0)))
      const others = paddings.reduce((bits, _, i) => (i === axis ? bits : bits | (1 << i)), 0)
      const attributes = { begin_mask: others, end_mask: others | mask }
      const ones = op.graph.ints(paddings.map(() => 1))
      return op.add('StridedSlice', [padded, list(begin), list(end), ones], attributes)
    }
    const first = before > 0 ? Array<string>(before).fill(line(0, 1, 0)) : []
    const last = after > 0 ? Array<string>(after).fill(line(-1, 0, 1 << axis)) : []
    return op.concat([...first, padded, ...last], axis)
  }, x)
}

function positive(before: readonly number[], after: readonly number[]): number[][] | undefined {
  const paddings = before.map((size, axis) => [Math.max(0, size), Math.max(0, after[axis]!)])
  return paddings.flat().some((size) => size > 0) ? paddings : undefined
}

function table(op: Operation, paddings: readonly (readonly number[])[]): string {
  return op.graph.weight({ data: Int32Array.from(paddings.flat()), half: false }, [paddings.length, 2])
}

/** Drops what negative pads cut off. */
function cut(op: Operation, x: string, before: readonly number[], after: readonly number[]): string {
  if ([...before, ...after].every((size) => size >= 0)) return x
  const begin = before.map((size) => Math.max(0, -size))
  const end = after.map((size) => Math.min(0, size))
  const mask = end.reduce((bits, size, axis) => (size === 0 ? bits | (1 << axis) : bits), 0)
  const ones = op.graph.ints(begin.map(() => 1))
  return op.add('StridedSlice', [x, op.graph.ints(begin), op.graph.ints(end), ones], { begin_mask: 0, end_mask: mask })
}
