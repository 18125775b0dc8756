import { isI2iError, type ModelBytes } from '@i2i/core'
import { GraphBuilder } from '@i2i/onnx'
import { describe, expect, test } from 'vitest'
import { ort } from '../src/index.js'
import { ort as ortWeb } from '../src/web.js'
import { bytesOf } from './models.js'

/** As a U-net does: halves x, doubles it again and joins it with x, which only an even length survives. */
function evenOnly(): ModelBytes {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', [1, 1, 'length'])
  const half = graph.node('MaxPool', [x], { kernel_shape: [2], strides: [2] })
  const scales = graph.constant(Float32Array.of(1, 1, 2))
  const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
  const again = graph.node('Resize', [half, '', scales], nearest)
  graph.node('Concat', [x, again], { axis: 1 }, { as: 'y' })
  graph.output('y', 'float32', [1, 2, 'length'])
  return bytesOf(graph.build())
}

/** y is x repeated into a tensor of `count` numbers. */
function expand(count: bigint): ModelBytes {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', [1])
  graph.node('Expand', [x, graph.constant(BigInt64Array.of(count))], {}, { as: 'y' })
  graph.output('y', 'float32', ['count'])
  return bytesOf(graph.build())
}

function unknownOperator(): ModelBytes {
  const graph = new GraphBuilder()
  graph.node('Cartoonify', [graph.input('x', 'float32', [1])], {}, { as: 'y' })
  graph.output('y', 'float32', [1])
  return bytesOf(graph.build())
}

const vector = (length: number, dims: readonly number[] = [length]) =>
  ({ location: 'cpu', dtype: 'float32', dims, data: new Float32Array(length) }) as const

describe.each([
  ['onnxruntime-node', ort, 2n ** 45n],
  // The second is within what 32-bit addresses reach, and more than can be had.
  ['onnxruntime-web', ortWeb, 2n ** 45n],
  ['onnxruntime-web', ortWeb, 1_073_000_000n],
] as const)('failures of %s are told', (name, create, tooMany) => {
  test('a size that the model does not run on, which leaves the session usable', async () => {
    await using session = await create().openSession(evenOnly())
    const error: unknown = await session.run({ x: vector(5, [1, 1, 5]) }).catch((reason: unknown) => reason)
    if (!isI2iError(error, 'SHAPE_MISMATCH')) throw error
    expect(error.message).toMatch(/x float32\[1, 1, 5\].*multipleOf/s)
    expect(error.cause).toBeInstanceOf(Error)
    expect(await session.run({ x: vector(4, [1, 1, 4]) })).toMatchObject({ y: { dims: [1, 2, 4] } })
  })

  test('memory that runs out, which leaves the session usable', async () => {
    await using session = await create().openSession(expand(tooMany))
    const error: unknown = await session.run({ x: vector(1) }).catch((reason: unknown) => reason)
    if (!isI2iError(error, 'OUT_OF_MEMORY')) throw error
    expect(error.message).toMatch(/x float32\[1\].*smaller/s)
    await using other = await create().openSession(expand(3n))
    expect(await other.run({ x: vector(1) })).toMatchObject({ y: { dims: [3] } })
  })

  test('an operator that it does not know', async () => {
    const error: unknown = await create()
      .openSession(unknownOperator())
      .catch((reason: unknown) => reason)
    if (!isI2iError(error, 'MODEL_UNSUPPORTED')) throw error
    expect(error.message).toMatch(new RegExp(`^${name} cannot open model.onnx: .*Cartoonify`, 's'))
    expect(error.cause).toBeInstanceOf(Error)
  })

  test('a device that is elsewhere', async () => {
    const elsewhere = name === 'onnxruntime-node' ? 'wasm' : 'cpu'
    const error: unknown = await create()
      .openSession(evenOnly(), { device: elsewhere })
      .catch((reason: unknown) => reason)
    if (!isI2iError(error, 'BACKEND_UNAVAILABLE')) throw error
    expect(error.message).toMatch(
      new RegExp(`${elsewhere}: onnxruntime-.*import { ort }.*Ask for (cpu or webgpu|webgpu or wasm)`),
    )
    expect(error.details?.['device']).toBe(elsewhere)
  })
})
