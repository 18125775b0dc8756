import { isI2iError, type ModelBytes } from '@i2i/core'
import { GraphBuilder } from '@i2i/onnx'
import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import { tfjs } from '../src/index.js'
import { affineModel, dataOf, float32, nativeGraph } from './models.js'

const backend = tfjs()
const encoder = new TextEncoder()

async function failure(model: ModelBytes): Promise<string> {
  const error: unknown = await backend.openSession(model).catch((reason: unknown) => reason)
  if (!isI2iError(error, 'MODEL_UNSUPPORTED')) throw new Error('expected MODEL_UNSUPPORTED', { cause: error })
  return error.message
}

/** The files that tf.LayersModel.save() would write. */
async function layersBytes(model: layers.LayersModel): Promise<ModelBytes> {
  let files = new Map<string, Uint8Array>()
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const json = {
        format: 'layers-model',
        modelTopology,
        weightsManifest: [{ paths: ['w.bin'], weights: weightSpecs }],
      }
      files = new Map([
        ['model.json', encoder.encode(JSON.stringify(json))],
        ['w.bin', new Uint8Array(weightData as ArrayBuffer)],
      ])
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    }),
  )
  return { format: 'tfjs', entry: 'model.json', files }
}

describe('graph models', () => {
  test('run, with their weights in two files and under names of their own', async () => {
    await using session = await backend.openSession(nativeGraph(affineModel()))
    expect(session.inputs).toEqual([{ name: expect.any(String), dtype: 'float32', dims: [1, 3, '?', '?'] }])
    const data = await dataOf(session, float32([1, 3, 1, 2], [0, 1, 2, 3, 4, 5]))
    expect(Array.from(data)).toEqual([1, 3, 5, 7, 9, 11])
  })

  test('some outputs, in the order asked for', async () => {
    const graph = new GraphBuilder()
    const x = graph.input('x', 'float32', ['length'])
    graph.node('Neg', [x], {}, { as: 'a' })
    graph.node('Abs', [x], {}, { as: 'b' })
    for (const name of ['a', 'b']) graph.output(name, 'float32', ['length'])
    await using session = await backend.openSession(nativeGraph(graph.build()))
    const [input, [a, b]] = [session.inputs[0]!.name, session.outputs.map(({ name }) => name)]
    const feeds = { [input]: float32([2], [-1, 2]) }
    const results = await session.run(feeds, { fetch: [b!, a!] })
    expect(Object.keys(results)).toEqual([b, a])
    expect(results).toMatchObject({ [a!]: { data: Float32Array.of(1, -2) }, [b!]: { data: Float32Array.of(1, 2) } })
    expect(Object.keys(await session.run(feeds, { fetch: [b!] }))).toEqual([b])
  })
})

describe('layers models', () => {
  test('run as they do in TensorFlow.js, with two inputs and two outputs', async () => {
    await tf.setBackend('cpu')
    const left = layers.input({ shape: [null, null, 3], name: 'left' })
    const right = layers.input({ shape: [null, null, 3], name: 'right' })
    const conv = layers.layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', name: 'conv' }).apply(left)
    const product = layers.layers.multiply({ name: 'product' }).apply([left, right])
    const model = layers.model({
      inputs: [left, right],
      outputs: [conv as layers.SymbolicTensor, product as layers.SymbolicTensor],
    })
    const [a, b] = [tf.randomUniform([1, 4, 5, 3]), tf.randomUniform([1, 4, 5, 3])]
    const expected = (model.predict([a, b]) as tf.Tensor[]).map((tensor) => tensor.dataSync())
    await using session = await backend.openSession(await layersBytes(model), { device: 'cpu' })
    expect(session.inputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['left', ['?', '?', '?', 3]],
      ['right', ['?', '?', '?', 3]],
    ])
    const feeds = { right: float32([1, 4, 5, 3], b.dataSync()), left: float32([1, 4, 5, 3], a.dataSync()) }
    const results = await session.run(feeds)
    expect(session.outputs.map(({ name }) => results[name])).toMatchObject(expected.map((data) => ({ data })))
  })

  test('with a layer that nobody registered say which', async () => {
    const config = { layers: [{ class_name: 'Blur', config: { name: 'blur' } }], input_layers: [], output_layers: [] }
    const json = { modelTopology: { model_config: { class_name: 'Functional', config } }, weightsManifest: [] }
    const files = new Map([['model.json', encoder.encode(JSON.stringify(json))]])
    expect(await failure({ format: 'tfjs', entry: 'model.json', files })).toMatch(/model\.json.*Blur/)
  })
})

describe('what is no model', () => {
  const model = nativeGraph(affineModel())
  const withFile = (path: string, bytes: Uint8Array): ModelBytes => ({
    ...model,
    files: new Map(model.files).set(path, bytes),
  })

  test('weights that are missing, or too few', async () => {
    const files = new Map(model.files)
    files.delete('net/b.bin')
    expect(await failure({ ...model, files })).toMatch(/net\/model\.json.*b\.bin.*net\/a\.bin/)
    expect(await failure(withFile('net/b.bin', new Uint8Array(3)))).toMatch(/net\/model\.json/)
  })

  test('JSON that is cut off, of another kind, or none', async () => {
    expect(await failure(withFile('net/model.json', encoder.encode('{"modelTopology": ')))).toMatch(/net\/model\.json/)
    expect(await failure(withFile('net/model.json', encoder.encode('{}')))).toMatch(/modelTopology/)
    expect(await failure(withFile('net/model.json', encoder.encode('<!doctype html>')))).toMatch(/net\/model\.json/)
    expect(await failure({ ...model, entry: 'model.json' })).toMatch(/model\.json is not among.*net\/model\.json/)
  })
})
