import type { IoSpec, ModelBytes } from '@i2i/core'
import { DataType, GraphBuilder, linkIdentityModel, type Model, writeModel } from '@i2i/onnx'
import { solve } from '../doctor/linear.js'
import { elementIndex } from './element-index.js'

/** What a probe model computes of each pixel: out[c] = sum of weights[c][k] in[k] at the pixel to the left, + bias[c]. */
export interface ProbeModel {
  readonly weights: readonly (readonly number[])[]
  readonly bias: readonly number[]
  /** The result is bytes: clamped to 0..255 and rounded. */
  readonly bytes?: true
}

/** A probe model for tensors of so many channels, in floats or bytes. */
export type MakeProbeModel = (channels: number, bytes: boolean) => ProbeModel

/** No turn, mirror or channel order of a picture gives the same: every weight and the direction of the shift differ. */
export function chiralModel(channels: number, bytes: boolean): ProbeModel {
  const weight = (c: number, k: number): number => (c === k ? 0.7 - 0.05 * c : 0.08 + 0.03 * ((2 * c + k) % 3))
  return biased(square(channels, weight), (c) => 0.02 * (c + 1), bytes)
}

/** The same colour whatever goes in: shows outputs that are stale or were never written. */
export function sourceModel(channels: number, bytes: boolean): ProbeModel {
  const weights = square(channels, () => 0)
  return biased(weights, (c) => 0.2 + 0.15 * c, bytes)
}

function biased(weights: number[][], bias: (channel: number) => number, bytes: boolean): ProbeModel {
  const unit = bytes ? 255 : 1
  return { weights, bias: weights.map((_, c) => unit * bias(c)), ...(bytes && { bytes }) }
}

function square(size: number, value: (row: number, column: number) => number): number[][] {
  return Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => value(row, column)))
}

/** The probe model as ONNX with a link's own inputs and outputs: one convolution before what an identity model does. */
export function probeModelBytes(io: IoSpec, { weights, bias, bytes }: ProbeModel): ModelBytes | undefined {
  const picture = io.inputs.find(({ binding }) => binding)
  if (!picture?.binding) return undefined
  const dtype = picture.dtype === 'float16' || picture.dtype === 'uint8' ? picture.dtype : 'float32'
  const model = linkIdentityModel(io)
  const channels = bias.length
  const graph = new GraphBuilder('probe')
  const nchw = [0, 3, 1, 2]
  const nhwc = [0, 2, 3, 1]
  const interleaved = picture.binding.layout === 'NHWC'
  graph.input(picture.name, dtype, picture.dims)
  const wide = graph.node('Cast', [picture.name], { to: DataType.float32 }, { as: 'i2i_probe_cast' })
  const planar = interleaved ? graph.node('Transpose', [wide], { perm: nchw }, { as: 'i2i_probe_planar' }) : wide
  // A 1 x 3 kernel whose left tap alone counts moves the picture one pixel to the right.
  const kernel = Float32Array.from(weights.flatMap((row) => row.flatMap((weight) => [weight, 0, 0])))
  const convolved = graph.node(
    'Conv',
    [
      planar,
      graph.constant(kernel, [channels, channels, 1, 3], { name: 'i2i_probe_weights' }),
      graph.constant(Float32Array.from(bias), [channels], { name: 'i2i_probe_bias' }),
    ],
    { kernel_shape: [1, 3], pads: [0, 1, 0, 1] },
    { as: 'i2i_probe_conv' },
  )
  const whole = bytes ? rounded(graph, convolved) : convolved
  const ordered = interleaved ? graph.node('Transpose', [whole], { perm: nhwc }, { as: 'i2i_probe_ordered' }) : whole
  graph.node('Cast', [ordered], { to: DataType[dtype] }, { as: 'i2i_probe_result' })
  insert(model, picture.name, graph, 'i2i_probe_result')
  return { format: 'onnx', entry: 'model.onnx', files: new Map([['model.onnx', writeModel(model)]]) }
}

// As the packer rounds: floor(x + 0.5), which every runtime has.
function rounded(graph: GraphBuilder, value: string): string {
  const scalar = (number: number, name: string): string =>
    graph.constant(Float32Array.of(number), [], { name: `i2i_probe_${name}` })
  const clipped = graph.node('Clip', [value, scalar(0, 'least'), scalar(255, 'most')], {}, { as: 'i2i_probe_clipped' })
  const raised = graph.node('Add', [clipped, scalar(0.5, 'half')], {}, { as: 'i2i_probe_raised' })
  return graph.node('Floor', [raised], {}, { as: 'i2i_probe_whole' })
}

// Everything that read the input now reads the result.
function insert(model: Model, input: string, graph: GraphBuilder, result: string): void {
  const added = graph.subgraph()
  for (const node of model.graph.nodes) node.inputs = node.inputs.map((name) => (name === input ? result : name))
  added.nodes.forEach((node, i) => {
    node.name = `i2i_probe_${i}`
  })
  model.graph.nodes.unshift(...added.nodes)
  model.graph.initializers.push(...added.initializers)
}

/** What the probe model makes of a tensor's numbers, by plain arithmetic; the pixel left of the picture is 0. */
export function applyProbeModel(
  values: Float64Array,
  shape: { readonly width: number; readonly height: number; readonly layout: 'NCHW' | 'NHWC' },
  { weights, bias, bytes }: ProbeModel,
): Float64Array {
  const { width, height, layout } = shape
  const channels = bias.length
  const area = width * height
  const at = elementIndex(layout, channels, area)
  const result = new Float64Array(values.length)
  for (let pixel = 0; pixel < area; pixel++) {
    for (let c = 0; c < channels; c++) {
      let sum = bias[c]!
      for (let k = 0; pixel % width > 0 && k < channels; k++) sum += weights[c]![k]! * values[at(pixel - 1, k)]!
      result[at(pixel, c)] = bytes ? Math.floor(Math.max(0, Math.min(255, sum)) + 0.5) : sum
    }
  }
  return result
}

/**
 * The numbers of which the probe model would have made these; of the last column, which leaves the picture, those of `rest`. Undefined
 * for a model that cannot be undone.
 */
export function undoProbeModel(
  values: Float64Array,
  rest: Float64Array,
  shape: { readonly width: number; readonly height: number; readonly layout: 'NCHW' | 'NHWC' },
  { weights, bias }: ProbeModel,
): Float64Array | undefined {
  const { width, height, layout } = shape
  const at = elementIndex(layout, bias.length, width * height)
  const result = rest.slice()
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (pixel % width === 0) continue
    const right = bias.map((shift, c) => values[at(pixel, c)]! - shift)
    const solved = solve(
      weights.map((row) => [...row]),
      right,
    )
    if (!solved) return undefined
    solved.forEach((value, k) => {
      result[at(pixel - 1, k)] = value
    })
  }
  return result
}
