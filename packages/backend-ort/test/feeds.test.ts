import { isI2iError, type Session, type Tensor } from '@i2i/core'
import { describe, expect, test } from 'vitest'
import { ort } from '../src/index.js'
import { ort as ortWeb } from '../src/web.js'
import { copyModel, firstModel } from './models.js'

// The workspace compiles without DOM types, and Node's leave this one out.
declare const WebAssembly: { Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer } }

function vector(data: Float32Array): Tensor {
  return { location: 'cpu', dtype: 'float32', dims: [data.length], data }
}

async function first(session: Session, data: Float32Array): Promise<unknown> {
  const { y } = await session.run({ x: vector(data) })
  return y?.location === 'cpu' ? y.data[0] : undefined
}

async function fastest(times: number, action: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < times; i++) {
    const start = performance.now()
    await action()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

describe('onnxruntime-node takes a feed without copying it', () => {
  test('what is written after run() was called is what it reads', async () => {
    await using session = await ort().openSession(firstModel())
    const data = Float32Array.of(1, 2)
    const run = first(session, data)
    data[0] = 7
    expect(await run).toBe(7)
  })

  test('views of WASM memory are taken as they are', async () => {
    await using session = await ort().openSession(firstModel())
    const memory = new WebAssembly.Memory({ initial: 2 })
    const data = new Float32Array(memory.buffer, 65536, 100)
    data[0] = 3
    const run = first(session, data)
    data[0] = 5
    expect(await run).toBe(5)
  })

  test('100 MB are fed in a small part of the time that a copy takes', async () => {
    await using session = await ort().openSession(firstModel())
    const data = new Float32Array(25e6).fill(2)
    const target = new Float32Array(25e6)
    const copy = await fastest(5, () => target.set(data))
    const feed = await fastest(10, () => first(session, data))
    console.info(`100 MB: fed in ${feed.toFixed(2)} ms, copied in ${copy.toFixed(2)} ms`)
    expect(feed).toBeLessThan(copy / 3)
  })

  test('views of shared memory, which it does not take, are copied', async () => {
    await using session = await ort().openSession(copyModel())
    const data = new Float32Array(new SharedArrayBuffer(16), 4, 2)
    data.set([3, 4])
    const { y } = await session.run({ x: vector(data) })
    expect(y).toMatchObject({ data: Float32Array.of(3, 4) })
  })
})

describe.each([
  ['onnxruntime-node', ort],
  ['onnxruntime-web', ortWeb],
] as const)('tensors of %s', (_name, create) => {
  test('shared memory is read', async () => {
    await using session = await create().openSession(firstModel())
    const data = new Float32Array(new SharedArrayBuffer(8))
    data[0] = 9
    expect(await first(session, data)).toBe(9)
  })

  test.each([
    ['int64', BigInt64Array.of(-1n, 2n ** 53n + 1n)],
    ['bool', Uint8Array.of(0, 1)],
    ['float16', Uint16Array.of(0x3c00, 0x7e01)],
  ] as const)('%s keeps its bits', async (dtype, data) => {
    await using session = await create().openSession(copyModel(dtype))
    expect(session.inputs).toEqual([{ name: 'x', dtype, dims: ['length'] }])
    const { y } = await session.run({ x: { location: 'cpu', dtype, dims: [2], data } })
    expect(y).toEqual({ location: 'cpu', dtype, dims: [2], data })
  })

  test('a dtype that i2i has no tensor for is refused when the model is opened', async () => {
    const error: unknown = await create()
      .openSession(copyModel('float64'))
      .catch((reason: unknown) => reason)
    if (!isI2iError(error, 'MODEL_UNSUPPORTED')) throw error
    expect(error.message).toMatch(/'x' is float64.*Cast/)
  })

  test('GPU tensors are refused, in and out', async () => {
    await using session = await create().openSession(copyModel())
    const x = vector(Float32Array.of(1))
    for (const run of [
      session.run({ x }, { location: 'gpu' }),
      // Programs without DOM types have no way to name a GPUBuffer.
      session.run({ x: { ...x, location: 'gpu' } as unknown as Tensor }),
    ]) {
      const error: unknown = await run.catch((reason: unknown) => reason)
      expect(isI2iError(error, 'OPTION_INVALID')).toBe(true)
    }
  })
})
