import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { tfjs } from '../src/index.js'
import { affineModel, float32, nativeGraph, onnxBytes } from './models.js'

const backend = tfjs()
const x = float32([1, 3, 8, 8], new Float32Array(192).fill(1))
const state = () => ({
  tensors: tf.memory().numTensors,
  buffers: tf.memory().numDataBuffers,
  bytes: tf.memory().numBytes,
})

describe.each(['wasm', 'cpu'] as const)('tf.memory() on %s is as it was', (device) => {
  test('after 50 sessions of 5 runs each', async () => {
    await backend.devices()
    const before = state()
    for (let i = 0; i < 50; i++) {
      const model = i % 2 ? onnxBytes(affineModel()) : nativeGraph(affineModel())
      await using session = await backend.openSession(model, { device })
      const [name] = session.inputs.map((input) => input.name)
      for (let run = 0; run < 5; run++) await session.run({ [name!]: x })
    }
    expect(state()).toEqual(before)
  })

  test('from the first run of a session to its 500th', async () => {
    await using session = await backend.openSession(onnxBytes(affineModel()), { device })
    await session.run({ x })
    const before = state()
    for (let i = 0; i < 500; i++) await session.run({ x: i % 2 ? x : float32([1, 3, 4, 5], new Float32Array(60)) })
    expect(state()).toEqual(before)
  })

  test('after runs that fail, inside the graph too, and openings that are aborted', async () => {
    const sumOfPooled = affineModel()
    const before = state()
    {
      await using session = await backend.openSession(onnxBytes(sumOfPooled), { device })
      await expect(session.run({ x: float32([1, 3, 8, 8], [1]) })).rejects.toThrow()
      // The channels are wrong, which only the graph's first node sees: the declared size is symbolic.
      await using native = await backend.openSession(nativeGraph(sumOfPooled), { device })
      const [name] = native.inputs.map((input) => input.name)
      await expect(native.run({ [name!]: float32([1, 2, 3, 3], new Float32Array(18)) })).rejects.toThrow()
      const controller = new AbortController()
      const opening = backend.openSession(onnxBytes(sumOfPooled), { device, signal: controller.signal })
      setTimeout(() => controller.abort('enough'))
      await opening.then((session_) => session_.dispose()).catch(() => undefined)
    }
    expect(state()).toEqual(before)
  })
})
