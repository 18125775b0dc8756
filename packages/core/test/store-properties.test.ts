import { createHash, randomBytes } from 'node:crypto'
import { isI2iError } from '@i2i/color'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readVerified } from '../src/model-files.js'
import { modelStore } from '../src/store/index.js'
import { faultServer, sendFile } from './fault-server.js'
import { type MemoryStorage, memoryStorage } from './memory-storage.js'

const bytes = new Uint8Array(randomBytes(5000))
const wrong = new Uint8Array(randomBytes(5000))
const sha256 = createHash('sha256').update(bytes).digest('hex')
const server = faultServer()
const fileOf = () => ({ path: `${server.origin}/model.onnx`, sha256, bytes: bytes.length })

const storeOf = (storage: MemoryStorage) => modelStore({ storage, retryDelayMs: 1, idleMs: 5000 })

async function equal(work: Promise<Uint8Array>): Promise<void> {
  expect(Buffer.compare(await work, bytes)).toBe(0)
}

test('whatever pieces are there, the gap from the first on is fetched, and no more', async () => {
  server.handle = (request, response) => sendFile(request, response, bytes)
  const piece = fc.tuple(fc.integer({ min: 0, max: 4999 }), fc.integer({ min: 1, max: 2500 }))
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const storage = memoryStorage()
      const there = new Uint8Array(bytes.length)
      for (const [offset, wanted] of pieces) {
        const part = bytes.subarray(offset, offset + wanted)
        await storage.write(`models/${sha256}/${offset}-${part.length}`, part)
        there.fill(1, offset, offset + part.length)
      }
      const gap = there.indexOf(0)
      server.asked.length = 0
      await equal(readVerified(storeOf(storage), fileOf()))
      const expected = gap < 0 ? [] : [gap === 0 ? undefined : `bytes=${gap}-`]
      expect(server.asked.map(({ headers }) => headers.range)).toEqual(expected)
      server.asked.length = 0
      await equal(readVerified(storeOf(storage), fileOf()))
      expect(server.asked).toEqual([])
    }),
    { numRuns: 100 },
  )
})

test('whatever a server does, the file is right or the error is named', async () => {
  const behaviour = fc.constantFrom('ok', 'cut', 'ignore', 'lie', 'other', 'busy', 'drop', 'short', 'truncate')
  await fc.assert(
    fc.asyncProperty(fc.array(behaviour, { maxLength: 8 }), fc.integer({ min: 1, max: 4000 }), async (script, cut) => {
      const left = [...script]
      server.handle = (request, response) => {
        const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
        switch (left.shift()) {
          case 'cut':
            return sendFile(request, response, bytes, { cutAfter: cut })
          case 'ignore':
            return response.writeHead(200, { 'content-length': 5000 }).end(bytes)
          case 'lie':
            return response.writeHead(206, { 'content-range': 'bytes 1-4999/5000' }).end(bytes.subarray(1))
          case 'other':
            return sendFile(request, response, wrong, { etag: from ? '"v1"' : '"v2"' })
          case 'busy':
            return response.writeHead(500).end()
          case 'drop':
            return response.destroy()
          case 'short':
            return response.writeHead(200).end(bytes.subarray(0, cut))
          case 'truncate':
            return response
              .writeHead(206, { 'content-range': `bytes ${from}-4999/5000` })
              .end(bytes.subarray(from, from + 10))
          default:
            return sendFile(request, response, bytes)
        }
      }
      const storage = memoryStorage()
      const file = fileOf()
      const got = await readVerified(storeOf(storage), file).catch((error: unknown) => error)
      if (got instanceof Uint8Array) expect(Buffer.compare(got, bytes)).toBe(0)
      else expect(isI2iError(got, 'MODEL_UNAVAILABLE') || isI2iError(got, 'MODEL_INTEGRITY')).toBe(true)
      // Whatever was left behind, the next try with a good server ends well.
      left.length = 0
      await equal(readVerified(storeOf(storage), file))
      await equal(readVerified(storeOf(storage), file))
    }),
    { numRuns: 60 },
  )
})
