import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { RawImage } from '@i2i/core'
import { loadInWorker } from '@i2i/core/worker'
import { beforeAll, describe, expect, it } from 'vitest'
import { settledMemory } from './support/memory.js'
import { astronaut, part, pixelsOf, toonManifest } from './support/pictures.js'
import { anyRgb, cuedWorker, toonWorker } from './support/workers.js'

let small: RawImage
beforeAll(async () => {
  small = part(await astronaut(), 200, 80, 48, 32)
})

async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => new Error('was accepted'),
    (error: unknown) => error,
  )
}

describe('a worker that goes wrong', () => {
  it.each([
    ['is not there', () => new Worker('/nowhere/at/all.js'), /Cannot find module/],
    ['throws at once', () => new Worker('throw new Error("boom")', { eval: true }), /boom/],
    ['ends at once', () => new Worker('process.exit(3)', { eval: true }), /exit code 3/],
    [
      'does not serve',
      () => new Worker('setInterval(() => undefined, 1000)', { eval: true }),
      /said nothing for 400 ms.*serve\(\)/,
    ],
  ])('%s', async (_, make, message) => {
    const error = await failure(loadInWorker(make, toonManifest, { startMs: 400 }))
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', message: expect.stringMatching(message) })
  })

  it('cannot be made', async () => {
    const cause = new Error('refused')
    const error = await failure(
      loadInWorker(() => {
        throw cause
      }, toonManifest),
    )
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', cause })
  })

  it.each([
    ['exit', /exit code 7/],
    ['throw', /loose end/],
  ] as const)('%s: every call under way and after is told, the next worker works', async (cue, message) => {
    const broken = await loadInWorker(() => cuedWorker(cue, 2), anyRgb, { identity: true })
    await broken.translate(small)
    const failures = await Promise.all([failure(broken.translate(small)), failure(broken.translate(small))])
    failures.push(await failure(broken.translate(small)))
    for (const error of failures) {
      expect(error).toMatchObject({ code: 'DEVICE_LOST', message: expect.stringMatching(message) })
    }
    await broken.dispose()
    await using next = await loadInWorker(() => cuedWorker(cue, 9), anyRgb, { identity: true })
    const back = (await next.translate(small)).image
    expect(Buffer.compare(pixelsOf(back), pixelsOf(small))).toBe(0)
  })

  it('is killed in flight', async () => {
    const worker = cuedWorker('hang', 1)
    const broken = await loadInWorker(worker, anyRgb, { identity: true })
    const calls = [failure(broken.translate(small)), failure(broken.warmUp())]
    await new Promise((resolve) => setTimeout(resolve, 20))
    await worker.terminate()
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'DEVICE_LOST' })
  })
})

describe('what is left', () => {
  it('nothing of 500 calls', async () => {
    await using there = await loadInWorker(toonWorker, toonManifest)
    const run = async (calls: number): Promise<number> => {
      for (let i = 0; i < calls; i++) {
        const abort = new AbortController()
        await there.translate(small, { signal: abort.signal, onProgress: () => undefined })
      }
      return settledMemory()
    }
    const before = await run(200)
    const after = await run(500)
    expect((after - before) / 500).toBeLessThan(1024)
  })

  it.each(['idle', 'disposed', 'failed', 'aborted'])('lets Node end: %s', (end) => {
    const script = fileURLToPath(new URL('fixtures/workers/leave.mjs', import.meta.url))
    const said = execFileSync(process.execPath, [script, end], { encoding: 'utf8', timeout: 60_000 })
    expect(said).toBe(`${end}\n`)
  })
})
