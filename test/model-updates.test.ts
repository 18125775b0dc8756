import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ort } from '@i2i/backend-ort'
import { load, type ModelManifest, type RawImage, rawImage, type Translator } from '@i2i/core'
import { diskStorage } from '@i2i/core/node'
import { modelStore, modelUpdates } from '@i2i/core/store'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { rootPath } from './support/pictures.js'

const toonPath = join(rootPath, 'models', 'toon', 'toon.i2i.json')
const toon: ModelManifest = JSON.parse(await readFile(toonPath, 'utf8'))
const weights = await readFile(join(rootPath, 'models', 'toon', 'toon.onnx'))
const picture = rawImage({
  format: 'RGB',
  width: 40,
  height: 24,
  data: Uint8Array.from({ length: 40 * 24 * 3 }, (_, i) => (i * 7 + (i >> 5)) & 255),
})

let dir: string
let server: Server
let published: ModelManifest
let files = 0
let cut = 0
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'i2i-toon-'))
  server = createServer((request, response) => {
    if (request.url?.endsWith('.json')) {
      const text = JSON.stringify(published)
      const etag = `"${createHash('sha256').update(text).digest('hex')}"`
      if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end()
      else response.writeHead(200, { etag }).end(text)
      return
    }
    files++
    const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
    response.writeHead(from ? 206 : 200, {
      etag: '"weights"',
      'content-length': weights.length - from,
      ...(from && { 'content-range': `bytes ${from}-${weights.length - 1}/${weights.length}` }),
    })
    if (cut-- > 0)
      response.write(weights.subarray(from, from + 150_000), () => setTimeout(() => response.destroy(), 20))
    else response.end(weights.subarray(from))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await rm(dir, { recursive: true })
})

const pixels = (image: RawImage) => Buffer.from(image.planes[0]?.data ?? [])

async function drawn(translator: Translator): Promise<Buffer> {
  return pixels((await translator.translate(picture)).image)
}

it('keeps the toon model up to date with onnxruntime: first over a bad line, then a broken release, then a good one', async () => {
  await using reference = await load(toonPath, { backend: ort(), device: 'cpu' })
  const expected = await drawn(reference)
  const { port } = server.address() as AddressInfo
  const updates = () =>
    modelUpdates({
      manifest: `http://127.0.0.1:${port}/toon/toon.i2i.json`,
      store: modelStore({ storage: diskStorage(dir) }),
      backend: ort(),
      device: 'cpu',
    })

  published = { ...toon, version: '1.0.0' }
  cut = 4
  await using first = await updates().current()
  expect(await drawn(first)).toEqual(expected)
  expect(files).toBe(5)

  // The weights are not those that the canary was made with.
  const variants = toon.variants.map((variant) => {
    const canary = variant.canary && { ...variant.canary, digest: [...variant.canary.digest].reverse() }
    return { ...variant, ...(canary && { canary }) }
  })
  published = { ...toon, version: '2.0.0', variants }
  await expect(updates().update()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
  expect(await drawn(first)).toEqual(expected)
  expect(await updates().status()).toMatchObject({ current: '1.0.0', refused: [{ version: '2.0.0' }] })

  published = { ...toon, version: '3.0.0' }
  const next = await updates().update()
  if (!next) throw new Error('no update')
  expect([next.manifest.version, await drawn(next)]).toEqual(['3.0.0', expected])
  await next.dispose()
  // The weights are the same, and are not fetched again.
  expect(files).toBe(5)
})
