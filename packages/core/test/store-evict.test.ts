import { createHash, randomBytes } from 'node:crypto'
import { openColorEngine } from '@i2i/color'
import { describe, expect, test } from 'vitest'
import { load } from '../src/load.js'
import { readVerified } from '../src/model-files.js'
import { type ModelStoreOptions, modelStore } from '../src/store/index.js'
import { echo, fakeBackend, manifest, noise, variant } from './fake-backend.js'
import { faultServer, sendFile } from './fault-server.js'
import { memoryStorage } from './memory-storage.js'

const size = 10_000
const models = Array.from({ length: 5 }, () => new Uint8Array(randomBytes(size)))
const server = faultServer()

function fileOf(n: number) {
  const sha256 = createHash('sha256')
    .update(models[n] ?? '')
    .digest('hex')
  return { path: `${server.origin}/${n}`, sha256, bytes: size }
}

function serve(): void {
  server.handle = (request, response) => {
    sendFile(request, response, models[Number(request.url?.slice(1))] ?? new Uint8Array(0))
  }
}

async function setUp(capacity: number, options: ModelStoreOptions = {}) {
  serve()
  const storage = memoryStorage(capacity)
  const store = modelStore({ storage, retryDelayMs: 1, ...options })
  const notices: string[] = []
  let now = Date.now()
  /** Reads a file, each a second after the last; says whether it was fetched. */
  const read = async (n: number): Promise<boolean> => {
    const before = server.asked.length
    const { setSystemTime, useFakeTimers, useRealTimers } = (await import('vitest')).vi
    useFakeTimers({ toFake: ['Date'] })
    now += 1000
    setSystemTime(now)
    const bytes = await readVerified(store, fileOf(n), { onNotice: (notice) => notices.push(notice) })
    useRealTimers()
    expect(Buffer.compare(bytes, models[n] ?? new Uint8Array(0))).toBe(0)
    return server.asked.length > before
  }
  const kept = async () => {
    const hashes = (await store.list()).filter(({ stored }) => stored === size).map(({ sha256 }) => sha256)
    return models.map((_, n) => n).filter((n) => hashes.includes(fileOf(n).sha256))
  }
  return { storage, store, notices, read, kept }
}

describe('when room runs out', () => {
  test.each([
    ['maxBytes', Number.POSITIVE_INFINITY, { maxBytes: 3 * size }],
    ['a full disk', 3 * size + 1000, {}],
  ])('by %s, the file used least recently goes', async (_, capacity, options) => {
    const { read, kept, notices } = await setUp(capacity, options)
    for (const n of [0, 1, 2]) expect(await read(n)).toBe(true)
    expect(await read(0)).toBe(false)
    expect(await read(3)).toBe(true)
    expect(await kept()).toEqual([0, 2, 3])
    expect(await read(1)).toBe(true)
    expect(await kept()).toEqual([0, 1, 3])
    expect(notices).toEqual([])
  })

  test('by what the host grants, others go before a byte is asked for', async () => {
    const { storage, read, kept } = await setUp(Number.POSITIVE_INFINITY)
    const used = () => [...storage.values.values()].reduce((sum, value) => sum + value.length, 0)
    storage.room = async () => 2 * size + 500 - used()
    for (const n of [0, 1, 2]) await read(n)
    expect(await kept()).toEqual([1, 2])
  })

  test('files that a record keeps stay; with nothing else to go, the new one is not kept, and that is said', async () => {
    const { store, read, kept, notices } = await setUp(Number.POSITIVE_INFINITY, { maxBytes: 2 * size })
    await read(0)
    await read(1)
    await store.writeRecord('app', { keeps: [fileOf(0).sha256, fileOf(1).sha256] })
    await read(2)
    expect(await kept()).toEqual([0, 1])
    expect(notices).toEqual([
      expect.stringMatching(/not kept for next time: it takes 10000 bytes, .* room for 0 \(maxBytes is 20000\)/),
    ])
    await store.writeRecord('app', { keeps: [fileOf(1).sha256] })
    await read(2)
    expect(await kept()).toEqual([1, 2])
  })

  test('a file larger than the store drives nothing out', async () => {
    const { storage, read, kept } = await setUp(Number.POSITIVE_INFINITY, { maxBytes: 2 * size })
    await read(0)
    const small = modelStore({ storage, maxBytes: size - 1 })
    const notices: string[] = []
    await readVerified(small, fileOf(1), { onNotice: (notice) => notices.push(notice) })
    expect(notices).toEqual([expect.stringContaining('maxBytes is 9999')])
    expect(await kept()).toEqual([0])
  })

  test('a disk without any room leaves nothing half-written, and the model is read', async () => {
    const { storage, read, notices } = await setUp(size / 2)
    await read(0)
    expect([...storage.values.keys()].filter((key) => !key.endsWith('about'))).toEqual([])
    expect(notices).toEqual([expect.stringContaining('memory failed (ENOSPC: no space left on device, write)')])
    storage.capacity = Number.POSITIVE_INFINITY
    await read(0)
    expect(await read(0)).toBe(false)
  })

  test('a storage that fails at everything is no reason to fail', async () => {
    const { storage, read, notices } = await setUp(Number.POSITIVE_INFINITY)
    storage.broken = new Error('SecurityError: the operation is insecure')
    await read(0)
    expect(notices).toEqual([expect.stringContaining('the operation is insecure')])
    storage.broken = undefined
    expect(await read(0)).toBe(true)
    expect(await read(0)).toBe(false)
  })
})

describe('load() with a store', () => {
  async function loadFrom(store: ReturnType<typeof modelStore>) {
    const color = await openColorEngine({ engine: 'reference' })
    const { sha256, bytes } = fileOf(0)
    const variants = [{ ...variant('fp32'), files: [{ path: '0', sha256, bytes }] }]
    const progress: [string, number, number | undefined][] = []
    const translator = await load(manifest({ variants }), {
      backend: fakeBackend(echo),
      color,
      files: store,
      baseUrl: `${server.origin}/`,
      onProgress: ({ phase, loaded, total }) => progress.push([phase, loaded, total]),
    })
    return { translator, progress }
  }

  test('fetches once, tells progress both times, and says in decisions when it could not keep', async () => {
    const { store, storage } = await setUp(Number.POSITIVE_INFINITY)
    for (let run = 0; run < 2; run++) {
      const { translator, progress } = await loadFrom(store)
      expect(progress).toContainEqual(['download', size, size])
      expect(progress).toContainEqual(['verify', size, size])
      expect(translator.decisions.filter(({ what }) => what === 'fallback')).toEqual([])
      await translator.translate(noise(4, 4))
      await translator.dispose()
    }
    expect(server.asked).toHaveLength(1)
    storage.broken = new Error('gone')
    const { translator } = await loadFrom(store)
    expect(translator.decisions).toContainEqual({
      what: 'fallback',
      choice: 'no store',
      outcome: 'taken',
      reason: expect.stringContaining('memory failed (gone)'),
    })
  })
})

test('in Node a store needs a place', () => {
  expect(() => modelStore()).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining('diskStorage(dir)') }),
  )
  expect(() => modelStore({ storage: memoryStorage(), maxBytes: 0 })).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID' }),
  )
})
