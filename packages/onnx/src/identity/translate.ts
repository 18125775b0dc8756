import type { GraphBuilder, Size } from '../build/builder.js'
import { DataType } from '../model/data-type.js'
import { type ChannelMap, channelMap, diagonal, type PixelValues, selection } from './channels.js'
import { copy } from './identity-model.js'

/** A tensor that holds a picture. */
export interface PixelTensor extends PixelValues {
  readonly name: string
  readonly layout: 'NCHW' | 'NHWC'
  readonly batch: Size
  readonly height: Size
  readonly width: Size
}

type Layout = PixelTensor['layout']

const transposed = { NCHW: [0, 3, 1, 2], NHWC: [0, 2, 3, 1] } as const satisfies Record<Layout, readonly number[]>

/** Adds the nodes that turn picture `from` into `to`, `scale` times as large; all arithmetic is in float32, which every device computes. */
export function translate(graph: GraphBuilder, from: PixelTensor, to: PixelTensor, scale: number): void {
  const map = channelMap(from, to)
  const sources = selection(map)
  const untouched = sources?.every((source, channel) => source === channel) && sources.length === map.matrix[0]?.length
  if (untouched && from.dtype === to.dtype && from.layout === to.layout && scale === 1) {
    copy(graph, from.name, to.dtype, to.name)
    return
  }
  let value = from.dtype === 'float32' ? from.name : graph.node('Cast', [from.name], { to: DataType.float32 })
  let layout = from.layout
  const arrange = (wanted: Layout): void => {
    if (layout !== wanted) value = graph.node('Transpose', [value], { perm: transposed[wanted] })
    layout = wanted
  }
  const factors = diagonal(map)
  if (sources) {
    if (!untouched) value = graph.node('Gather', [value, indices(graph, sources)], { axis: layout === 'NCHW' ? 1 : 3 })
  } else if (factors) value = scaleAndShift(graph, value, factors, map.offset, layout)
  else {
    arrange('NCHW')
    value = mix(graph, value, map)
  }
  if (scale > 1) {
    arrange('NCHW')
    value = enlarge(graph, value, scale)
  }
  arrange(to.layout)
  // Bytes that were only moved are whole numbers in range already.
  if (to.dtype === 'uint8' && !(sources && from.dtype === 'uint8')) value = roundToByte(graph, value)
  if (to.dtype === 'float32') graph.node('Identity', [value], {}, { as: to.name })
  else graph.node('Cast', [value], { to: DataType[to.dtype] }, { as: to.name })
}

function indices(graph: GraphBuilder, channels: readonly number[]): string {
  return graph.constant(BigInt64Array.from(channels, BigInt))
}

function scaleAndShift(
  graph: GraphBuilder,
  value: string,
  factors: readonly number[],
  offset: readonly number[],
  layout: Layout,
): string {
  const dims = layout === 'NCHW' ? [factors.length, 1, 1] : [factors.length]
  const scaled = graph.node('Mul', [value, graph.constant(Float32Array.from(factors), dims)])
  if (offset.every((shift) => shift === 0)) return scaled
  return graph.node('Add', [scaled, graph.constant(Float32Array.from(offset), dims)])
}

function mix(graph: GraphBuilder, value: string, { matrix, offset }: ChannelMap): string {
  const weights = graph.constant(Float32Array.from(matrix.flat()), [matrix.length, matrix[0]!.length, 1, 1])
  return graph.node('Conv', [value, weights, graph.constant(Float32Array.from(offset))], { kernel_shape: [1, 1] })
}

function enlarge(graph: GraphBuilder, value: string, scale: number): string {
  const scales = graph.constant(Float32Array.of(1, 1, scale, scale))
  const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
  return graph.node('Resize', [value, '', scales], nearest)
}

/** Rounds half up and clamps. */
function roundToByte(graph: GraphBuilder, value: string): string {
  const [half, low, high] = [0.5, 0, 255].map((number) => graph.constant(Float32Array.of(number), []))
  const rounded = graph.node('Floor', [graph.node('Add', [value, half!])])
  return graph.node('Clip', [rounded, low!, high!])
}
