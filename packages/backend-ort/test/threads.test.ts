import { isI2iError } from '@i2i/core'
import * as ortWebModule from 'onnxruntime-web'
import { expect, test, vi } from 'vitest'
import { createBackend } from '../src/backend.js'
import { nodeCpu, nodeFamily } from '../src/runtime-node.js'
import { ort as ortWeb } from '../src/web.js'
import { copyModel } from './models.js'

// One file, one process: onnxruntime-web has not been started before.
test('onnxruntime-web is started with the first threads and wasmPaths; other ones later are refused', async () => {
  const first = await ortWeb({ threads: 2 }).openSession(copyModel())
  expect(ortWebModule.env.wasm.numThreads).toBe(2)
  await (await ortWeb({ threads: 2 }).openSession(copyModel())).dispose()
  await (await ortWeb().openSession(copyModel())).dispose()

  const other: unknown = await ortWeb({ threads: 3 })
    .openSession(copyModel())
    .catch((reason: unknown) => reason)
  if (!isI2iError(other, 'OPTION_INVALID')) throw other
  expect(other.message).toMatch(/threads: 3.*started with 2.*same number/)
  const moved: unknown = await ortWeb({ wasmPaths: '/elsewhere/' })
    .openSession(copyModel())
    .catch((reason: unknown) => reason)
  if (!isI2iError(moved, 'OPTION_INVALID')) throw moved
  expect(moved.message).toMatch(/elsewhere.*its own/)

  const data = Float32Array.of(1, 2)
  const { y } = await first.run({ x: { location: 'cpu', dtype: 'float32', dims: [2], data } })
  expect(y).toMatchObject({ data })
  await first.dispose()
})

test('onnxruntime-node takes threads and sessionOptions for each session', async () => {
  const module = await nodeCpu.load()
  const create = vi.spyOn(module.InferenceSession, 'create')
  const backend = createBackend(nodeFamily, {
    threads: 3,
    sessionOptions: { graphOptimizationLevel: 'basic', logSeverityLevel: 2 },
  })
  await (await backend.openSession(copyModel())).dispose()
  expect(create.mock.lastCall?.[1]).toEqual({
    executionProviders: ['cpu'],
    intraOpNumThreads: 3,
    graphOptimizationLevel: 'basic',
    logSeverityLevel: 2,
  })
  create.mockRestore()
})
