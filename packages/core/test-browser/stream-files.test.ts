import {
  BufferSource,
  BufferTarget,
  Input,
  Output,
  type OutputFormat,
  VideoSample,
  VideoSampleSink,
  VideoSampleSource,
  WEBM,
  WebMOutputFormat,
} from 'mediabunny'
import { expect, test } from 'vitest'
import { centres, corners, farthest, link, quartersCanvas } from './pictures.js'

const [width, height, count] = [96, 64, 12]

/** A file that `fill` writes frames to. */
async function written(format: OutputFormat, fill: (source: VideoSampleSource) => Promise<void>): Promise<ArrayBuffer> {
  const target = new BufferTarget()
  const output = new Output({ format, target })
  const source = new VideoSampleSource({ codec: 'vp9', bitrate: 2_000_000 })
  output.addVideoTrack(source, { frameRate: 25 })
  await output.start()
  await fill(source)
  await output.finalize()
  if (!target.buffer) throw new Error('nothing was written')
  return target.buffer
}

/** The frames of a file's video, decoded as they are asked for. */
async function* decoded(file: ArrayBuffer): AsyncGenerator<VideoFrame> {
  const input = new Input({ source: new BufferSource(file), formats: [WEBM] })
  const track = await input.getPrimaryVideoTrack()
  if (!track) throw new Error('no video')
  for await (const sample of new VideoSampleSink(track).samples()) {
    const frame = sample.toVideoFrame()
    sample.close()
    yield frame
  }
}

test('a file that mediabunny reads goes through a stream and into a file that mediabunny writes', async () => {
  await using translator = await link()
  const frames: VideoFrame[] = []
  const camera = await written(new WebMOutputFormat(), async (source) => {
    for (let i = 0; i < count; i++) {
      const sample = new VideoSample(quartersCanvas(width, height), { timestamp: i / 25, duration: 1 / 25 })
      await source.add(sample)
      sample.close()
    }
  })
  const copy = await written(new WebMOutputFormat(), async (source) => {
    const { readable, writable } = translator.translateStream<VideoFrame>()
    const piped = (async () => {
      const writer = writable.getWriter()
      for await (const frame of decoded(camera)) {
        await writer.ready
        frames.push(frame)
        void writer.write(frame).catch(() => undefined)
      }
      await writer.close()
    })()
    for await (const frame of readable) {
      frames.push(frame)
      const sample = new VideoSample(frame)
      await source.add(sample)
      sample.close()
    }
    await piped
  })
  const times: number[] = []
  for await (const frame of decoded(copy)) {
    times.push(Math.round(frame.timestamp / 1000))
    const { image } = await translator.translate(frame, { format: 'RGBA' })
    for (const [i, color] of centres(image).entries()) expect(farthest(color, corners[i] ?? [])).toBeLessThanOrEqual(8)
    frame.close()
  }
  expect(times).toEqual(Array.from({ length: count }, (_, i) => 40 * i))
  // A closed frame has no format.
  expect(frames.map(({ format }) => format)).toEqual(Array(2 * count).fill(null))
})
