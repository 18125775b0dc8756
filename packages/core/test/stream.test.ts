import type { RawImage } from '@i2i/color'
import { describe, expect, it } from 'vitest'
import type { StreamOptions, Translator } from '../src/types.js'
import { echo, type FakeModel, fakeBackend, loadFake, noise } from './fake-backend.js'
import { refusal } from './model-fixtures.js'

/** A picture that counts how often it was closed. */
interface Instrumented extends RawImage {
  closed: number
  close(): void
}

function frame(seed: number, width = 8, height = 4): Instrumented {
  return {
    ...noise(width, height, seed),
    closed: 0,
    close() {
      this.closed++
    },
  }
}

const frames = (count: number): Instrumented[] => Array.from({ length: count }, (_, i) => frame(i + 1))

/** A model that waits for `open()` before each run, and fails where told. */
function gated(): { model: FakeModel; runs: number; open(count?: number): void; failAt: number } {
  let permits = 0
  let wake = (): void => undefined
  const gate = {
    runs: 0,
    failAt: -1,
    open(count = 1): void {
      permits += count
      wake()
    },
    model: (async (feeds) => {
      const run = gate.runs++
      while (permits === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      permits--
      if (run === gate.failAt) throw new Error('the model broke')
      return await echo(feeds)
    }) as FakeModel,
  }
  return gate
}

async function opened(model: FakeModel = echo): Promise<Translator> {
  return await loadFake({}, { backend: fakeBackend(model) })
}

function pair(translator: Translator, options?: StreamOptions) {
  const { readable, writable } = translator.translateStream<RawImage>(options)
  const reader = readable.getReader()
  const writer = writable.getWriter()
  // Each test reads the promises that it is about.
  writer.closed.catch(() => undefined)
  writer.ready.catch(() => undefined)
  reader.closed.catch(() => undefined)
  return { readable, writable, reader, writer }
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

const bytes = (image: RawImage | undefined): number[] => Array.from(image?.planes[0]?.data ?? [])

describe('translateStream()', () => {
  it('gives every frame in order, closed once, and ends', async () => {
    await using translator = await opened()
    const sent = frames(20)
    const { readable, writable } = translator.translateStream<RawImage>()
    const source = new ReadableStream<RawImage>({
      start(controller) {
        for (const one of sent) controller.enqueue(one)
        controller.close()
      },
    })
    const received: RawImage[] = []
    const piped = source.pipeTo(writable)
    for await (const image of readable) received.push(image)
    await piped
    expect(received.map(bytes)).toEqual(sent.map(bytes))
    expect(sent.map(({ closed }) => closed)).toEqual(sent.map(() => 1))
  })

  it('stops the producer when nobody reads: one done, one waiting', async () => {
    await using translator = await opened()
    let made = 0
    const source = new ReadableStream<RawImage>(
      {
        pull(controller) {
          controller.enqueue(frame(++made))
        },
      },
      { highWaterMark: 0 },
    )
    const out = source.pipeThrough(translator.translateStream<RawImage>())
    await settle()
    expect(made).toBe(2)
    const reader = out.getReader()
    await reader.read()
    await settle()
    expect(made).toBe(3)
    await reader.cancel()
  })

  it('drops the waiting frame for a newer one where late is "drop"', async () => {
    const gate = gated()
    await using translator = await opened(gate.model)
    const { reader, writer } = pair(translator, { late: 'drop' })
    const sent = frames(6)
    await writer.write(sent[0] as RawImage)
    await settle()
    for (const one of sent.slice(1)) await writer.write(one)
    expect(sent.map(({ closed }) => closed)).toEqual([0, 1, 1, 1, 1, 0])
    gate.open(2)
    const done = writer.close()
    const received = [await reader.read(), await reader.read()].map(({ value }) => bytes(value))
    expect(received).toEqual([sent[0], sent[5]].map(bytes))
    expect((await reader.read()).done).toBe(true)
    await done
    expect(sent.map(({ closed }) => closed)).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('takes frames of other sizes and formats in mid-stream', async () => {
    await using translator = await opened()
    const { reader, writer } = pair(translator)
    for (const [width, height] of [
      [8, 4],
      [13, 7],
      [1, 1],
      [8, 4],
    ] as const) {
      const sent = frame(3, width, height)
      void writer.write(sent)
      const { value } = await reader.read()
      expect([value?.width, value?.height, bytes(value)]).toEqual([width, height, bytes(sent)])
    }
    await writer.close()
  })

  it('ends both sides with the error of a frame that fails, and the translator goes on', async () => {
    const gate = gated()
    gate.failAt = 1
    gate.open(1e6)
    await using translator = await opened(gate.model)
    const { reader, writer } = pair(translator)
    const sent = frames(5)
    const writes = sent.map((one) => writer.write(one).catch((error: unknown) => error))
    expect(bytes((await reader.read()).value)).toEqual(bytes(sent[0]))
    await expect(reader.read()).rejects.toThrow('the model broke')
    await expect(writer.closed).rejects.toThrow('the model broke')
    await Promise.all(writes)
    expect(sent.map(({ closed }) => closed)).toEqual([1, 1, 1, 1, 1])
    const again = noise(8, 4)
    expect(bytes((await translator.translate(again)).image)).toEqual(bytes(again))
  })

  it('refuses what is no frame with IMAGE_INVALID', async () => {
    await using translator = await opened()
    const { reader, writer } = pair(translator)
    void writer.write('picture' as never).catch(() => undefined)
    expect(await refusal('IMAGE_INVALID', reader.read())).toContain('picture')
  })

  it.each([
    ['late', { late: 'sometimes' }],
    ['budgetMs', { budgetMs: 0 }],
    ['budgetMs', { budgetMs: Number.NaN }],
    ['budgetMs', { budgetMs: '40' }],
    ['steady', { steady: 1.5 }],
    ['steady', { steady: 'very' }],
    ['signal', { signal: {} }],
    ['format', { format: 4 }],
    ['did you mean "late"', { lat: 'drop' }],
    ['object', 'drop'],
  ])('refuses an invalid %s', async (said, options) => {
    await using translator = await opened()
    const refused = await refusal(
      'OPTION_INVALID',
      (async () => translator.translateStream(options as unknown as StreamOptions))(),
    )
    expect(refused).toContain(said)
  })

  it('ends with DISPOSED when the translator is disposed, idle or at work', async () => {
    for (const busy of [false, true]) {
      const gate = gated()
      const translator = await opened(gate.model)
      const { reader, writer } = pair(translator)
      const sent = frames(3)
      if (busy) for (const one of sent) void writer.write(one).catch(() => undefined)
      await settle()
      const disposed = translator.dispose()
      await refusal('DISPOSED', reader.read())
      await refusal('DISPOSED', writer.closed)
      gate.open(10)
      await disposed
      await settle()
      expect(sent.map(({ closed }) => closed)).toEqual(busy ? [1, 1, 1] : [0, 0, 0])
      await refusal('DISPOSED', (async () => translator.translateStream())())
    }
  })

  it('aborts with signal.reason itself, before and during', async () => {
    await using translator = await opened()
    const reason = { why: 'enough' }
    const before = pair(translator, { signal: AbortSignal.abort(reason) })
    await expect(before.reader.read()).rejects.toBe(reason)
    await expect(before.writer.closed).rejects.toBe(reason)
    const controller = new AbortController()
    const during = pair(translator, { signal: controller.signal })
    const sent = frames(3)
    for (const one of sent) void during.writer.write(one).catch(() => undefined)
    await during.reader.read()
    controller.abort(reason)
    await expect(during.reader.read()).rejects.toBe(reason)
    await expect(during.writer.closed).rejects.toBe(reason)
    await settle()
    expect(sent.map(({ closed }) => closed)).toEqual([1, 1, 1])
  })

  it('aborts at once although a frame waits for a reader who never comes', async () => {
    await using translator = await opened()
    const { reader, writer } = pair(translator)
    const sent = frames(4)
    for (const one of sent) void writer.write(one).catch(() => undefined)
    await settle()
    const reason = new Error('enough')
    await writer.abort(reason)
    await expect(reader.read()).rejects.toBe(reason)
    expect(sent.map(({ closed }) => closed)).toEqual([1, 1, 1, 1])
  })

  it('tells the writer when the last frame is done, read or not', async () => {
    await using translator = await opened()
    const { reader, writer } = pair(translator)
    void writer.write(frame(1))
    await writer.close()
    expect(bytes((await reader.read()).value)).toEqual(bytes(frame(1)))
    expect((await reader.read()).done).toBe(true)
  })

  it('keeps a frame for the next reader when the one who asked lets go', async () => {
    const gate = gated()
    await using translator = await opened(gate.model)
    const { readable, reader, writer } = pair(translator)
    void writer.write(frame(1))
    const asked = reader.read()
    await settle()
    reader.releaseLock()
    await expect(asked).rejects.toThrow(TypeError)
    gate.open()
    await settle()
    expect(bytes((await readable.getReader().read()).value)).toEqual(bytes(frame(1)))
    await writer.abort()
  })

  it('lets timers run between frames, although the model computes on this thread', async () => {
    await using translator = await opened((feeds) => {
      const end = performance.now() + 10
      while (performance.now() < end);
      return echo(feeds)
    })
    const { reader, writer } = pair(translator)
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const read = (async () => {
      while (!(await reader.read()).done);
    })()
    for (const one of frames(10)) await writer.write(one)
    await writer.close()
    await read
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(4)
  })
})
