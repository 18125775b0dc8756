import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { modelStore } from '../src/store/index.js'
import type { Translator } from '../src/types.js'
import { sendFile } from './fault-server.js'
import { refusal } from './model-fixtures.js'
import {
  asked,
  installed,
  modelOf,
  models,
  offline,
  publish,
  server,
  size,
  storage,
  updatesOf,
} from './update-world.js'

describe('an update that fails', () => {
  /** Nothing half-done: the old model works, here and in the next program, and a good update goes through. */
  async function unharmed(updates: ReturnType<typeof updatesOf>, translator: Translator): Promise<void> {
    expect(await modelOf(translator)).toBe(1)
    expect(await updates.status()).toMatchObject({ current: '1.0.0' })
    expect(updates.backend.open).toBe(1)
    offline()
    expect(await modelOf(await updatesOf().current())).toBe(1)
    await publish(3)
    expect(await modelOf(await updates.update())).toBe(3)
  }

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('by a network cut at tenth %i goes on from there next time', async (n) => {
    const { updates, translator } = await installed()
    let cut = false
    await publish(2, {
      file: (bytes, request, response) => {
        if (cut) return response.destroy()
        cut = true
        sendFile(request, response, bytes, { cutAfter: (n * size) / 10 })
      },
    })
    await refusal('MODEL_UNAVAILABLE', updates.update())
    expect(await updates.status()).toEqual({ current: '1.0.0', refused: [] })
    await publish(2)
    server.asked.length = 0
    expect(await modelOf(await updates.update())).toBe(2)
    expect(server.asked.at(-1)?.headers.range).toBe(n === 0 ? undefined : `bytes=${(n * size) / 10}-`)
    expect(await modelOf(translator)).toBe(1)
  })

  test('by a wrong hash', async () => {
    const { updates, translator } = await installed()
    const wrong = new Uint8Array(randomBytes(size))
    await publish(2, { file: (_, request, response) => sendFile(request, response, wrong) })
    await refusal('MODEL_INTEGRITY', updates.update())
    expect(await updates.status()).toEqual({ current: '1.0.0', refused: [] })
    await unharmed(updates, translator)
  })

  test('by its canary is not tried again', async () => {
    const { updates, translator } = await installed(new Set([2]))
    await publish(2)
    expect(await refusal('BACKEND_UNAVAILABLE', updates.update())).toContain('wrongly')
    expect(await updates.check()).toMatchObject({ available: false, refused: expect.stringContaining('wrongly') })
    server.asked.length = 0
    expect(await updates.update()).toBeUndefined()
    expect(asked()).toEqual(['/toon.i2i.json'])
    await unharmed(updates, translator)
  })

  test.each([
    ['that is no JSON', '<html>'],
    ['that is no manifest', '{"schemaVersion": 1}'],
  ])('by a manifest %s', async (_, text) => {
    const { updates, translator } = await installed()
    await publish(2, { text })
    await refusal('MANIFEST_INVALID', updates.update())
    await unharmed(updates, translator)
  })

  test('by a manifest of another model', async () => {
    const { updates, translator } = await installed()
    await publish(2, { id: 'deblur' })
    expect(await refusal('MANIFEST_INVALID', updates.update())).toContain('"deblur"')
    await unharmed(updates, translator)
  })

  test('by a server that is gone', async () => {
    const { updates, translator } = await installed()
    offline()
    await refusal('MODEL_UNAVAILABLE', updates.check())
    await refusal('MODEL_UNAVAILABLE', updates.update())
    await unharmed(updates, translator)
  })

  test.each(['download', 'verify', 'compile', 'warmup'])('by an abort in phase %s', async (when) => {
    const { updates, translator } = await installed()
    await publish(2)
    const controller = new AbortController()
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === when) controller.abort('enough')
    }
    await expect(updates.update({ signal: controller.signal, onProgress })).rejects.toBe('enough')
    expect(await updates.status()).toEqual({ current: '1.0.0', refused: [] })
    await unharmed(updates, translator)
  })

  test('for want of room runs all the same, and is not what the next program finds', async () => {
    const { updates, translator } = await installed()
    storage.capacity = [...storage.values.values()].reduce((sum, value) => sum + value.length, 0) + 15_000
    await publish(2)
    const next = await updates.update()
    expect(next?.decisions).toContainEqual(expect.objectContaining({ choice: 'no store' }))
    expect([await modelOf(translator), await modelOf(next)]).toEqual([1, 2])
    expect(await updates.status()).toMatchObject({ current: '2.0.0', previous: '1.0.0' })
    expect(await updates.update()).toBeUndefined()
    offline()
    expect(await modelOf(await updatesOf().current())).toBe(1)
  })
})

describe('without a store that works', () => {
  test('the newest is fetched each time, and updates hold until the program ends', async () => {
    storage.broken = new Error('private window')
    await publish(1)
    const updates = updatesOf()
    expect(await modelOf(await updates.current())).toBe(1)
    await publish(2)
    expect(await modelOf(await updates.update())).toBe(2)
    expect(await updates.update()).toBeUndefined()
    expect(await modelOf(await updates.rollback())).toBe(1)
  })

  test('and without the network there is nothing to open', async () => {
    offline()
    await refusal('MODEL_UNAVAILABLE', updatesOf().current())
  })
})

describe('the model in use', () => {
  test('whose bytes went bad is fetched again; offline the one before serves', async () => {
    const { updates } = await installed()
    await publish(2)
    await updates.update()
    const sha256 = createHash('sha256')
      .update(models[1] ?? '')
      .digest('hex')
    const spoil = (): void => {
      for (const [key, bytes] of storage.values)
        if (key.includes(sha256) && !key.endsWith('about')) bytes[9] = ~(bytes[9] ?? 0)
    }
    spoil()
    expect(await modelOf(await updatesOf().current())).toBe(2)
    spoil()
    offline()
    expect(await modelOf(await updatesOf().current())).toBe(1)
    expect(await updates.status()).toMatchObject({ current: '2.0.0', refused: [] })
    await publish(2)
    expect(await modelOf(await updatesOf().current())).toBe(2)
  })

  test('that stopped to compute rightly here gives way to the one before, for good', async () => {
    const { updates } = await installed()
    await publish(2)
    await updates.update()
    const later = updatesOf(new Set([2]))
    expect(await modelOf(await later.current())).toBe(1)
    expect(await later.status()).toEqual({
      current: '1.0.0',
      refused: [{ version: '2.0.0', reason: expect.stringContaining('wrongly') }],
    })
  })

  test('is not evicted, nor is the one before', async () => {
    const { updates } = await installed()
    await publish(2)
    await updates.update()
    const store = modelStore({ storage, maxBytes: 2 * size })
    const bytes = models[2] ?? new Uint8Array(0)
    await store.read(`${server.origin}/model-3.onnx`, {
      expected: { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: size },
    })
    offline()
    expect(await modelOf(await updatesOf().rollback())).toBe(1)
  })

  test('a note that was damaged is as none', async () => {
    await installed()
    for (const key of storage.values.keys()) if (key.startsWith('records/')) storage.values.set(key, Uint8Array.of(123))
    expect(await modelOf(await updatesOf().current())).toBe(1)
  })
})
