import type { ModelBytes, Session, Tensor } from '@i2i/core'
import { GraphBuilder, writeModel } from '@i2i/onnx'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { tfjs } from '../src/index.js'

const device = 'webgpu'

/** y = 2 x + 1 over NCHW pictures. */
function model(): ModelBytes {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', [1, 3, 'height', 'width'])
  const factor = graph.constant(Float32Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2), [3, 3, 1, 1])
  graph.node('Conv', [x, factor, graph.constant(Float32Array.of(1, 1, 1))], {}, { as: 'y' })
  graph.output('y', 'float32', [1, 3, 'height', 'width'])
  return { format: 'onnx', entry: 'model.onnx', files: new Map([['model.onnx', writeModel(graph.build())]]) }
}

function picture(width: number): Tensor {
  return { location: 'cpu', dtype: 'float32', dims: [1, 3, 1, width], data: new Float32Array(3 * width).fill(1) }
}

function state() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory()
  return { numTensors, numDataBuffers, numBytes, backends: Object.keys(tf.engine().registryFactory).sort() }
}

/** Bytes in buffers of the GPU that tensors hold. */
function gpuBytes(): number {
  const [name] = Object.keys(tf.engine().registry).filter((key) => key.startsWith('i2i-webgpu'))
  const backend = tf.findBackend(name!) as unknown as { memory(): { numBytesInGPU: number } }
  return backend.memory().numBytesInGPU
}

test('on webgpu, no tensor, buffer or backend outlives its run and session', async () => {
  const backend = tfjs()
  await backend.devices()
  const before = state()
  const use = async (session: Session) => {
    for (let i = 0; i < 5; i++) await session.run({ x: picture(3) })
    const { y } = await session.run({ x: picture(3) }, { location: 'gpu' })
    if (y?.location !== 'gpu') throw new Error('expected a tensor on the GPU')
    expect(Array.from(await y.read(), Number)).toEqual(new Array(9).fill(3))
    return y
  }
  for (let i = 0; i < 5; i++) {
    await using session = await backend.openSession(model(), { device })
    const first = await use(session)
    first.dispose()
    const [steady, bytes] = [state(), gpuBytes()]
    const again = await use(session)
    again.dispose()
    const aborted = new AbortController()
    const run = session.run({ x: picture(3) }, { location: 'gpu', signal: aborted.signal })
    setTimeout(() => aborted.abort('enough'))
    await run.then(({ y }) => y?.location === 'gpu' && y.dispose()).catch(() => undefined)
    expect(state()).toEqual(steady)
    expect(gpuBytes()).toBe(bytes)
    // The session takes along what its caller forgot.
    await use(session)
  }
  expect(state()).toEqual(before)
})
