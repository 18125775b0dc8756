import { isI2iError, type ModelBytes } from '@i2i/core'
import { GraphBuilder, writeModel } from '@i2i/onnx'
import { describe, expect, test } from 'vitest'
import { ort } from '../src/index.js'
import { ort as ortWeb } from '../src/web.js'

const weights = Float32Array.from({ length: 64 }, (_, i) => i / 3)

/** y = x + weights, the weights in a file of their own beside the graph's. */
function model(folder: string): ModelBytes {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', [64])
  graph.node('Add', [x, graph.constant(weights)], {}, { as: 'y' })
  graph.output('y', 'float32', [64])
  const built = graph.build()
  for (const initializer of built.graph.initializers) {
    delete initializer.rawData
    initializer.dataLocation = 1
    initializer.externalData = [
      { key: 'location', value: 'weights.bin' },
      { key: 'offset', value: '0' },
      { key: 'length', value: String(weights.byteLength) },
    ]
  }
  const files = new Map([
    [`${folder}model.onnx`, writeModel(built)],
    [`${folder}weights.bin`, new Uint8Array(weights.buffer)],
  ])
  return { format: 'onnx', entry: `${folder}model.onnx`, files }
}

describe.each([
  ['onnxruntime-node', ort],
  ['onnxruntime-web', ortWeb],
] as const)('weights in a second file, on %s', (_name, create) => {
  test.each(['', 'nets/large/'])('are found beside the graph in "%s"', async (folder) => {
    await using session = await create().openSession(model(folder))
    const { y } = await session.run({
      x: { location: 'cpu', dtype: 'float32', dims: [64], data: new Float32Array(64) },
    })
    expect(y).toMatchObject({ data: weights })
  })

  test('are missed when they were not passed', async () => {
    const { entry, files, format } = model('')
    const graphOnly = new Map([...files].filter(([path]) => path === entry))
    const error: unknown = await create()
      .openSession({ format, entry, files: graphOnly })
      .catch((reason: unknown) => reason)
    if (!isI2iError(error, 'MODEL_UNSUPPORTED')) throw error
    expect(error.message).toMatch(/weights\.bin|external/i)
  })
})
