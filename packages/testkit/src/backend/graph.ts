import { GraphBuilder, writeModel } from '@i2i/onnx'
import { concatChannels, conv3x3, enlargeNearest, type FeatureMap, relu } from './oracles.js'
import { type CpuTensor, noise, numbers } from './tensors.js'

// No symmetry: a flipped kernel, swapped channels or exchanged axes give other numbers.
const weights: Float32Array = noise(2 * 3 * 3 * 3, 11)
const bias: Float32Array = noise(2, 12)

/**
 * An ONNX file: `features` = relu(conv3x3(x) + bias), two channels; `y` = the three channels of x and those two, twice as large by
 * nearest.
 */
export function convModel(): Uint8Array {
  const graph = new GraphBuilder('conv')
  const x = graph.input('x', 'float32', [1, 3, 'height', 'width'])
  const kernel = graph.constant(weights, [2, 3, 3, 3])
  const conv = graph.node('Conv', [x, kernel, graph.constant(bias)], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
  const features = graph.node('Relu', [conv], {}, { as: 'features' })
  const joined = graph.node('Concat', [x, features], { axis: 1 })
  const scales = graph.constant(Float32Array.of(1, 1, 2, 2))
  const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
  graph.node('Resize', [joined, '', scales], nearest, { as: 'y' })
  graph.output('y', 'float32', [1, 5, 'height*2', 'width*2'])
  graph.output('features', 'float32', [1, 2, 'height', 'width'])
  return writeModel(graph.build())
}

/** What plain loops make of the same. */
export function convOracle(x: CpuTensor): { readonly y: FeatureMap; readonly features: FeatureMap } {
  const [, channels = 0, height = 0, width = 0] = x.dims
  const input = { channels, height, width, data: numbers(x) }
  const features = relu(conv3x3(input, weights, bias))
  return { features, y: enlargeNearest(concatChannels(input, features), 2) }
}

/** An ONNX file with about this many bytes of weights, all of them used. */
export function heavyModel(bytes: number): Uint8Array {
  const graph = new GraphBuilder('heavy')
  const columns = Math.ceil(bytes / 2048)
  const x = graph.input('x', 'float32', ['rows', 512])
  graph.node('MatMul', [x, graph.constant(noise(512 * columns, 13), [512, columns])], {}, { as: 'y' })
  graph.output('y', 'float32', ['rows', columns])
  return writeModel(graph.build())
}
