import { isI2iError } from '@i2i/core'
import { expect, test } from 'vitest'
import { ort } from '../src/web.js'
import { copyModel } from './models.js'

// One file, one process: onnxruntime-web has not been started before, and does not start again.
test('wasmPaths that lead nowhere are BACKEND_UNAVAILABLE, the first time and later', async () => {
  const backend = ort({ wasmPaths: new URL('./nowhere/', import.meta.url).href })
  for (let i = 0; i < 2; i++) {
    const error: unknown = await backend.openSession(copyModel()).catch((reason: unknown) => reason)
    if (!isI2iError(error, 'BACKEND_UNAVAILABLE')) throw error
    expect(error.message).toMatch(/^onnxruntime-web did not start: .*nowhere.*Check wasmPaths/s)
    expect(error.cause).toBeInstanceOf(Error)
  }
})
