import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openColorEngine } from '@i2i/color'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { canaryDigest } from '../src/canary.js'
import { diskStorage } from '../src/node/index.js'
import { modelStore, modelUpdates } from '../src/store/index.js'
import { childProgram } from './child-program.js'
import { echo, fakeBackend, manifest, noise, variant } from './fake-backend.js'
import { faultServer, sendFile } from './fault-server.js'

const size = 9_000_000
const models = [1, 2].map(() => new Uint8Array(randomBytes(size)))
const server = faultServer()
const program = childProgram('./update-child.ts')
const color = await openColorEngine({ engine: 'reference' })

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'i2i-updates-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const url = () => `${server.origin}/toon.i2i.json`
const update = () => program([dir, url()])
const here = () =>
  modelUpdates({ manifest: url(), store: modelStore({ storage: diskStorage(dir) }), backend: fakeBackend(echo), color })

/** The server offers this version, and sends its file in parts; from `stallAt` on it says no more. */
async function publish(n: number, stallAt = Number.POSITIVE_INFINITY): Promise<void> {
  const session = await fakeBackend(echo).openSession({ format: 'onnx', entry: '', files: new Map() })
  const digest = await canaryDigest(manifest(), session, color, 7)
  const sha256 = createHash('sha256')
    .update(models[n - 1] ?? '')
    .digest('hex')
  const files = [{ path: `model-${n}.onnx`, sha256, bytes: size }]
  const variants = [{ ...variant('fp32'), files, canary: { seed: 7, tolerance: 1e-3, digest } }]
  const text = new TextEncoder().encode(JSON.stringify(manifest({ version: `${n}.0.0`, variants })))
  server.handle = (request, response) => {
    const [, wanted] = /model-(\d)/.exec(request.url ?? '') ?? []
    if (!wanted) return sendFile(request, response, text, { etag: `"m${n}"` })
    const bytes = models[Number(wanted) - 1] ?? new Uint8Array(0)
    const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
    response.writeHead(from ? 206 : 200, {
      etag: `"f${wanted}"`,
      'content-length': size - from,
      ...(from && { 'content-range': `bytes ${from}-${size - 1}/${size}` }),
    })
    const send = (at: number): void => {
      if (response.destroyed || at >= stallAt) return
      if (at >= size) return void response.end()
      response.write(bytes.subarray(at, at + 450_000), () => setTimeout(() => send(at + 450_000), 15))
    }
    send(from)
  }
}

/** The version that a program finds without the network, and that it works. */
async function installed(): Promise<string> {
  const { handle } = server
  server.handle = (_, response) => response.destroy()
  const translator = await here().current()
  const { image } = await translator.translate(noise(8, 8))
  expect(image.planes[0]?.data).toEqual(noise(8, 8).planes[0]?.data)
  await translator.dispose()
  server.handle = handle
  return translator.manifest.version
}

test('a process killed at any point of an update leaves a model that works, and the next one ends it', async () => {
  await publish(1)
  expect(await update().ended).toBe('starts\n1.0.0\n')
  await publish(2)
  const found: string[] = []
  for (let kill = 0; kill < 5; kill++) {
    const { child, ended, said } = update()
    await said('starts')
    await new Promise((done) => setTimeout(done, 20 + 110 * kill))
    child.kill('SIGKILL')
    await ended
    found.push(await installed())
  }
  // Once it is the new one it stays so.
  expect(found).toEqual([...found].sort())
  expect(await update().ended).toBe('starts\n2.0.0\n')
  expect(await installed()).toBe('2.0.0')
})

test('a process killed in the middle of a download leaves the old model, and the next one fetches the rest', async () => {
  await publish(1)
  expect(await update().ended).toBe('starts\n1.0.0\n')
  await publish(2, size - 1_000_000)
  const store = modelStore({ storage: diskStorage(dir) })
  const unfinished = async () => (await store.list()).some(({ stored, bytes }) => stored > 0 && stored < bytes)
  const { child, ended } = update()
  while (!(await unfinished())) await new Promise((done) => setTimeout(done, 20))
  child.kill('SIGKILL')
  await ended
  expect(await installed()).toBe('1.0.0')
  await publish(2)
  server.asked.length = 0
  expect(await update().ended).toBe('starts\n2.0.0\n')
  expect(server.asked.some(({ headers }) => headers.range)).toBe(true)
  expect(await installed()).toBe('2.0.0')
  await (await here().rollback()).dispose()
  expect(await installed()).toBe('1.0.0')
})

test('two processes that update at once both end with the new model', async () => {
  await publish(1)
  await update().ended
  await publish(2)
  expect(await Promise.all([update().ended, update().ended])).toEqual(Array(2).fill('starts\n2.0.0\n'))
  expect(await here().status()).toEqual({ current: '2.0.0', previous: '1.0.0', refused: [] })
  expect(await installed()).toBe('2.0.0')
})
