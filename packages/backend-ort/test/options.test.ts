import { isI2iError } from '@i2i/core'
import { describe, expect, test } from 'vitest'
import { ort } from '../src/index.js'
import { ort as ortWeb } from '../src/web.js'

function errorOf(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('it did not throw')
}

describe.each([
  ['onnxruntime-node', ort],
  ['onnxruntime-web', ortWeb],
] as const)('ort() on %s', (name, create) => {
  test('names itself and its format, and loads nothing', () => {
    expect(create()).toMatchObject({ name, formats: ['onnx'] })
  })

  test.each([0, -1, 1.5, Number.NaN])('refuses threads: %d', (threads) => {
    const error = errorOf(() => create({ threads }))
    if (!isI2iError(error, 'OPTION_INVALID')) throw error
    expect(error.message).toContain(`threads: ${threads}`)
    expect(error.details).toEqual({ threads })
  })

  test.each([
    [{ thread: 2 }, 'did you mean "threads"?'],
    [{ wasmPaths: 5 }, 'wasmPaths is 5'],
    [{ wasmPaths: null }, 'wasmPaths is null'],
    [null, 'got null'],
    [5, 'got 5'],
  ])('refuses %j', (options, says) => {
    const error = errorOf(() => create(options as object))
    if (!isI2iError(error, 'OPTION_INVALID')) throw error
    expect(error.message).toContain(says)
  })

  test.each([[['webgpu']], [[{ name: 'webnn' }, 'cpu']]])('refuses execution providers %j', (executionProviders) => {
    const error = errorOf(() => create({ sessionOptions: { executionProviders } }))
    expect(isI2iError(error, 'OPTION_INVALID')).toBe(true)
  })
})

test('refuses a GPU device where onnxruntime makes its own, and what is none', () => {
  // A program without DOM types cannot name a GPUDevice; one in plain JavaScript can pass anything.
  const own = errorOf(() => ort({ gpuDevice: {} } as object))
  if (!isI2iError(own, 'OPTION_INVALID')) throw own
  expect(own.message).toMatch(/onnxruntime-node makes its own device/)
  const none = errorOf(() => ortWeb({ gpuDevice: {} } as object))
  if (!isI2iError(none, 'OPTION_INVALID')) throw none
  expect(none.message).toMatch(/expected a GPUDevice/)
})
