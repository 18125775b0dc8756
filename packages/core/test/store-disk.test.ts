import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readVerified } from '../src/model-files.js'
import { diskStorage } from '../src/node/index.js'
import { modelStore } from '../src/store/index.js'
import { childProgram, type Running } from './child-program.js'
import { faultServer, sendFile } from './fault-server.js'

const model = new Uint8Array(randomBytes(12_000_000))
const sha256 = createHash('sha256').update(model).digest('hex')
const server = faultServer()
const fileOf = () => ({ path: `${server.origin}/model.onnx`, sha256, bytes: model.length })

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'i2i-store-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const storeOf = () => modelStore({ storage: diskStorage(dir), retryDelayMs: 1 })

async function stored(): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

describe('a store on disk', () => {
  test('fetches once, for this process and the next', async () => {
    server.handle = (request, response) => sendFile(request, response, model)
    for (let run = 0; run < 3; run++) expect(Buffer.compare(await readVerified(storeOf(), fileOf()), model)).toBe(0)
    expect(server.asked).toHaveLength(1)
    expect(await storeOf().list()).toEqual([
      { sha256, url: fileOf().path, bytes: model.length, stored: model.length, used: expect.any(Date) },
    ])
    // No more than the file itself, and a note.
    const sizes = await Promise.all((await stored()).map(async (path) => (await stat(path)).size))
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(model.length + 1000)
  })

  test('notices a byte that went bad, and fetches the file again', async () => {
    server.handle = (request, response) => sendFile(request, response, model)
    await readVerified(storeOf(), fileOf())
    const [piece = ''] = (await stored()).filter((path) => /\d+-\d+$/.test(path))
    const bytes = await readFile(piece)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    await writeFile(piece, bytes)
    expect(Buffer.compare(await readVerified(storeOf(), fileOf()), model)).toBe(0)
    expect(server.asked).toHaveLength(2)
    expect(Buffer.compare(await readVerified(storeOf(), fileOf()), model)).toBe(0)
    expect(server.asked).toHaveLength(2)
  })

  test('notices a piece that lost its end, and fetches from there', async () => {
    server.handle = (request, response) => sendFile(request, response, model)
    await readVerified(storeOf(), fileOf())
    const last = (await stored()).filter((path) => /\/[1-9]\d*-\d+$/.test(path)).at(-1) ?? ''
    const bytes = await readFile(last)
    await writeFile(last, bytes.subarray(1))
    expect(Buffer.compare(await readVerified(storeOf(), fileOf()), model)).toBe(0)
    expect(server.asked.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/)
  })

  test('clears what a killed process left beside, in time', async () => {
    const storage = diskStorage(dir)
    await storage.write('models/a/0-1', new Uint8Array(1))
    const [old, young] = ['.old.partial', '.young.partial'].map((name) => join(dir, 'models', 'a', name))
    await writeFile(old ?? '', 'x')
    await writeFile(young ?? '', 'x')
    const yesterday = new Date(Date.now() - 86_400_000)
    await utimes(old ?? '', yesterday, yesterday)
    expect(await storage.keys()).toEqual(['models/a/0-1'])
    expect((await readdir(join(dir, 'models', 'a'))).sort()).toEqual(['.young.partial', '0-1'])
  })

  test('that cannot be written is told, and the model read', async () => {
    server.handle = (request, response) => sendFile(request, response, model)
    await writeFile(join(dir, 'file'), '')
    const store = modelStore({ storage: diskStorage(join(dir, 'file', 'store')) })
    const notices: string[] = []
    const bytes = await readVerified(store, fileOf(), { onNotice: (notice) => notices.push(notice) })
    expect(Buffer.compare(bytes, model)).toBe(0)
    expect(notices).toEqual([expect.stringMatching(/^the model is not kept for next time: the folder .+ENOTDIR/)])
  })
})

describe('other processes', () => {
  const program = childProgram('./store-child.ts')

  /** A process that reads the model through the store. */
  function reader(shell?: string): Running {
    const { path, bytes } = fileOf()
    return program([dir, path, sha256, String(bytes)], shell)
  }

  /** The server sends slowly enough to be killed in between; from `stallAt` on it says no more. */
  function sendSlowly(stallAt = Number.POSITIVE_INFINITY): void {
    server.handle = (request, response) => {
      const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
      const part = 600_000
      response.writeHead(from ? 206 : 200, {
        etag: '"v1"',
        'content-length': model.length - from,
        ...(from && { 'content-range': `bytes ${from}-${model.length - 1}/${model.length}` }),
      })
      const send = (at: number): void => {
        if (response.destroyed || at >= stallAt) return
        if (at >= model.length) return void response.end()
        response.write(model.subarray(at, at + part), () => setTimeout(() => send(at + part), 25))
      }
      send(from)
    }
  }

  test('killed at any point leave nothing that is taken for whole, and the next goes on', async () => {
    sendSlowly()
    for (let kill = 0; kill < 5; kill++) {
      const { child, ended } = reader()
      const sent = server.asked.length
      // Counted from its first request: starting takes longer than all the rest.
      while (server.asked.length === sent && child.exitCode === null) await new Promise((done) => setTimeout(done, 5))
      await new Promise((done) => setTimeout(done, 40 + 110 * kill))
      child.kill('SIGKILL')
      await ended
      for (const { stored, bytes } of await storeOf().list()) expect(stored).toBeLessThanOrEqual(bytes)
    }
    // Once more, with a part of it on the disk for certain.
    await storeOf().remove(sha256)
    sendSlowly(8_000_000)
    const { child, ended } = reader()
    const stored = async () => (await storeOf().list())[0]?.stored ?? 0
    while ((await stored()) === 0 && child.exitCode === null) await new Promise((done) => setTimeout(done, 20))
    child.kill('SIGKILL')
    await ended
    sendSlowly()
    server.asked.length = 0
    expect(await reader().ended).toBe('whole\n')
    expect(server.asked.map(({ headers }) => headers.range)).toEqual([expect.stringMatching(/^bytes=[1-9]/)])
    const asked = server.asked.length
    expect(Buffer.compare(await readVerified(storeOf(), fileOf()), model)).toBe(0)
    expect(server.asked).toHaveLength(asked)
  })

  test('two at once read and write the same store', async () => {
    sendSlowly()
    const ends = await Promise.all([reader().ended, reader().ended, reader().ended])
    expect(ends).toEqual(['whole\n', 'whole\n', 'whole\n'])
    const asked = server.asked.length
    expect(Buffer.compare(await readVerified(storeOf(), fileOf()), model)).toBe(0)
    expect(server.asked).toHaveLength(asked)
  })

  test('that may write no large file (the kernel refuses) go on without the store', async () => {
    sendSlowly()
    // 512-byte blocks: a piece is larger. Node ignores SIGXFSZ, so that the write fails with EFBIG.
    const said = await reader('ulimit -f 1000;').ended
    expect(said).toMatch(/^the model is not kept for next time: .*EFBIG.*\nwhole\n$/s)
    expect((await stored()).filter((path) => /\d+-\d+$|partial$/.test(path))).toEqual([])
  })
})
