import { describe, expect, test, vi } from 'vitest'
import { readVerified } from '../src/model-files.js'
import { file, model, refusal } from './model-fixtures.js'

describe('verification', () => {
  const files = { read: async () => model }

  test('refuses a wrong size before it hashes, naming both', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const message = await refusal('MODEL_INTEGRITY', readVerified(files, { ...file, bytes: 299_999 }))
    expect(message).toContain('bytes is 300000, expected 299999')
    expect(digest).not.toHaveBeenCalled()
    digest.mockRestore()
  })

  test('refuses a wrong hash, naming both and the remedy', async () => {
    const message = await refusal('MODEL_INTEGRITY', readVerified(files, { ...file, sha256: 'ab'.repeat(32) }))
    expect(message).toContain(`sha256 is ${file.sha256}, expected ${'ab'.repeat(32)}`)
    expect(message).toContain('download the file again')
    expect(message).toContain('sha256sum')
  })

  test('notices one bit', async () => {
    const flipped = model.slice()
    flipped[12_345] = (flipped[12_345] ?? 0) ^ 1
    await refusal('MODEL_INTEGRITY', readVerified({ read: async () => flipped }, file))
  })

  test('explains a page of plain http, where hashing is withheld', async () => {
    vi.stubGlobal('crypto', {})
    try {
      expect(await refusal('MODEL_UNAVAILABLE', readVerified(files, file))).toContain('https or localhost')
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test("wraps a foreign reader's error, and passes an own one on", async () => {
    const foreign = new Error('no such key')
    const wrapped = await readVerified({ read: () => Promise.reject(foreign) }, file).catch((error: unknown) => error)
    expect(wrapped).toMatchObject({ code: 'MODEL_UNAVAILABLE', cause: foreign })
    await refusal('OPTION_INVALID', readVerified({ read: async () => 'text' as never }, file))
  })
})
