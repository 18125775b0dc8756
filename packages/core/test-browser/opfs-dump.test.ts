import { type Unzipped, unzipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DumpSink } from '../src/dump.js'
import { openOpfsDump, opfsDump, zipDump } from '../src/dump-files/index.js'
import { opfsRoot } from '../src/dump-files/opfs-calls.js'
import { folderAt, namesIn } from '../src/dump-files/opfs-handles.js'
import { echo, fakeBackend, loadFake, noise } from '../test/fake-backend.js'

const folder = 'test/run.i2idump'
const clear = async () => await openOpfsDump('test').remove()
beforeEach(clear)
afterEach(async () => {
  vi.restoreAllMocks()
  await clear()
})

async function fill(dump: DumpSink, calls = 2): Promise<void> {
  const backend = fakeBackend(({ x }) => (x?.dims[2] === 8 ? {} : echo(x ? { x } : {})))
  const translator = await loadFake({}, { backend, dump })
  for (let call = 1; call <= calls; call++) await translator.translate(noise(4, 4, call))
  // A call that fails.
  await translator.translate(noise(8, 8)).catch(() => undefined)
  await translator.dispose()
}

async function json(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(new TextDecoder().decode(await openOpfsDump(folder).read(path)))
}

/** Files of a zip without what differs from run to run. */
function comparable(zip: Uint8Array): Record<string, string> {
  const files: Unzipped = unzipSync(zip)
  const text = ([path, bytes]: [string, Uint8Array]) => {
    const said = path.endsWith('.json') ? new TextDecoder().decode(bytes) : [...bytes].join()
    return [path, said.replace(/"(decode|pack|run|unpack|dump|total)": [\d.]+/g, '"$1": 0')]
  }
  return Object.fromEntries(Object.entries(files).map(text))
}

