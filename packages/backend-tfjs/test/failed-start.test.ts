import { isI2iError } from '@i2i/core'
import { expect, test, vi } from 'vitest'
import { tfjs } from '../src/index.js'
import { affineModel, dataOf, float32, onnxBytes } from './models.js'

test('where WebAssembly does not start, every try says so, and the CPU still runs', async () => {
  // TensorFlow.js prints what went wrong, too.
  for (const method of ['warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => undefined)
  const backend = tfjs({ wasmPaths: '/nowhere/' })
  for (const _ of [1, 2]) {
    const error: unknown = await backend.openSession(onnxBytes(affineModel())).catch((reason) => reason)
    if (!isI2iError(error, 'BACKEND_UNAVAILABLE')) throw error
    expect(error.message).toMatch(/did not start on wasm.*wasmPaths/)
  }
  expect(await backend.devices()).toMatchObject([{}, { device: 'wasm', available: false }, { available: true }])
  await using session = await backend.openSession(onnxBytes(affineModel()), { device: 'cpu' })
  expect(Array.from(await dataOf(session, float32([1, 3, 1, 1], [1, 2, 3])))).toEqual([3, 5, 7])
})
