import { isI2iError } from '@i2i/core'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { tfjs } from '../src/index.js'
import { affineModel, dataOf, float32, nativeGraph, onnxBytes } from './models.js'

const backend = tfjs()
const picture = (value: number) => float32([1, 3, 1, 1], [value, value, value])

test('a device that is asked for alone brings no other into the process', async () => {
  expect(await backend.devices('cpu')).toEqual([{ device: 'cpu', available: true }])
  expect(Object.keys(tf.engine().registryFactory)).toEqual(['cpu'])
})

test('wasm and cpu are there, webgpu says why it is not', async () => {
  expect(await backend.devices()).toEqual([
    { device: 'webgpu', available: false, reason: expect.stringMatching(/no navigator\.gpu.*WebGPU/) },
    { device: 'wasm', available: true },
    { device: 'cpu', available: true },
  ])
  const opening = backend.openSession(onnxBytes(affineModel()), { device: 'webgpu' })
  await expect(opening).rejects.toMatchObject({
    code: 'BACKEND_UNAVAILABLE',
    message: expect.stringMatching(/webgpu.*no navigator\.gpu/),
  })
  const refused: unknown = await backend
    .openSession(onnxBytes(affineModel()), { device: 'webnn' })
    .catch((error) => error)
  expect(isI2iError(refused, 'BACKEND_UNAVAILABLE') && refused.message).toMatch(/webnn.*webgpu or wasm or cpu/)
})

test.each([
  [{ wasmPath: '/' }, 'did you mean "wasmPaths"?'],
  [{ wasmPaths: 5 }, 'wasmPaths is 5'],
  [null, 'got null'],
])('refuses %j', (options, says) => {
  const making = () => tfjs(options as object)
  expect(making).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(says) }))
})

test('sessions on two devices run side by side, and the program’s own choice of a device stays', async () => {
  await using wasm = await backend.openSession(onnxBytes(affineModel()), { device: 'wasm' })
  await using cpu = await backend.openSession(nativeGraph(affineModel()), { device: 'cpu' })
  expect([wasm.device, cpu.device]).toEqual(['wasm', 'cpu'])
  for (const own of ['cpu', 'wasm']) {
    await tf.setBackend(own)
    const runs = Array.from({ length: 20 }, async (_, i) => {
      const data = await dataOf(i % 2 ? wasm : cpu, picture(i))
      expect(Array.from(data)).toEqual([2 * i + 1, 2 * i + 1, 2 * i + 1])
      expect(tf.getBackend()).toBe(own)
    })
    const ours = tf.tidy(() => Array.from(tf.add(tf.tensor1d([1]), 1).dataSync()))
    await Promise.all(runs)
    expect(ours).toEqual([2])
  }
})

test('a run computes on the device that was asked for', async () => {
  await using cpu = await backend.openSession(onnxBytes(affineModel()), { device: 'cpu' })
  await using wasm = await backend.openSession(onnxBytes(affineModel()), { device: 'wasm' })
  for (const session of [cpu, wasm]) {
    const used = tf.engine().registry
    const writes: string[] = []
    const originals = Object.entries(used).map(([name, instance]) => {
      const write = instance.write
      instance.write = function (...args) {
        writes.push(name)
        return write.apply(this, args)
      }
      return () => {
        instance.write = write
      }
    })
    await dataOf(session, picture(1))
    for (const restore of originals) restore()
    expect(new Set(writes)).toEqual(new Set([session.device]))
  }
})

describe('options', () => {
  test('a gpuDevice that is none is refused before anything is loaded', () => {
    const options = { gpuDevice: {} } as unknown as Parameters<typeof tfjs>[0]
    expect(() => tfjs(options)).toThrow(/expected a GPUDevice/)
  })

  test('wasmPaths that come too late are refused, the same are not', async () => {
    await backend.devices()
    const late: unknown = await tfjs({ wasmPaths: 'https://example.com/' })
      .openSession(onnxBytes(affineModel()))
      .catch((error) => error)
    expect(isI2iError(late, 'OPTION_INVALID') && late.message).toMatch(/example\.com.*started with its own/)
  })
})

test('a model that does not convert says all of why', async () => {
  const model = affineModel()
  model.graph.nodes.push({ ...model.graph.nodes[0]!, name: 'bend', opType: 'Bend', outputs: ['z'] })
  model.graph.nodes.push({ ...model.graph.nodes[0]!, name: 'fold', opType: 'Fold', outputs: ['w'] })
  const error: unknown = await backend.openSession(onnxBytes(model)).catch((reason) => reason)
  if (!isI2iError(error, 'MODEL_UNSUPPORTED')) throw error
  expect(error.message).toMatch(/model\.onnx.*bend \(Bend\).*fold \(Fold\)/)
  expect(error.details).toMatchObject({ entry: 'model.onnx', nodes: [{ node: 'bend' }, { node: 'fold' }] })
})

test('outputs on a GPU are refused', async () => {
  await using session = await backend.openSession(onnxBytes(affineModel()))
  const error: unknown = await session.run({ x: picture(1) }, { location: 'gpu' }).catch((reason) => reason)
  expect(isI2iError(error, 'OPTION_INVALID')).toBe(true)
})
