import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { load } from '../src/load.js'
import { readVerified } from '../src/model-files.js'
import { cacheStorage, modelStore, modelUpdates } from '../src/store/index.js'
import type { LoadProgress, Translator } from '../src/types.js'
import { echo, fakeBackend, manifest, noise, variant } from '../test/fake-backend.js'

/** What is used of the browser; the tests compile without DOM types. */
interface Page {
  readonly location: { readonly origin: string }
  readonly caches: { delete(name: string): Promise<boolean>; open(name: string): Promise<Cache> }
}
interface Cache {
  keys(): Promise<readonly { readonly url: string }[]>
  match(url: string): Promise<Response | undefined>
  put(url: string, response: Response): Promise<void>
}
const page = globalThis as unknown as Page

const size = 300_000
const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 255)
const origin = page.location.origin

async function sha256Of(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((value, i) => value === b[i])

async function modelManifest(data = bytes, path = 'model.onnx') {
  const files = [{ path, sha256: await sha256Of(data), bytes: data.length }]
  return manifest({ variants: [{ ...variant('fp32'), files }] })
}

/** Answers for the model's files; everything else goes to the network. */
const asked: { url: string; headers: Headers }[] = []
let answer: (url: string, headers: Headers) => Response
beforeEach(async () => {
  await page.caches.delete('i2i-models')
  asked.length = 0
  answer = () => new Response(bytes, { headers: { 'content-length': String(size), etag: '"v1"' } })
  const network = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = String(input)
    if (!url.includes('/store-test/')) return await network(input, init)
    const headers = new Headers(init?.headers)
    asked.push({ url, headers })
    return answer(url, headers)
  })
})
afterEach(() => vi.restoreAllMocks())

async function open(data = bytes, options: object = {}): Promise<{ translator: Translator; progress: LoadProgress[] }> {
  const progress: LoadProgress[] = []
  const translator = await load(await modelManifest(data), {
    backend: fakeBackend(echo),
    baseUrl: `${origin}/store-test/`,
    onProgress: (news) => progress.push(news),
    ...options,
  })
  return { translator, progress }
}

const noStore = expect.objectContaining({ what: 'fallback', choice: 'no store' })

describe('load() in a page', () => {
  it('keeps the model by its hash: the second load makes no request, and tells progress all the same', async () => {
    for (let run = 0; run < 2; run++) {
      const { translator, progress } = await open()
      expect(progress).toContainEqual({ phase: 'download', loaded: size, total: size })
      expect(progress).toContainEqual({ phase: 'verify', loaded: size, total: size })
      expect(translator.decisions).not.toContainEqual(noStore)
      await translator.translate(noise(4, 4))
      await translator.dispose()
    }
    expect(asked).toHaveLength(1)
    const keys = (await (await page.caches.open('i2i-models')).keys()).map(({ url }) => url)
    const sha256 = await sha256Of(bytes)
    expect(keys.sort()).toEqual([`0-${size}`, 'about'].map((end) => `https://i2i.invalid/models/${sha256}/${end}`))
  })

  it('finds it under another address: what counts is the hash', async () => {
    await open()
    const { translator } = await open(bytes, { baseUrl: `${origin}/store-test/elsewhere/` })
    expect(translator.manifest.id).toBe('fake')
    expect(asked).toHaveLength(1)
  })

  it('drops an entry that went bad, and fetches it anew', async () => {
    await open()
    const cache = await page.caches.open('i2i-models')
    const [key = ''] = (await cache.keys()).map(({ url }) => url).filter((url) => url.endsWith(`0-${size}`))
    const stored = new Uint8Array((await (await cache.match(key))?.arrayBuffer()) ?? new ArrayBuffer(0))
    expect(same(stored, bytes)).toBe(true)
    stored[1000] = 1 + (stored[1000] ?? 0)
    await cache.put(key, new Response(stored))
    await open()
    expect(asked).toHaveLength(2)
    await open()
    expect(asked).toHaveLength(2)
  })

  it('fetches each time where told to keep nothing', async () => {
    await open(bytes, { store: false })
    await open(bytes, { store: false })
    expect(asked).toHaveLength(2)
    expect(await (await page.caches.open('i2i-models')).keys()).toEqual([])
  })

  it('goes on without a store in a window that has none, and says so', async () => {
    const refuse = async () => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    }
    vi.spyOn(page.caches, 'open').mockImplementation(refuse)
    // A store of its own: the page's may have opened its cache already.
    const { translator } = await open(bytes, { files: modelStore() })
    expect(translator.decisions).toContainEqual({
      what: 'fallback',
      choice: 'no store',
      outcome: 'taken',
      reason: expect.stringContaining('The operation is insecure'),
    })
    await translator.translate(noise(4, 4))
  })

  it('goes on without a store where the quota is used up, and leaves nothing half-written', async () => {
    const cache = await page.caches.open('i2i-models')
    const put = vi.spyOn(Object.getPrototypeOf(cache) as Cache, 'put')
    put.mockImplementation(async () => {
      throw new DOMException('Quota exceeded.', 'QuotaExceededError')
    })
    const { translator } = await open()
    expect(translator.decisions).toContainEqual(noStore)
    put.mockRestore()
    expect(await cache.keys()).toEqual([])
    await open()
    await open()
    expect(asked).toHaveLength(2)
  })
})

