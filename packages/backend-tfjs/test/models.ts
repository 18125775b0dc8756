import { readFileSync } from 'node:fs'
import type { ModelBytes, Session, Tensor } from '@i2i/core'
import { type DataTypeName, GraphBuilder, type Model, toTfjs, writeModel } from '@i2i/onnx'

/** A model of one ONNX file. */
export function onnxBytes(model: Model): ModelBytes {
  return { format: 'onnx', entry: 'model.onnx', files: new Map([['model.onnx', writeModel(model)]]) }
}

/** y = x, as one Identity node. */
export function copyModel(dtype: DataTypeName = 'float32'): ModelBytes {
  const graph = new GraphBuilder()
  const x = graph.input('x', dtype, ['length'])
  graph.node('Identity', [x], {}, { as: 'y' })
  graph.output('y', dtype, ['length'])
  return onnxBytes(graph.build())
}

/** y = 2 x + 1 over NCHW pictures. */
export function affineModel(): Model {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', [1, 3, 'height', 'width'])
  const factor = graph.constant(Float32Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2), [3, 3, 1, 1])
  graph.node('Conv', [x, factor, graph.constant(Float32Array.of(1, 1, 1))], {}, { as: 'y' })
  graph.output('y', 'float32', [1, 3, 'height', 'width'])
  return graph.build()
}

const encoder = new TextEncoder()

/** The same as a TensorFlow.js graph model of its own: model.json and weights in two files, in a folder. */
export function nativeGraph(model: Model): ModelBytes {
  const { weightSpecs, weightData, ...rest } = toTfjs(model)
  const manifest = [{ paths: ['a.bin', 'b.bin'], weights: weightSpecs }]
  const weights = new Uint8Array(weightData)
  const files = new Map([
    ['net/model.json', encoder.encode(JSON.stringify({ ...rest, weightsManifest: manifest }))],
    ['net/a.bin', weights.slice(0, 7)],
    ['net/b.bin', weights.slice(7)],
  ])
  return { format: 'tfjs', entry: 'net/model.json', files }
}

/** A tensor of floats. */
export function float32(dims: readonly number[], data: ArrayLike<number>): Tensor {
  return { location: 'cpu', dtype: 'float32', dims, data: Float32Array.from(data) }
}

/** The data of an output. */
export async function dataOf(
  session: Session,
  x: Tensor,
  name: string = session.outputs[0]!.name,
): Promise<ArrayLike<number | bigint>> {
  const { [name]: y } = await session.run({ [session.inputs[0]!.name]: x })
  if (y?.location !== 'cpu') throw new Error('expected a tensor in memory')
  return y.data
}

/** A file of this repository. */
export function repositoryFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../${path}`, import.meta.url)))
}
