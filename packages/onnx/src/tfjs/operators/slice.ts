import { arrange } from '../layout.js'
import { type Operation, Unsupported } from '../operation.js'
import { commonLayout, type Dim, type Value } from '../value.js'

/** Slice; starts and ends may be known only when the model runs. */
export function slice(op: Operation): Value {
  const x = op.input(0)
  const rank = x.dims.length
  const early = op.opset < 10
  const steps = early ? undefined : op.numbers(4)
  const starts = early ? op.ints('starts') : constantNumbers(op, 1)
  const ends = early ? op.ints('ends') : constantNumbers(op, 2)
  const count = starts?.length ?? op.input(1).dims[0] ?? 0
  const listed = early ? op.ints('axes') : op.numbers(3)
  const axes = (listed ?? Array.from({ length: count }, (_, axis) => axis)).map((axis) => op.axis(axis, rank))
  const stepOf = (axis: number) => (axes.includes(axis) ? (steps?.[axes.indexOf(axis)] ?? 1) : 1)
  const all = x.dims.map((_, axis) => axis)
  const layout = commonLayout([x])
  const order = arrange(all, layout)
  const mask = (test: (axis: number) => boolean) =>
    order.reduce((bits, axis, position) => (test(axis) ? bits | (1 << position) : bits), 0)
  const bounds = (known: number[] | undefined, input: number) =>
    op.sizes(
      order.map((axis) => {
        const index = axes.indexOf(axis)
        if (index < 0) return 0
        return known ? known[index]! : element(op, input, index)
      }),
    )
  const untouched = (axis: number) => !axes.includes(axis)
  const made = op.add(
    'StridedSlice',
    [op.reference(x, layout), bounds(starts, 1), bounds(ends, 2), op.graph.ints(order.map(stepOf))],
    { begin_mask: mask(untouched), end_mask: mask(untouched) },
  )
  const dims = x.dims.map((size, axis) =>
    untouched(axis) ? size : length(size, starts?.[axes.indexOf(axis)], ends?.[axes.indexOf(axis)], stepOf(axis)),
  )
  return op.result(made, layout, x.dtype, dims)
}

function constantNumbers(op: Operation, index: number): number[] | undefined {
  return op.input(index).constant && op.numbers(index)
}

function element(op: Operation, input: number, index: number): string {
  const list = (value: number) => op.graph.ints([value])
  return op.add('StridedSlice', [op.reference(op.input(input), 'onnx'), list(index), list(index + 1), list(1)])
}

function length(size: Dim, start: number | undefined, end: number | undefined, step: number): Dim {
  if (size === undefined || start === undefined || end === undefined) return undefined
  if (step === 0) throw new Unsupported('a step of 0')
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const bound = (value: number) => Math.max(low, Math.min(high, value < 0 ? value + size : value))
  const first = step > 0 ? bound(start) : Math.max(0, bound(start))
  return Math.max(0, Math.ceil((bound(end) - first) / step))
}
