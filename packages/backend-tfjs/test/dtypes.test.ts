import { float16FromNumber, type TensorData } from '@i2i/core'
import { DataType, GraphBuilder } from '@i2i/onnx'
import { describe, expect, test } from 'vitest'
import { tfjs } from '../src/index.js'
import { copyModel, onnxBytes } from './models.js'

const backend = tfjs()

const halves = Uint16Array.from([0, -0, 1, -2.5, 65504, 2 ** -24, Infinity], float16FromNumber)

describe.each(['wasm', 'cpu'] as const)('on %s', (device) => {
  test.each<[Parameters<typeof copyModel>[0], TensorData]>([
    ['float32', Float32Array.of(1.5, -0, 3e38)],
    ['float16', halves],
    ['uint8', Uint8Array.of(0, 1, 128, 255)],
    ['int8', Int8Array.of(-128, -1, 127)],
    ['uint16', Uint16Array.of(0, 40000, 65535)],
    ['int32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 16777217)],
    ['int64', BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n)],
    ['bool', Uint8Array.of(0, 1, 1)],
  ])('%s comes back as it went in', async (dtype = 'float32', data) => {
    await using session = await backend.openSession(copyModel(dtype), { device })
    expect(session.inputs).toEqual([{ name: 'x', dtype, dims: ['length'] }])
    const feed = { location: 'cpu', dtype, dims: [data.length], data } as const
    const { y } = await session.run({ x: feed })
    expect(y).toEqual({ location: 'cpu', dtype, dims: [data.length], data })
    expect(y?.location === 'cpu' && y.data.buffer !== data.buffer).toBe(true)
  })

  test('an int64 beyond 32 bits is refused, not cut', async () => {
    await using session = await backend.openSession(copyModel('int64'), { device })
    const x = { location: 'cpu', dtype: 'int64', dims: [1], data: BigInt64Array.of(2n ** 31n) } as const
    await expect(session.run({ x })).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED', message: /2147483648/ })
  })

  test('float16 weights and casts give float16 results', async () => {
    const graph = new GraphBuilder()
    const x = graph.input('x', 'uint8', ['length'])
    const third = graph.constant(Uint16Array.of(float16FromNumber(1 / 3)), [])
    graph.node('Mul', [graph.node('Cast', [x], { to: DataType.float16 }), third], {}, { as: 'y' })
    graph.output('y', 'float16', ['length'])
    await using session = await backend.openSession(onnxBytes(graph.build()), { device })
    const feed = { location: 'cpu', dtype: 'uint8', dims: [3], data: Uint8Array.of(0, 3, 255) } as const
    const { y } = await session.run({ x: feed })
    const factor = 0.333251953125 // What float16 makes of 1/3.
    expect(y).toMatchObject({
      dtype: 'float16',
      data: Uint16Array.from([0, 3, 255], (n) => float16FromNumber(n * factor)),
    })
  })
})

test('a weight that is an output stays whole when the caller writes over what it got', async () => {
  const graph = new GraphBuilder()
  graph.input('x', 'float32', [1])
  graph.constant(Float32Array.of(7, 8), [2], { name: 'w' })
  graph.output('y', 'float32', [2], 'w')
  for (const device of ['wasm', 'cpu'] as const) {
    await using session = await backend.openSession(onnxBytes(graph.build()), { device })
    const x = { location: 'cpu', dtype: 'float32', dims: [1], data: Float32Array.of(0) } as const
    const { y } = await session.run({ x })
    if (y?.location === 'cpu') (y.data as Float32Array).fill(0)
    expect(await session.run({ x })).toMatchObject({ y: { data: Float32Array.of(7, 8) } })
  }
})
