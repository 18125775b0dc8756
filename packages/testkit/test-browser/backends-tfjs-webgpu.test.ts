import { tfjs } from '@i2i/backend-tfjs'
import { GraphBuilder, writeModel } from '@i2i/onnx'
import { expect, test } from 'vitest'
import { requestDevice } from '../src/backend/gpu.js'
import { identityIo, onnxBytes } from '../src/backend/models.js'
import { float32 } from '../src/backend/tensors.js'

const device = 'webgpu'

function transposed(dtype: 'int32' | 'uint8', perm: readonly number[]): Uint8Array {
  const graph = new GraphBuilder()
  const sizes = perm.map((_, i) => `size${i}`)
  const x = graph.input('x', dtype, sizes)
  graph.node('Transpose', [x], { perm: [...perm] }, { as: 'y' })
  graph.output('y', dtype, sizes)
  return writeModel(graph.build())
}

test('integers are transposed to the bit', async () => {
  const data = Int32Array.of(1, -2, 2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1, 0)
  const x = { location: 'cpu', dtype: 'int32', data } as const
  for (const rank of [2, 3]) {
    const perm = rank === 2 ? [1, 0] : [0, 2, 1]
    await using session = await tfjs().openSession(onnxBytes(transposed('int32', perm)), { device })
    const dims = rank === 2 ? [2, 3] : [1, 2, 3]
    const { y } = await session.run({ x: { ...x, dims } })
    expect(y).toMatchObject({ data: Int32Array.from([0, 3, 1, 4, 2, 5], (i) => data[i]!) })
  }
})

test('outputs on the GPU are refused in dtypes that TensorFlow.js widens', async () => {
  await using session = await tfjs().openSession(onnxBytes(transposed('uint8', [1, 0])), { device })
  const x = { location: 'cpu', dtype: 'uint8', dims: [1, 2], data: Uint8Array.of(1, 2) } as const
  await expect(session.run({ x }, { location: 'gpu' })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  expect(await session.run({ x })).toMatchObject({ y: { data: x.data } })
})

test('sessions share a device of their own, which goes with the last, and is followed by another', async () => {
  const backend = tfjs()
  const open = () => backend.openIdentity(identityIo, { device })
  const [first, second] = [await open(), await open()]
  expect(first.gpuDevice).toBeDefined()
  expect(second.gpuDevice).toBe(first.gpuDevice)
  await first.dispose()
  const x = float32([1, 3, 1, 1], [1, 2, 3])
  expect(await second.run({ x })).toMatchObject({ y: { data: x.data } })
  const { gpuDevice } = second as unknown as { gpuDevice: Awaited<ReturnType<typeof requestDevice>> }
  await second.dispose()
  await gpuDevice.lost
  await using third = await open()
  expect(third.gpuDevice).not.toBe(gpuDevice)
  expect(await third.run({ x })).toMatchObject({ y: { data: x.data } })
})

test('sessions of two callers’ devices work side by side', async () => {
  const devices = [await requestDevice(), await requestDevice()]
  const sessions = await Promise.all(
    devices.map((gpuDevice) =>
      tfjs({ gpuDevice } as object).openSession(onnxBytes(transposed('int32', [1, 0])), { device }),
    ),
  )
  const runs = Array.from({ length: 10 }, async (_, i) => {
    const data = Int32Array.of(i, i + 1)
    const { y } = await sessions[i % 2]!.run({ x: { location: 'cpu', dtype: 'int32', dims: [1, 2], data } })
    expect(y).toMatchObject({ dims: [2, 1], data })
  })
  await Promise.all(runs)
  for (const session of sessions) await session.dispose()
  for (const gpuDevice of devices) gpuDevice.destroy()
})