describe('a store in a page', () => {
  it('evicts the file used least recently', async () => {
    const store = modelStore({ maxBytes: 2 * size })
    const files = await Promise.all(
      [1, 2, 3].map(async (n) => {
        const data = bytes.map((value) => value ^ n)
        return { data, path: `${origin}/store-test/${n}`, sha256: await sha256Of(data), bytes: size }
      }),
    )
    answer = (url) => new Response(files[Number(url.at(-1)) - 1]?.data)
    const read = async (n: number) => await readVerified(store, files[n] ?? { path: '', sha256: '', bytes: 0 })
    const later = () => new Promise((done) => setTimeout(done, 5))
    await read(0)
    await later()
    await read(1)
    await later()
    await read(0)
    await later()
    await read(2)
    const kept = (await store.list()).map(({ sha256 }) => sha256)
    expect(kept.sort()).toEqual([files[0], files[2]].map((file) => file?.sha256).sort())
    expect(asked).toHaveLength(3)
  })

  it('goes on after a reload from where a download broke off', async () => {
    const half = size / 2
    let gone = false
    answer = (_, headers) => {
      if (gone) throw new TypeError('Failed to fetch')
      const from = Number(/\d+/.exec(headers.get('range') ?? '0')?.[0])
      const parts = [bytes.slice(from, from === 0 ? half : size)]
      gone = from === 0
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            const part = parts.shift()
            if (part) controller.enqueue(part)
            else if (from === 0) controller.error(new TypeError('network error'))
            else controller.close()
          },
        },
        // Pulled when it is read, so that the error comes after the bytes.
        { highWaterMark: 0 },
      )
      const range = { 'content-range': `bytes ${from}-${size - 1}/${size}` }
      return new Response(body, { status: from ? 206 : 200, headers: { etag: '"v1"', ...(from && range) } })
    }
    const file = { path: `${origin}/store-test/model.onnx`, sha256: await sha256Of(bytes), bytes: size }
    await expect(readVerified(modelStore({ retries: 0 }), file)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' })
    gone = false
    asked.length = 1
    // Another store on the same cache, as the page has after a reload.
    expect(same(await readVerified(modelStore(), file), bytes)).toBe(true)
    expect(asked.map(({ headers }) => headers.get('range'))).toEqual([null, `bytes=${half}-`])
    expect(asked[1]?.headers.get('if-range')).toBe('"v1"')
  })

  it('spares another origin the preflight of If-Range', async () => {
    const storage = cacheStorage()
    const sha256 = await sha256Of(bytes)
    await storage.write(`models/${sha256}/0-1000`, bytes.subarray(0, 1000))
    await storage.write(
      `models/${sha256}/about`,
      new TextEncoder().encode(
        JSON.stringify({ url: 'https://cdn.invalid/store-test/m', bytes: size, used: 1, etag: '"v1"' }),
      ),
    )
    answer = () => new Response(bytes.slice(1000), { status: 206, headers: { 'content-length': String(size - 1000) } })
    const file = { path: 'https://cdn.invalid/store-test/m', sha256, bytes: size }
    expect(same(await readVerified(modelStore(), file), bytes)).toBe(true)
    expect(asked.map(({ headers }) => [...headers.keys()])).toEqual([['range']])
  })
})

describe('updates in a page', () => {
  it('swap when the new model has passed, survive a reload, and open offline', async () => {
    const next = bytes.map((value) => value ^ 1)
    const publish = async (version: string, data: typeof bytes) => {
      const text = JSON.stringify({ ...(await modelManifest(data, `${version}.onnx`)), version })
      answer = (url, headers) => {
        if (!url.endsWith('.json')) return new Response(data)
        if (headers.get('if-none-match') === `"${version}"`) return new Response(null, { status: 304 })
        return new Response(text, { headers: { etag: `"${version}"` } })
      }
    }
    const updates = () =>
      modelUpdates({ manifest: '/store-test/toon.json', store: modelStore({ retries: 0 }), backend: fakeBackend(echo) })
    await publish('1.0.0', bytes)
    expect((await updates().current()).manifest.version).toBe('1.0.0')
    await publish('2.0.0', next)
    expect(await updates().check()).toEqual({ available: true, version: '2.0.0', current: '1.0.0' })
    const translator = await updates().update()
    expect(translator?.manifest.version).toBe('2.0.0')
    expect(await updates().update()).toBeUndefined()
    answer = () => {
      throw new TypeError('Failed to fetch')
    }
    expect((await updates().current()).manifest.version).toBe('2.0.0')
    expect((await updates().rollback()).manifest.version).toBe('1.0.0')
    await expect(updates().check()).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' })
  })
})
