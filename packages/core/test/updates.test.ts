import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { load } from '../src/load.js'
import { diskStorage } from '../src/node/index.js'
import type { Backend } from '../src/ports.js'
import { modelStore, modelUpdates } from '../src/store/index.js'
import { refusal } from './model-fixtures.js'
import {
  asked,
  backend,
  color,
  installed,
  modelOf,
  offline,
  publish,
  server,
  storage,
  updatesOf,
} from './update-world.js'

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
