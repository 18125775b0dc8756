import { openColorEngine } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cdp } from 'vitest/browser'
import type { Translator } from '../src/types.js'
import { echo, fakeBackend, loadFake } from '../test/fake-backend.js'
import { centres, corners, countFrames, farthest, link, quarters, quartersCanvas } from './pictures.js'

let translator: Translator
beforeAll(async () => {
  translator = await link()
})
afterAll(() => translator.dispose())

/** An I420 frame whose bytes tell its number. */
function numbered(index: number, width = 16, height = 8, more: Partial<VideoFrameBufferInit> = {}): VideoFrame {
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2)
  const data = new Uint8Array(width * height + 2 * chroma).fill(128)
  data.fill(16 + (index % 200), 0, width * height)
  return new VideoFrame(data, {
    format: 'I420',
    codedWidth: width,
    codedHeight: height,
    timestamp: 40_000 * index,
    duration: 40_000,
    colorSpace: { matrix: 'smpte170m', primaries: 'smpte170m', transfer: 'smpte170m', fullRange: false },
    ...more,
  })
}

async function luma(frame: VideoFrame): Promise<Uint8Array> {
  const bytes = new Uint8Array(frame.allocationSize())
  const [plane] = await frame.copyTo(bytes)
  const { width = 0, height = 0 } = frame.visibleRect ?? {}
  const rows = Array.from({ length: height }, (_, y) => {
    const start = (plane?.offset ?? 0) + y * (plane?.stride ?? 0)
    return [...bytes.subarray(start, start + width)]
  })
  return Uint8Array.from(rows.flat())
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('VideoFrames through a stream', () => {
  test('come out in order with time, length, colours and pixels, and every one that went in is closed', async () => {
    using frames = countFrames()
    const { readable, writable } = translator.translateStream<VideoFrame>()
    const source = new ReadableStream<VideoFrame>({
      start(controller) {
        for (let i = 0; i < 30; i++) controller.enqueue(numbered(i))
        controller.close()
      },
    })
    const piped = source.pipeTo(writable)
    let count = 0
    for await (const frame of readable) {
      expect([frame.timestamp, frame.duration, frame.format]).toEqual([40_000 * count, 40_000, 'I420'])
      expect(frame.colorSpace.toJSON()).toEqual({
        matrix: 'smpte170m',
        primaries: 'smpte170m',
        transfer: 'smpte170m',
        fullRange: false,
      })
      expect(farthest(await luma(frame), new Uint8Array(128).fill(16 + count))).toBeLessThanOrEqual(1)
      frame.close()
      count++
    }
    await piped
    expect([count, frames.open]).toEqual([30, 0])
  })

  test('may change size and show a part of what was coded', async () => {
    using frames = countFrames()
    const { readable, writable } = translator.translateStream<VideoFrame>()
    const [reader, writer] = [readable.getReader(), writable.getWriter()]
    const rects = [
      [16, 8, undefined],
      [34, 20, { x: 4, y: 2, width: 22, height: 14 }],
      [7, 5, undefined],
    ] as const
    for (const [width, height, visibleRect] of rects) {
      void writer.write(numbered(3, width, height, visibleRect ? { visibleRect } : {}))
      const { value } = await reader.read()
      const shown = visibleRect ?? { width, height }
      expect([value?.displayWidth, value?.displayHeight]).toEqual([shown.width, shown.height])
      expect([value?.visibleRect?.width, value?.visibleRect?.height]).toEqual([shown.width, shown.height])
      value?.close()
    }
    await writer.close()
    expect(frames.open).toBe(0)
  })

  test('leave none open after cancel, abort, a failure or dispose() at any moment', async () => {
    const ends = ['cancel', 'abort', 'signal', 'dispose', 'bad frame'] as const
    for (const end of ends) {
      for (const reads of [0, 1, 2]) {
        using frames = countFrames()
        const own = await link()
        const controller = new AbortController()
        const { readable, writable } = own.translateStream<VideoFrame>({ signal: controller.signal })
        const [reader, writer] = [readable.getReader(), writable.getWriter()]
        for (const promise of [reader.closed, writer.closed, writer.ready]) promise.catch(() => undefined)
        for (let i = 0; i < 5; i++) void writer.write(numbered(i)).catch(() => undefined)
        for (let i = 0; i < reads; i++) (await reader.read()).value?.close()
        if (end === 'cancel') await reader.cancel()
        if (end === 'abort') await writer.abort()
        if (end === 'signal') controller.abort()
        if (end === 'dispose') await own.dispose()
        if (end === 'bad frame') {
          const closed = numbered(9)
          closed.close()
          void writer.write(closed).catch(() => undefined)
          for (;;) {
            const read = await reader.read().catch((error: unknown) => error as Error)
            if (read instanceof Error) {
              expect(read).toMatchObject({ code: 'IMAGE_INVALID' })
              break
            }
            read.value?.close()
          }
        }
        await wait(20)
        expect(frames.open, `${end} after ${reads}`).toBe(0)
        await own.dispose()
      }
    }
  })

  test('1,000 of them leave no frame open and no memory taken', { timeout: 120_000 }, async () => {
    using frames = countFrames()
    using color = await openColorEngine()
    await using own = await loadFake({}, { backend: fakeBackend(echo), color })
    const memory = async (): Promise<number> => {
      await (cdp() as unknown as { send(method: string): Promise<unknown> }).send('HeapProfiler.collectGarbage')
      const { usedJSHeapSize } = (performance as unknown as { memory: { usedJSHeapSize: number } }).memory
      return usedJSHeapSize
    }
    const run = async (count: number): Promise<void> => {
      const { readable, writable } = own.translateStream<VideoFrame>({ steady: 0.5, budgetMs: 1000 })
      let made = 0
      const source = new ReadableStream<VideoFrame>(
        {
          pull(controller) {
            if (made === count) controller.close()
            else controller.enqueue(numbered(made++, 320, 240))
          },
        },
        { highWaterMark: 0 },
      )
      const piped = source.pipeTo(writable)
      for await (const frame of readable) {
        expect(frames.open).toBeLessThanOrEqual(4)
        frame.close()
      }
      await piped
      expect(made).toBe(count)
    }
    const engine = color as unknown as { memory: { used: number; live: number } }
    await run(200)
    const before = { heap: await memory(), ...engine.memory }
    await run(1000)
    expect(frames.open).toBe(0)
    expect(engine.memory).toMatchObject({ used: before.used, live: before.live })
    // A frame's result has 115 kB: a tenth of them kept would show.
    expect((await memory()) - before.heap).toBeLessThan(10e6)
    expect(own.decisions.length).toBeLessThan(10)
  })
})

/** Of newer browsers' globals, what the tests use. */
interface TrackStreams {
  readonly MediaStreamTrackProcessor: new (init: {
    track: MediaStreamTrack
  }) => { readable: ReadableStream<VideoFrame> }
  readonly MediaStreamTrackGenerator: new (init: {
    kind: 'video'
  }) => MediaStreamTrack & {
    readonly writable: WritableStream<VideoFrame>
  }
}
const { MediaStreamTrackProcessor, MediaStreamTrackGenerator } = globalThis as unknown as TrackStreams

/** A camera that shows the four colours, and anew with each animation frame. */
function camera(width: number, height: number): { track: MediaStreamTrack; stop(): void } {
  const canvas = quartersCanvas(width, height)
  const context = canvas.getContext('2d')
  const track = canvas.captureStream().getVideoTracks()[0]
  if (!track || !context) throw new Error('no camera')
  const timer = setInterval(() => {
    context.putImageData(new ImageData(quarters(width, height), width, height), 0, 0)
  }, 20)
  return {
    track,
    stop: () => {
      clearInterval(timer)
      track.stop()
    },
  }
}

test('camera -> MediaStreamTrackProcessor -> stream -> MediaStreamTrackGenerator -> video shows the picture', async () => {
  const { track, stop } = camera(64, 48)
  const { readable } = new MediaStreamTrackProcessor({ track })
  const generator = new MediaStreamTrackGenerator({ kind: 'video' })
  const controller = new AbortController()
  const piped = readable
    .pipeThrough(translator.translateStream<VideoFrame>({ late: 'drop', signal: controller.signal }))
    .pipeTo(generator.writable)
  const video = document.createElement('video')
  video.muted = true
  video.srcObject = new MediaStream([generator])
  await video.play()
  await new Promise((resolve) => video.requestVideoFrameCallback(resolve))
  expect([video.videoWidth, video.videoHeight]).toEqual([64, 48])
  const { image } = await translator.translate(video)
  for (const [i, color] of centres(image).entries()) expect(farthest(color, corners[i] ?? [])).toBeLessThanOrEqual(6)
  controller.abort(new Error('enough'))
  await expect(piped).rejects.toThrow('enough')
  stop()
  generator.stop()
})

test('camera -> stream -> canvas, dropping late frames, never older than the one in flight', async () => {
  using frames = countFrames()
  const { track, stop } = camera(64, 48)
  const { readable } = new MediaStreamTrackProcessor({ track })
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  let [shown, last] = [0, -1]
  const taken: VideoFrame[] = []
  const watch = new TransformStream<VideoFrame, VideoFrame>({
    transform(frame, controller) {
      taken.push(frame)
      controller.enqueue(frame)
    },
  })
  const stream = readable.pipeThrough(watch).pipeThrough(translator.translateStream<VideoFrame>({ late: 'drop' }))
  for await (const frame of stream) {
    expect(frame.timestamp).toBeGreaterThan(last)
    last = frame.timestamp
    canvas.width = frame.displayWidth
    canvas.height = frame.displayHeight
    context?.drawImage(frame, 0, 0)
    frame.close()
    if (++shown === 5) break
  }
  const { image } = await translator.translate(canvas)
  for (const [i, color] of centres(image).entries()) expect(farthest(color, corners[i] ?? [])).toBeLessThanOrEqual(6)
  stop()
  await wait(50)
  expect(frames.open).toBe(0)
  // A closed frame has no format. What waits before the stream, when it ends, is the camera's.
  expect(taken.length).toBeGreaterThanOrEqual(5)
  expect(taken.slice(0, -2).map(({ format }) => format)).toEqual(taken.slice(0, -2).map(() => null))
})
