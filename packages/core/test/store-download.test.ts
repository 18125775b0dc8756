import { createHash, randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readVerified } from '../src/model-files.js'
import { modelStore } from '../src/store/index.js'
import { type FileOptions, faultServer, sendAndCut, sendFile } from './fault-server.js'
import { memoryStorage } from './memory-storage.js'
import { refusal } from './model-fixtures.js'

const model = new Uint8Array(randomBytes(1_000_000))
const other = new Uint8Array(randomBytes(1_000_000))
const tenth = model.length / 10
const server = faultServer()

function fileOf(bytes: Uint8Array) {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { path: `${server.origin}/model.onnx`, sha256, bytes: bytes.length }
}

function storeOf(storage = memoryStorage(), more: object = {}) {
  return modelStore({ storage, retryDelayMs: 1, idleMs: 5000, ...more })
}

async function equal(work: Promise<Uint8Array>, expected = model): Promise<void> {
  expect(Buffer.compare(await work, expected)).toBe(0)
}

const ranges = () => server.asked.map(({ headers }) => headers.range)

describe('a download that is cut', () => {
  test('at every tenth goes on from there, and is whole', async () => {
    server.handle = (request, response) => sendFile(request, response, model, { cutAfter: tenth })
    const seen: number[] = []
    await equal(readVerified(storeOf(), fileOf(model), { onProgress: (loaded) => seen.push(loaded) }))
    expect(ranges()).toEqual([undefined, ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `bytes=${n * tenth}-`)])
    expect(server.asked.slice(1).every(({ headers }) => headers['if-range'] === '"v1"')).toBe(true)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(model.length)
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'at tenth %i for good is MODEL_UNAVAILABLE, and goes on in the next run',
    async (n) => {
      const storage = memoryStorage()
      let cuts = 0
      server.handle = (request, response) => {
        if (cuts++ === 0) sendFile(request, response, model, { cutAfter: n * tenth })
        else response.destroy()
      }
      const message = await refusal('MODEL_UNAVAILABLE', readVerified(storeOf(storage), fileOf(model)))
      expect(message).toContain('could not be fetched')
      expect(server.asked).toHaveLength(5)
      server.asked.length = 0
      server.handle = (request, response) => sendFile(request, response, model)
      await equal(readVerified(storeOf(storage), fileOf(model)))
      expect(ranges()).toEqual([`bytes=${n * tenth}-`])
      // Once whole it is not asked for again.
      await equal(readVerified(storeOf(storage), fileOf(model)))
      expect(server.asked).toHaveLength(1)
    },
  )

  test('before the first byte is told with its cause', async () => {
    server.handle = (_, response) => response.destroy()
    const message = await refusal('MODEL_UNAVAILABLE', readVerified(storeOf(), fileOf(model)))
    expect(message).toMatch(/could not be fetched \(.+\); check the address/)
  })

  test('by silence is given up, and tried again', async () => {
    server.handle = (request, response) => {
      if (request.headers.range) return sendFile(request, response, model)
      response.writeHead(200, { etag: '"v1"', 'content-length': model.length })
      response.write(model.subarray(0, tenth))
    }
    await equal(readVerified(storeOf(undefined, { idleMs: 200 }), fileOf(model)))
    expect(ranges()).toEqual([undefined, `bytes=${tenth}-`])
  })

  test('by silence for good is a named error', async () => {
    server.handle = () => undefined
    const store = storeOf(undefined, { idleMs: 50, retries: 1 })
    expect(await refusal('MODEL_UNAVAILABLE', readVerified(store, fileOf(model)))).toContain('no answer')
  })

  test('by the caller keeps what came, and rejects with his reason', async () => {
    const storage = memoryStorage()
    server.handle = (request, response) => {
      if (request.headers.range) return sendFile(request, response, model)
      response.writeHead(200, { etag: '"v1"', 'content-length': model.length })
      response.write(model.subarray(0, tenth))
    }
    const controller = new AbortController()
    const reason = { why: 'enough' }
    const { path, ...expected } = fileOf(model)
    const reading = storeOf(storage).read(path, {
      expected,
      signal: controller.signal,
      onProgress: (loaded) => loaded === tenth && setTimeout(() => controller.abort(reason), 10),
    })
    expect(await reading.catch((error: unknown) => error)).toBe(reason)
    await equal(readVerified(storeOf(storage), fileOf(model)))
    expect(ranges()).toEqual([undefined, `bytes=${tenth}-`])
  })
})

