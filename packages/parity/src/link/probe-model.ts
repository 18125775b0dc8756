import type { IoSpec, ModelBytes } from '@i2i/core'
import { DataType, GraphBuilder, linkIdentityModel, type Model, writeModel } from '@i2i/onnx'

/** What a probe model computes of each pixel: out[c] = sum of weights[c][k] in[k] at the pixel to the left, + bias[c]. */
export interface ProbeModel {
  readonly weights: readonly (readonly number[])[]
  readonly bias: readonly number[]
}

/** No turn, mirror or channel order of a picture gives the same: every weight and the direction of the shift differ. */
export function chiralModel(channels: number): ProbeModel {
  const weight = (c: number, k: number): number => (c === k ? 0.7 - 0.05 * c : 0.08 + 0.03 * ((2 * c + k) % 3))
  return {
    weights: square(channels, weight),
    bias: Array.from({ length: channels }, (_, c) => 0.02 * (c + 1)),
  }
}

/** The same colour whatever goes in: shows outputs that are stale or were never written. */
export function sourceModel(channels: number): ProbeModel {
  return { weights: square(channels, () => 0), bias: Array.from({ length: channels }, (_, c) => 0.2 + 0.15 * c) }
}

function square(size: number, value: (row: number, column: number) => number): number[][] {
  return Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => value(row, column)))
}

/** The probe model as ONNX with a link's own inputs and outputs: one convolution before what an identity model does. */
export function probeModelBytes(io: IoSpec, { weights, bias }: ProbeModel): ModelBytes | undefined {
  const picture = io.inputs.find(({ binding }) => binding)
  if (!picture?.binding || picture.dtype === 'uint8') return undefined
  const model = linkIdentityModel(io)
  const channels = bias.length
  const graph = new GraphBuilder('probe')
  const nchw = [0, 3, 1, 2]
  const nhwc = [0, 2, 3, 1]
  const interleaved = picture.binding.layout === 'NHWC'
  graph.input(picture.name, picture.dtype === 'float16' ? 'float16' : 'float32', picture.dims)
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
  const ordered = interleaved
    ? graph.node('Transpose', [convolved], { perm: nhwc }, { as: 'i2i_probe_ordered' })
    : convolved
  graph.node(
    'Cast',
    [ordered],
    { to: DataType[picture.dtype === 'float16' ? 'float16' : 'float32'] },
    { as: 'i2i_probe_result' },
  )
  insert(model, picture.name, graph, 'i2i_probe_result')
  return { format: 'onnx', entry: 'model.onnx', files: new Map([['model.onnx', writeModel(model)]]) }
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
  { weights, bias }: ProbeModel,
): Float64Array {
  const { width, height, layout } = shape
  const channels = bias.length
  const area = width * height
  const at = (pixel: number, c: number): number => (layout === 'NCHW' ? c * area + pixel : pixel * channels + c)
  const result = new Float64Array(values.length)
  for (let pixel = 0; pixel < area; pixel++) {
    for (let c = 0; c < channels; c++) {
      let sum = bias[c]!
      for (let k = 0; pixel % width > 0 && k < channels; k++) sum += weights[c]![k]! * values[at(pixel - 1, k)]!
      result[at(pixel, c)] = sum
    }
  }
  return result
}