async function sha256Of(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Starts a worker that writes one call after the other; it is there once it wrote its first. */
async function writingWorker(): Promise<Worker> {
  const worker = new Worker(new URL('./opfs-child.ts', import.meta.url), { type: 'module' })
  await new Promise((ready, failed) => {
    worker.onmessage = ready
    worker.onerror = failed
  })
  return worker
}

/** Checks that every call that is listed has all its files, with the numbers that its call.json tells. */
async function listedCallsAreWhole(): Promise<number> {
  const dump = openOpfsDump(folder)
  const calls = await dump.calls()
  for (const call of calls) {
    const { tensors } = await json(`${call}/call.json`)
    expect(tensors).toHaveLength(4)
    for (const { file, sha256 } of tensors as { file: string; sha256: string }[]) {
      const npy = (await dump.read(`${call}/${file}`)) ?? new Uint8Array(0)
      const header = 10 + new DataView(npy.buffer).getUint16(8, true)
      expect(await sha256Of(npy.slice(header)), `${call}/${file}`).toBe(sha256)
    }
  }
  return calls.length
}

describe('a dump in OPFS', () => {
  it.each([{}, { redact: ['sdkOutput'] }, { stages: ['modelInput'], every: 2 }, { includeModel: true }])(
    'holds, file for file, what the zip sink holds: %j',
    async (options) => {
      const [opfs, zip] = [opfsDump(folder, options), zipDump(options)]
      for (const dump of [opfs, zip]) {
        await fill(dump)
        await dump.close()
      }
      const expected = comparable(await zip.bytes())
      expect(Object.keys(expected).length).toBeGreaterThan(1)
      expect(comparable(await openOpfsDump(folder).bytes())).toEqual(expected)
    },
  )

  it('holds only what failed, when told so', async () => {
    const dump = opfsDump(folder, { onError: true })
    await fill(dump)
    await dump.close()
    expect(await openOpfsDump(folder).calls()).toEqual(['0003'])
    expect(await json('0003/call.json')).toMatchObject({ outcome: 'failed', call: 3 })
  })

  it('is kept, and goes on in the next page', async () => {
    for (const first of [1, 4]) {
      const dump = opfsDump(folder)
      await fill(dump)
      await dump.close()
      expect(await json('manifest.json')).toMatchObject({ firstCall: first })
    }
    expect(await openOpfsDump(folder).calls()).toEqual(['0001', '0002', '0003', '0004', '0005', '0006'])
    expect((await json('manifest.json'))['previousRuns']).toHaveLength(1)
    expect(await json('0003/call.json')).toMatchObject({ outcome: 'failed' })
    await openOpfsDump(folder).remove()
    expect(await openOpfsDump(folder).calls()).toEqual([])
    expect(await openOpfsDump(folder).read('manifest.json')).toBeUndefined()
  })

  it('is shared by two sinks at once', async () => {
    const sinks = [opfsDump(folder), opfsDump(folder), opfsDump(folder)]
    await Promise.all(sinks.map((sink) => fill(sink)))
    await Promise.all(sinks.map((sink) => sink.close()))
    const calls = await openOpfsDump(folder).calls()
    expect(calls).toEqual(Array.from({ length: 9 }, (_, i) => `000${i + 1}`))
  })

  it('keeps what a page that died had finished, and nothing else', async () => {
    let listed = 0
    for (let run = 0; run < 5; run++) {
      const worker = await writingWorker()
      // It writes calls until it is ended, at a point of its own each time.
      await new Promise((done) => setTimeout(done, 5 + 17 * run))
      worker.terminate()
      const now = await listedCallsAreWhole()
      expect(now).toBeGreaterThanOrEqual(listed)
      listed = now
    }
    expect(listed).toBeGreaterThan(0)
    const dump = await folderAt(await opfsRoot(), folder.split('/'), false)
    const names = async () => (dump ? await namesIn(dump, 'directory') : [])
    // The locks of a worker go with it, a moment later.
    await vi.waitFor(async () => {
      const next = opfsDump(folder)
      await fill(next, 0)
      await next.close()
      expect(await names()).toEqual(await openOpfsDump(folder).calls())
    })
  })

  it('that cannot be written never fails translate(), and says so in close()', async () => {
    const full = () => Promise.reject(new DOMException('The quota has been exceeded.', 'QuotaExceededError'))
    const dump = opfsDump(folder)
    const translator = await loadFake({}, { backend: fakeBackend(echo), dump })
    await translator.translate(noise(4, 4))
    vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockImplementation(full)
    await translator.translate(noise(4, 4))
    vi.restoreAllMocks()
    await translator.translate(noise(4, 4))
    await expect(dump.close()).rejects.toMatchObject({
      code: 'DUMP_FAILED',
      message: expect.stringContaining('quota has been exceeded'),
    })
    expect(await openOpfsDump(folder).calls()).toEqual(['0001', '0003'])
    expect(await listedCallsAreWhole()).toBe(2)
  })

  it('leaves a folder of something else alone', async () => {
    const root = await navigator.storage.getDirectory()
    const other = await root.getDirectoryHandle('test', { create: true })
    const file = await (await other.getFileHandle('manifest.json', { create: true })).createWritable()
    await file.write('{"name": "my app"}')
    await file.close()
    const dump = opfsDump('test')
    await fill(dump)
    await expect(dump.close()).rejects.toMatchObject({ message: expect.stringContaining('choose another folder') })
    expect(await openOpfsDump('test').calls()).toEqual([])
  })

  it('names what is missing where there is no OPFS', async () => {
    vi.spyOn(navigator.storage, 'getDirectory').mockRejectedValue(new DOMException('no access', 'SecurityError'))
    const dump = opfsDump(folder)
    await fill(dump)
    await expect(dump.close()).rejects.toMatchObject({
      code: 'DUMP_FAILED',
      message: expect.stringContaining('no access'),
    })
    for (const path of ['', '..', 'a/../b']) expect(() => opfsDump(path)).toThrow('names nothing inside OPFS')
  })
})
