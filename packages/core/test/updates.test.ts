import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openColorEngine } from '@i2i/color'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { canaryDigest } from '../src/canary.js'
import { load } from '../src/load.js'
import { diskStorage } from '../src/node/index.js'
import type { Backend, ModelBytes, Session, Tensor } from '../src/ports.js'
import { type ModelUpdates, modelStore, modelUpdates } from '../src/store/index.js'
import type { Translator } from '../src/types.js'
import { fakeBackend, manifest, noise, variant } from './fake-backend.js'
import { faultServer, sendFile } from './fault-server.js'
import { type MemoryStorage, memoryStorage } from './memory-storage.js'
import { refusal } from './model-fixtures.js'

const server = faultServer()
const color = await openColorEngine({ engine: 'reference' })
const size = 20_000

/** Model n adds n / 255 to every value; its first byte says so. */
const models = [1, 2, 3, 4].map((n) => Uint8Array.from(randomBytes(size)).fill(n, 0, 1))
const brightness =
  (n: number) =>
  (feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
    const { x } = feeds
    if (x?.location !== 'cpu') throw new Error('no feed')
    return { y: { ...x, data: Float32Array.from(x.data, Number).map((value) => value + n / 255) } }
  }

/** Opens models by their first byte; those in `broken` compute something else. */
function backend(broken: ReadonlySet<number> = new Set()): Backend & { open: number } {
  const counted = { open: 0 }
  const openSession = async ({ files, entry }: ModelBytes): Promise<Session> => {
    const n = files.get(entry)?.[0] ?? 0
    const session = await fakeBackend(brightness(broken.has(n) ? 99 : n)).openSession({ format: 'onnx', entry, files })
    counted.open++
    return { ...session, dispose: async () => void counted.open-- }
  }
  return Object.assign(counted, { ...fakeBackend(() => ({})), openSession })
}

async function manifestText(n: number, { canary = true, id = 'fake' } = {}): Promise<string> {
  const session = await fakeBackend(brightness(n)).openSession({ format: 'onnx', entry: '', files: new Map() })
  const digest = await canaryDigest(manifest(), session, color, 7)
  const sha256 = createHash('sha256')
    .update(models[n - 1] ?? '')
    .digest('hex')
  const files = [{ path: `model-${n}.onnx`, sha256, bytes: size }]
  const one = { ...variant('fp32'), files, ...(canary && { canary: { seed: 7, tolerance: 1e-3, digest } }) }
  return JSON.stringify(manifest({ id, version: `${n}.0.0`, variants: [one] }))
}

interface Publishing {
  /** What the server does with a file's bytes; default: sends them. */
  file?: (bytes: Uint8Array, ...args: Parameters<typeof server.handle>) => void
  text?: string
  canary?: boolean
  id?: string
}

async function publish(n: number, { file, text, ...rest }: Publishing = {}): Promise<void> {
  const body = new TextEncoder().encode(text ?? (await manifestText(n, rest)))
  const etag = `"m${createHash('sha256').update(body).digest('hex')}"`
  server.handle = (request, response) => {
    const [, wanted] = /model-(\d)/.exec(request.url ?? '') ?? []
    if (!wanted) return sendFile(request, response, body, { etag })
    const bytes = models[Number(wanted) - 1] ?? new Uint8Array(0)
    if (file) file(bytes, request, response)
    else sendFile(request, response, bytes)
  }
}

const offline = (): void => {
  server.handle = (_, response) => response.destroy()
}
const asked = () => server.asked.map(({ url }) => url)

let storage: MemoryStorage
beforeEach(() => {
  storage = memoryStorage()
})

function updatesOf(
  broken?: ReadonlySet<number>,
  more: object = {},
): ModelUpdates & { backend: ReturnType<typeof backend> } {
  const own = backend(broken)
  const store = modelStore({ storage, retryDelayMs: 1, retries: 1, idleMs: 2000 })
  const updates = modelUpdates({ manifest: `${server.origin}/toon.i2i.json`, store, backend: own, color, ...more })
  return Object.assign(updates, { backend: own })
}

/** Which model a translator runs, told by what it does to a picture. */
async function modelOf(translator: Translator | undefined): Promise<number> {
  if (!translator) return 0
  const before = noise(8, 8)
  const { image } = await translator.translate(before)
  const at = before.planes[0]?.data.findIndex((value) => value > 5 && value < 200) ?? 0
  return (image.planes[0]?.data[at] ?? 0) - (before.planes[0]?.data[at] ?? 0)
}

/** Installs model 1, as an app did long ago. */
async function installed(broken?: ReadonlySet<number>) {
  await publish(1)
  const updates = updatesOf(broken)
  const translator = await updates.current()
  server.asked.length = 0
  return { updates, translator }
}

