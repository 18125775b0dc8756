import { setTimeout } from 'node:timers/promises'
import { ort } from '@i2i/backend-ort'
import { load, type RawImage, type Translator } from '@i2i/core'
import { loadInWorker, type WorkerTranslator } from '@i2i/core/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { astronaut, part, pixelsOf, toonManifest } from './support/pictures.js'
import { anyRgb, cuedWorker, toonWorker } from './support/workers.js'

let frames: RawImage[]
let expected: RawImage[]
let here: Translator
let there: WorkerTranslator
beforeAll(async () => {
  const photo = await astronaut()
  // The size changes in mid-stream.
  frames = Array.from({ length: 12 }, (_, i) => part(photo, 10 * i, 40, i < 6 ? 64 : 48, 40))
  here = await load(toonManifest, { backend: ort({ threads: 1 }) })
  there = await loadInWorker(toonWorker, toonManifest)
  expected = []
  for (const frame of frames) expected.push((await here.translate(frame)).image)
})
afterAll(async () => {
  await here?.dispose()
  await there?.dispose()
})

function source(): ReadableStream<RawImage> {
  const left = [...frames]
  return new ReadableStream<RawImage>({
    pull: (controller) => {
      const next = left.shift()
      if (next) controller.enqueue(next)
      else controller.close()
    },
  })
}

function expectFrames(got: readonly RawImage[]): void {
  expect(got).toHaveLength(expected.length)
  got.forEach((frame, i) => {
    expect([frame.width, frame.height]).toEqual([expected[i]?.width, expected[i]?.height])
    expect(Buffer.compare(pixelsOf(frame), pixelsOf(expected[i]!))).toBe(0)
  })
}

async function all(stream: ReadableStream<RawImage>): Promise<RawImage[]> {
  const got: RawImage[] = []
  for await (const frame of stream) got.push(frame)
  return got
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => new Error('was accepted'),
    (error: unknown) => error,
  )
}

describe('a stream through a worker', () => {
  it('gives every frame in order, bit by bit, and leaves the source frames alone', async () => {
    const got: RawImage[] = []
    const before = frames.map((frame) => Buffer.from(pixelsOf(frame)))
    for await (const frame of source().pipeThrough(there.translateStream<RawImage>())) got.push(frame)
    expectFrames(got)
    frames.forEach((frame, i) => {
      expect(Buffer.compare(pixelsOf(frame), before[i]!)).toBe(0)
    })
  })

  it('moves as a whole, and has ended when the sink has', async () => {
    const got: RawImage[] = []
    let closed = false
    const sink = new WritableStream<RawImage>({
      async write(frame) {
        await setTimeout(10)
        got.push(frame)
      },
      async close() {
        await setTimeout(10)
        closed = true
      },
    })
    await there.pipe(source(), sink)
    expectFrames(got)
    expect([closed, sink.locked]).toEqual([true, false])
  })

  it('a sink that fails ends the stream with its own error, and one that is taken is refused', async () => {
    const full = new Error('the disk is full')
    let written = 0
    const sink = new WritableStream<RawImage>({
      write: () => (++written === 3 ? Promise.reject(full) : undefined),
    })
    expect(await failure(there.pipe(source(), sink))).toBe(full)
    expect(written).toBe(3)
    const taken = new WritableStream<RawImage>()
    taken.getWriter()
    const error = await failure(there.pipe(source(), taken))
    expect(error).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringMatching(/has a writer/) })
  })

  it('a worker that ends ends the sink too', async () => {
    const lost = await loadInWorker(() => cuedWorker('exit', 2), anyRgb, { identity: true })
    let told: unknown
    const sink = new WritableStream<RawImage>({
      abort(reason) {
        told = reason
      },
    })
    const error = await failure(lost.pipe(source(), sink))
    expect(error).toMatchObject({ code: 'DEVICE_LOST' })
    expect(told).toBe(error)
    await lost.dispose()
  })

  it('steps down under a budget, and the page reads so in the decisions', async () => {
    await using own = await loadInWorker(toonWorker, toonManifest)
    const sizes = new Set<string>()
    for (let i = 0; i < 4; i++) {
      const { readable, writable } = own.translateStream<RawImage>({ budgetMs: 0.001 })
      void source().pipeTo(writable)
      for await (const { width, height } of readable) sizes.add(`${width}x${height}`)
    }
    expect([...sizes]).toEqual(['64x40', '48x40'])
    expect(own.decisions.map(({ reason }) => reason).join()).toMatch(/took more than budgetMs 0\.001/)
  })

  it('ends both sides with the error of a frame, and another stream works', async () => {
    const wrong = { format: 'RGB', width: 4, height: 4, planes: [] } as unknown as RawImage
    const { readable, writable } = there.translateStream<RawImage>()
    const writer = writable.getWriter()
    void writer.write(wrong).catch(() => undefined)
    expect(await failure(readable.getReader().read())).toMatchObject({ code: 'IMAGE_INVALID' })
    expect(await failure(writer.closed)).toMatchObject({ code: 'IMAGE_INVALID' })
    const got = await all(source().pipeThrough(there.translateStream<RawImage>()))
    expectFrames(got)
  })

  it('ends with signal.reason, with DISPOSED, and with DEVICE_LOST', async () => {
    const abort = new AbortController()
    const reason = { mine: true }
    const aborted = there.translateStream<RawImage>({ signal: abort.signal })
    const read = failure(aborted.readable.getReader().read())
    abort.abort(reason)
    expect(await read).toBe(reason)
    const piped = new AbortController()
    const endless = new ReadableStream<RawImage>({ pull: (controller) => controller.enqueue(frames[0]!) })
    const piping = failure(there.pipe(endless, new WritableStream(), { signal: piped.signal }))
    void setTimeout(50).then(() => piped.abort(reason))
    expect(await piping).toBe(reason)

    const gone = await loadInWorker(() => cuedWorker('hang', 100), anyRgb, { identity: true })
    const unread = failure(gone.translateStream<RawImage>().readable.getReader().read())
    await gone.dispose()
    expect(await unread).toMatchObject({ code: 'DISPOSED' })

    const lost = await loadInWorker(() => cuedWorker('exit', 2), anyRgb, { identity: true })
    const result = failure(all(source().pipeThrough(lost.translateStream<RawImage>())))
    expect(await result).toMatchObject({ code: 'DEVICE_LOST' })
    await lost.dispose()
  })
})
