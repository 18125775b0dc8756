import type { ModelBytes } from '@i2i/core'
import { GraphBuilder, type Model, writeModel } from '@i2i/onnx'

/** A model of one ONNX file. */
export function bytesOf(model: Model): ModelBytes {
  return { format: 'onnx', entry: 'model.onnx', files: new Map([['model.onnx', writeModel(model)]]) }
}

/** y = x, as one Identity node. */
export function copyModel(
  dtype: 'float32' | 'float16' | 'uint8' | 'int64' | 'bool' | 'float64' = 'float32',
): ModelBytes {
  const graph = new GraphBuilder()
  const x = graph.input('x', dtype, ['length'])
  graph.node('Identity', [x], {}, { as: 'y' })
  graph.output('y', dtype, ['length'])
  return bytesOf(graph.build())
}

/** The first number of x: a run that does next to nothing, however long x is. */
export function firstModel(): ModelBytes {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', ['length'])
  graph.node('Slice', [x, graph.constant(BigInt64Array.of(0n)), graph.constant(BigInt64Array.of(1n))], {}, { as: 'y' })
  graph.output('y', 'float32', [1])
  return bytesOf(graph.build())
}