describe('a server that', () => {
  /** The first connection is cut in the middle; `then` answers what follows. */
  function cutThen(then: (range: number, options: FileOptions) => ReturnType<typeof answer>): void {
    let first = true
    server.handle = (request, response) => {
      if (first) {
        first = false
        return sendFile(request, response, model, { cutAfter: 4 * tenth })
      }
      const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
      const { status, headers, body } = then(from, {})
      response.writeHead(status, headers).end(body)
    }
  }
  const answer = (status: number, body: Uint8Array, headers: Record<string, string> = {}) => {
    return { status, headers: { 'content-length': String(body.length), ...headers }, body }
  }
  const rangeOf = (from: number, bytes = model, etag = '"v1"') => {
    return answer(206, bytes.subarray(from), {
      etag,
      'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    })
  }

  test('knows no ranges is asked for the whole', async () => {
    cutThen(() => answer(200, model))
    await equal(readVerified(storeOf(), fileOf(model)))
    expect(ranges()).toEqual([undefined, `bytes=${4 * tenth}-`])
  })

  test('has another version by now sends it whole, and the parts do not mix', async () => {
    cutThen(() => answer(200, other, { etag: '"v2"' }))
    await equal(readVerified(storeOf(), fileOf(other)), other)
  })

  test('ignores If-Range and sends the rest of another version is asked anew', async () => {
    cutThen((from) => (from ? rangeOf(from, other, '"v2"') : answer(200, other, { etag: '"v2"' })))
    await equal(readVerified(storeOf(), fileOf(other)), other)
    expect(ranges()).toEqual([undefined, `bytes=${4 * tenth}-`, undefined])
  })

  test('sends the rest of another version under the same ETag is found out by the hash, and asked anew', async () => {
    cutThen((from) => (from ? rangeOf(from, other) : answer(200, other)))
    await equal(readVerified(storeOf(), fileOf(other)), other)
    expect(ranges()).toEqual([undefined, `bytes=${4 * tenth}-`, undefined])
  })

  test.each<[string, (from: number) => ReturnType<typeof answer>]>([
    ['another range', (from) => ({ ...rangeOf(from - 5), body: model.subarray(from - 5) })],
    [
      'a range of another size',
      (from) => answer(206, model.subarray(from), { 'content-range': `bytes ${from}-99/100` }),
    ],
    ['a range without its place, and of another length', (from) => answer(206, model.subarray(from + 1))],
    ['a range that is no range', (from) => answer(206, model.subarray(from), { 'content-range': 'seconds 1-2/3' })],
    [
      'a compressed range',
      (from) => ({ ...rangeOf(from), ...answer(206, gzipSync(model.subarray(from)), { 'content-encoding': 'gzip' }) }),
    ],
    ['416', () => answer(416, new Uint8Array(0))],
  ])('answers with %s is asked for the whole', async (_, lie) => {
    cutThen((from) => (from ? lie(from) : answer(200, model)))
    await equal(readVerified(storeOf(), fileOf(model)))
    expect(ranges()).toEqual([undefined, `bytes=${4 * tenth}-`, undefined])
  })

  test('says nothing of the place of a range is believed where the length fits', async () => {
    cutThen((from) => answer(206, model.subarray(from)))
    await equal(readVerified(storeOf(), fileOf(model)))
    expect(ranges()).toEqual([undefined, `bytes=${4 * tenth}-`])
  })

  test('sends a range in slices is asked for the next', async () => {
    cutThen((from) => {
      const slice = model.subarray(from, from + tenth)
      return answer(206, slice, {
        etag: '"v1"',
        'content-range': `bytes ${from}-${from + slice.length - 1}/${model.length}`,
      })
    })
    await equal(readVerified(storeOf(), fileOf(model)))
    expect(server.asked).toHaveLength(7)
  })

  test('compresses is read, and what broke off is asked for by its place in the file', async () => {
    const text = new TextEncoder().encode('weights '.repeat(200_000))
    let first = true
    server.handle = (request, response) => {
      if (!first) return sendFile(request, response, text)
      first = false
      response.writeHead(200, { 'content-encoding': 'gzip', etag: '"gz"' })
      sendAndCut(response, gzipSync(text).subarray(0, 2000))
    }
    await equal(readVerified(storeOf(), fileOf(text)), text)
    expect(server.asked.map(({ headers }) => headers['if-range'])).toEqual([undefined, undefined])
  })

  test.each([
    [404, 1],
    [403, 1],
    [503, 4],
    [429, 4],
  ])('answers %i is asked so often: %i', async (status, times) => {
    server.handle = (_, response) => response.writeHead(status).end('no')
    expect(await refusal('MODEL_UNAVAILABLE', readVerified(storeOf(), fileOf(model)))).toContain(`HTTP ${status}`)
    expect(server.asked).toHaveLength(times)
  })

  test('is busy for a while is asked again after it', async () => {
    let times = 0
    server.handle = (request, response) => {
      if (times++ < 2) response.writeHead(503, { 'retry-after': '0' }).end()
      else sendFile(request, response, model)
    }
    await equal(readVerified(storeOf(), fileOf(model)))
  })

  test.each<[string, Uint8Array]>([
    ['other bytes', other],
    ['fewer bytes', model.subarray(1)],
    ['more bytes', new Uint8Array([...model, 0])],
    ['a page', new TextEncoder().encode('<!doctype html>')],
  ])('has %s is MODEL_INTEGRITY, and nothing of it is kept', async (_, wrong) => {
    const storage = memoryStorage()
    server.handle = (request, response) => sendFile(request, response, wrong)
    await refusal('MODEL_INTEGRITY', readVerified(storeOf(storage), fileOf(model)))
    expect(server.asked.length).toBeLessThanOrEqual(2)
    expect([...storage.values.keys()].filter((key) => /\d+-\d+$/.test(key))).toEqual([])
  })

  test('sends more than the manifest says, without telling, is stopped', async () => {
    server.handle = (_, response) => {
      response.writeHead(200)
      const more = (): void => {
        if (!response.destroyed) response.write(model, more)
      }
      more()
    }
    expect(await refusal('MODEL_INTEGRITY', readVerified(storeOf(), fileOf(model)))).toContain('more than')
  })

  test('gives a byte a try is not asked for ever', async () => {
    server.handle = (request, response) => sendFile(request, response, model, { cutAfter: 1 })
    await refusal('MODEL_UNAVAILABLE', readVerified(storeOf(), fileOf(model)))
    expect(server.asked.length).toBeLessThanOrEqual(102)
  })

  test('wants credentials gets them with every request', async () => {
    server.handle = (request, response) => sendFile(request, response, model, { cutAfter: 7 * tenth })
    await equal(readVerified(storeOf(undefined, { headers: { authorization: 'Bearer x' } }), fileOf(model)))
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer x', 'Bearer x'])
  })
})

test('two who ask at once share one download', async () => {
  server.handle = (request, response) => sendFile(request, response, model)
  const store = storeOf()
  await Promise.all([equal(readVerified(store, fileOf(model))), equal(readVerified(store, fileOf(model)))])
  expect(server.asked).toHaveLength(1)
})

test('a file of the disk, or without a hash, is read as it lies', async () => {
  server.handle = (request, response) => sendFile(request, response, model)
  const storage = memoryStorage()
  const bytes = await storeOf(storage).read(`${server.origin}/model.onnx`)
  expect(bytes).toHaveLength(model.length)
  expect(storage.values.size).toBe(0)
})
