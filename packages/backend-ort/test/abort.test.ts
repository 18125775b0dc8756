import { expect, test, vi } from 'vitest'
import { ort } from '../src/index.js'
import { nodeCpu } from '../src/runtime-node.js'
import { copyModel } from './models.js'

test('a session that was made for an openSession aborted meanwhile is released', async () => {
  const { InferenceSession } = await nodeCpu.load()
  const original = InferenceSession.create.bind(InferenceSession)
  const aborter = new AbortController()
  const release = vi.fn()
  const create = vi.spyOn(InferenceSession, 'create').mockImplementation(async (bytes: unknown, options: unknown) => {
    // The overload that the backend calls; a spy sees the last one declared.
    const session = await original(bytes as Uint8Array, options as object)
    vi.spyOn(session, 'release').mockImplementation(async () => release())
    aborter.abort('enough')
    return session
  })
  await expect(ort().openSession(copyModel(), { signal: aborter.signal })).rejects.toBe('enough')
  expect(release).toHaveBeenCalledOnce()
  create.mockRestore()
})
