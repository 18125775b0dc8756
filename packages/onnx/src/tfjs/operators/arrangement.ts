import { fromNhwc, place, toNhwc } from '../layout.js'
import { type Operation, Unsupported } from '../operation.js'
import { commonLayout, computed, type Dim, type Value } from '../value.js'

/** Concat. */
export function concat(op: Operation): Value {
  const values = op.node.inputs.map((_, index) => op.input(index))
  const rank = values[0]!.dims.length
  const axis = op.axis(op.int('axis', 0), rank)
  const layout = commonLayout(values)
  const made = op.concat(
    values.map((value) => op.reference(value, layout)),
    place(axis, layout),
  )
  const dims = values[0]!.dims.map((size, i) =>
    i === axis ? total(values.map((value) => value.dims[i])) : (size ?? values.find(({ dims }) => dims[i])?.dims[i]),
  )
  return op.result(made, layout, values[0]!.dtype, dims)
}

function total(sizes: readonly Dim[]): Dim {
  return sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0)
}

/** Split, into sizes given or into equal parts. */
export function split(op: Operation): Value[] {
  const x = op.input(0)
  const axis = op.axis(op.int('axis', 0), x.dims.length)
  const layout = commonLayout([x])
  const size = x.dims[axis]
  const sizes = (op.opset < 13 ? op.ints('split') : op.numbers(1)) ?? equalParts(op.node.outputs.length, size)
  const inputs = [op.reference(x, layout), op.graph.ints(sizes), op.graph.int(place(axis, layout))]
  const name = op.add('SplitV', inputs, { num_split: sizes.length })
  return sizes.map((part, i) => {
    const dims = x.dims.map((dim, j) => (j === axis ? part : dim))
    return computed(i === 0 ? name : `${name}:${i}`, layout, x.dtype, dims)
  })
}

function equalParts(count: number, size: Dim): number[] {
  if (size === undefined) throw new Unsupported('equal parts of an unknown size')
  const part = Math.ceil(size / count)
  return Array.from({ length: count }, (_, i) => Math.min(part, size - part * i))
}

/** Transpose; between ONNX's order and channels-last only the name of the layout changes. */
export function transpose(op: Operation): Value {
  const x = op.input(0)
  const order = op.ints('perm') ?? x.dims.map((_, axis) => axis).reverse()
  const dims = order.map((axis) => x.dims[axis])
  const { nhwc, onnx } = x.references
  const same = (permutation: readonly number[]) => order.join() === permutation.join()
  if (same(toNhwc) && nhwc !== undefined) return op.result(nhwc, 'onnx', x.dtype, dims)
  if (same(fromNhwc) && onnx !== undefined) return op.result(onnx, 'nhwc', x.dtype, dims)
  return op.result(op.add('Transpose', [op.reference(x, 'onnx'), op.graph.ints(order)]), 'onnx', x.dtype, dims)
}

/** Gather along an axis; constant indices may count from the end. */
export function gather(op: Operation): Value {
  const [x, indices] = [op.input(0), op.input(1)]
  const axis = op.axis(op.int('axis', 0), x.dims.length)
  const layout = indices.dims.length === 1 ? commonLayout([x]) : 'onnx'
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)]
  const inputs = [op.reference(x, layout), fromFront(op, indices, x.dims[axis]), op.graph.int(place(axis, layout))]
  return op.result(op.add('GatherV2', inputs), layout, x.dtype, dims)
}

function fromFront(op: Operation, indices: Value, size: Dim): string {
  const { constant, dims } = indices
  if (!constant?.data.some((index) => index < 0)) return op.reference(indices, 'onnx')
  if (size === undefined) throw new Unsupported('indices from the end of an unknown size')
  const data = Int32Array.from(constant.data, (index) => (index < 0 ? index + size : index))
  return op.graph.weight({ data, half: false }, dims as number[])
}

/** DepthToSpace; CRD order is DCR order of channels exchanged, by the convolution before it where there is one. */
export function depthToSpace(op: Operation): Value {
  const x = op.input(0)
  const block = op.int('blocksize', 1)
  const [batch, channels, height, width] = x.dims
  if (channels === undefined) throw new Unsupported('an unknown number of channels')
  const depth = channels / block ** 2
  const crd = op.text('mode', 'DCR') === 'CRD'
  // DCR finds channel c of block place b at b depth + c, CRD at c block² + b.
  const order = Int32Array.from({ length: channels }, (_, i) => (i % depth) * block ** 2 + Math.floor(i / depth))
  const source = crd ? exchanged(op, x, order) : op.reference(x, 'nhwc')
  const made = op.add('DepthToSpace', [source], { block_size: block, data_format: 'NHWC' })
  const large = [height, width].map((size) => size && size * block)
  return op.result(made, 'nhwc', x.dtype, [batch, depth, ...large])
}

function exchanged(op: Operation, x: Value, order: Int32Array): string {
  const { convolution } = x
  if (convolution && op.isOnlyUser(0)) {
    const { filter, bias } = convolution
    const count = order.length
    filter.data = filter.data.map((_, i, data) => data[i - (i % count) + order[i % count]!]!)
    bias.data = bias.data.map((_, i, data) => data[order[i]!]!)
    return op.reference(x, 'nhwc')
  }
  const indices = op.graph.weight({ data: order, half: false }, [order.length])
  return op.add('GatherV2', [op.reference(x, 'nhwc'), indices, op.graph.int(3)])
}

/** SpaceToDepth: every place of the block is a picture of its own; they are joined as channels. */
export function spaceToDepth(op: Operation): Value {
  const x = op.input(0)
  const block = op.int('blocksize', 1)
  const [batch, channels, height, width] = x.dims
  const source = op.reference(x, 'nhwc')
  const places = Array.from({ length: block ** 2 }, (_, i) => {
    const begin = op.graph.ints([0, Math.floor(i / block), i % block, 0])
    const strides = op.graph.ints([1, block, block, 1])
    return op.add('StridedSlice', [source, begin, op.graph.ints([0, 0, 0, 0]), strides], {
      begin_mask: 9,
      end_mask: 15,
    })
  })
  const small = [height, width].map((size) => size && size / block)
  return op.result(op.concat(places, 3), 'nhwc', x.dtype, [batch, channels && channels * block ** 2, ...small])
}