describe('a model that is kept up to date', () => {
  test('is fetched the first time, and opened without the network from then on', async () => {
    await publish(1)
    expect(await modelOf(await updatesOf().current())).toBe(1)
    expect(asked()).toEqual(['/toon.i2i.json', '/model-1.onnx'])
    offline()
    server.asked.length = 0
    expect(await modelOf(await updatesOf().current())).toBe(1)
    expect(asked()).toEqual([])
  })

  test('is checked by ETag: nothing new takes no bytes', async () => {
    const { updates } = await installed()
    expect(await updates.check()).toEqual({ available: false, version: '1.0.0', current: '1.0.0' })
    expect(await updates.update()).toBeUndefined()
    const again = updatesOf()
    expect(await again.update()).toBeUndefined()
    expect(asked()).toEqual(Array(3).fill('/toon.i2i.json'))
    expect(server.asked.every(({ headers }) => headers['if-none-match']?.startsWith('"m'))).toBe(true)
  })

  test('is replaced by a newer one once that has passed; the old one runs on until it is disposed', async () => {
    const { updates, translator } = await installed()
    await publish(2)
    expect(await updates.check()).toEqual({ available: true, version: '2.0.0', current: '1.0.0' })
    const progress: string[] = []
    const next = await updates.update({ onProgress: ({ phase }) => progress.push(phase) })
    expect([await modelOf(translator), await modelOf(next)]).toEqual([1, 2])
    expect([...new Set(progress)]).toEqual(['download', 'verify', 'compile', 'warmup'])
    expect(await updates.status()).toEqual({ current: '2.0.0', previous: '1.0.0', refused: [] })
    offline()
    expect(await modelOf(await updatesOf().current())).toBe(2)
    expect(updates.backend.open).toBe(2)
  })

  test('goes back when told to, offline too, and is not offered the same again', async () => {
    const { updates } = await installed()
    await publish(2)
    await updates.update()
    offline()
    expect(await modelOf(await updates.rollback())).toBe(1)
    expect(await modelOf(await updatesOf().current())).toBe(1)
    await publish(2)
    expect(await updates.check()).toMatchObject({ available: false, refused: 'taken back by rollback()' })
    expect(await updates.update()).toBeUndefined()
    expect(await modelOf(await updates.update({ retry: true }))).toBe(2)
    await publish(3)
    expect(await modelOf(await updates.update())).toBe(3)
  })

  test('has nothing to go back to at first', async () => {
    const { updates } = await installed()
    expect(await refusal('OPTION_INVALID', updates.rollback())).toContain('no release before 1.0.0')
  })

  test('follows the server back to an older version', async () => {
    const { updates } = await installed()
    await publish(2)
    await updates.update()
    await publish(1)
    expect(await modelOf(await updates.update())).toBe(1)
  })

  test('without a canary has to run once', async () => {
    const { updates } = await installed()
    await publish(2, { canary: false })
    const throwing: Backend = {
      ...updates.backend,
      openSession: async (model) => ({
        ...(await updates.backend.openSession(model)),
        run: async () => {
          throw new Error('no such operator')
        },
      }),
    }
    await expect(updates.update({ backend: throwing })).rejects.toThrow('no such operator')
    expect(await updates.status()).toMatchObject({ current: '1.0.0' })
    expect(await modelOf(await updates.update())).toBe(2)
  })

  test('updated twice at once is fetched once', async () => {
    const { updates } = await installed()
    await publish(2)
    const got = await Promise.all([updates.update(), updates.update(), updates.check()])
    expect([await modelOf(got[0]), got[1], got[2].available]).toEqual([2, undefined, false])
    expect(asked().filter((url) => url.startsWith('/model'))).toHaveLength(1)
  })

  test('updated by two programs at once is one of what was published, with one to go back to', async () => {
    await installed()
    await publish(2)
    const got = await Promise.all([updatesOf().update(), updatesOf().update()])
    for (const translator of got) expect([0, 2]).toContain(await modelOf(translator))
    expect(await updatesOf().status()).toEqual({ current: '2.0.0', previous: '1.0.0', refused: [] })
    offline()
    expect(await modelOf(await updatesOf().rollback())).toBe(1)
  })
})

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

  test('by an abort, in every phase', async () => {
    for (const when of ['download', 'verify', 'compile', 'warmup']) {
      storage = memoryStorage()
      const { updates, translator } = await installed()
      await publish(2)
      const controller = new AbortController()
      const onProgress = ({ phase }: { phase: string }): void => {
        if (phase === when) controller.abort('enough')
      }
      await expect(updates.update({ signal: controller.signal, onProgress })).rejects.toBe('enough')
      expect(await updates.status()).toEqual({ current: '1.0.0', refused: [] })
      await unharmed(updates, translator)
    }
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

describe('on disk', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'i2i-updates-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  test('it is the same', async () => {
    const on = () =>
      modelUpdates({
        manifest: `${server.origin}/toon.i2i.json`,
        store: modelStore({ storage: diskStorage(dir) }),
        backend: backend(),
        color,
      })
    await publish(1)
    await on().current()
    await publish(2)
    expect(await modelOf(await on().update())).toBe(2)
    offline()
    expect(await modelOf(await on().current())).toBe(2)
    expect(await modelOf(await on().rollback())).toBe(1)
    expect(await modelOf(await on().current())).toBe(1)
  })
})

test('opens models where it is told to', async () => {
  await publish(1)
  const own = backend()
  const updates = modelUpdates({
    manifest: `${server.origin}/toon.i2i.json`,
    store: modelStore({ storage }),
    load: (manifest, options) => load(manifest, { ...options, backend: own, color }),
  })
  expect(await modelOf(await updates.current())).toBe(1)
  const none = modelUpdates({ manifest: `${server.origin}/toon.i2i.json`, store: modelStore({ storage }) })
  expect(await refusal('OPTION_INVALID', none.current())).toContain('needs a backend')
})

test('refuses what it cannot keep up to date', () => {
  const store = modelStore({ storage })
  const options = { store, backend: backend() }
  for (const wrong of [
    { manifest: './toon.json' },
    { manifest: 'file:///toon.json' },
    { manifest: 'https://a.b/c', stroe: 1 },
  ])
    expect(() => modelUpdates({ ...options, ...wrong })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})
