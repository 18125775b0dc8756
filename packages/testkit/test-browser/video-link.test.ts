import { ort } from '@i2i/backend-ort'
import { load, openColorEngine, type RawImage, rawImage, type Translator } from '@i2i/core'
import { compareImages, diagnose, probeImage } from '@i2i/parity'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// What is used of WebCodecs: these suites compile without DOM types.
interface Frame {
  readonly timestamp: number
  readonly visibleRect: { readonly width: number; readonly height: number }
  readonly colorSpace: { toJSON(): Readonly<Record<string, unknown>> }
  readonly format: string | null
  close(): void
}
interface Codec<In> {
  configure(config: object): void
  encode(frame: In, options?: object): void
  decode(chunk: In): void
  flush(): Promise<void>
  close(): void
}
type Make<In, Out> = new (init: {
  output: (out: Out, meta?: { decoderConfig?: object }) => void
  error: (error: unknown) => void
}) => Codec<In>
const { VideoFrame, VideoEncoder, VideoDecoder } = globalThis as unknown as {
  VideoFrame: new (bytes: BufferSource, init: object) => Frame
  VideoEncoder: Make<Frame, object> & { isConfigSupported(config: object): Promise<{ supported: boolean }> }
  VideoDecoder: Make<object, Frame>
}
type BufferSource = Uint8Array

const [width, height, count] = [320, 240, 4]
const toon = new URL('../../../models/toon/toon.i2i.json', import.meta.url)

let translator: Translator
beforeAll(async () => {
  translator = await load(toon, { backend: ort(), device: 'wasm', identity: true })
})
afterAll(() => translator.dispose())

/** The probe as the frames of a clip, tagged as told. */
async function clip(
  colorSpace: { matrix: string; fullRange: boolean },
  tagged: boolean,
): Promise<{ probe: RawImage; frames: Frame[] }> {
  using color = await openColorEngine()
  const probe = probeImage(width, height)
  const { planes } = color.convert(probe, { format: 'I420', colorSpace })
  const bytes = Uint8Array.from(planes.flatMap(({ data }) => [...data]))
  const frames = Array.from({ length: count }, (_, i) => {
    const init = { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 40_000 * i, duration: 40_000 }
    const labels = { ...colorSpace, primaries: colorSpace.matrix, transfer: colorSpace.matrix }
    return new VideoFrame(bytes, { ...init, ...(tagged && { colorSpace: labels }) })
  })
  return { probe, frames }
}

/** Encodes frames, closing them, and decodes what comes out. */
async function throughCodec(codec: string, frames: readonly Frame[]): Promise<Frame[]> {
  const decoded: Frame[] = []
  const failed = (error: unknown): void => {
    throw error
  }
  const decoder = new VideoDecoder({ output: (frame) => decoded.push(frame), error: failed })
  const encoder = new VideoEncoder({
    output: (chunk, meta) => {
      if (meta?.decoderConfig) decoder.configure(meta.decoderConfig)
      decoder.decode(chunk)
    },
    error: failed,
  })
  encoder.configure(config(codec))
  for (const [i, frame] of frames.entries()) {
    encoder.encode(frame, { keyFrame: i === 0 })
    frame.close()
  }
  await encoder.flush()
  await decoder.flush()
  encoder.close()
  decoder.close()
  return decoded
}

function config(codec: string): object {
  return {
    codec,
    width,
    height,
    bitrate: 12_000_000,
    framerate: 25,
    ...(codec.startsWith('avc1') && { avc: { format: 'annexb' } }),
  }
}

async function streamed(frames: readonly Frame[]): Promise<Frame[]> {
  const { readable, writable } = translator.translateStream<never>()
  const writer = writable.getWriter()
  const done = (async () => {
    for (const frame of frames) await writer.write(frame as never)
    await writer.close()
  })()
  const results: Frame[] = []
  const reader = readable.getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    results.push(value)
  }
  await done
  return results
}

/** The picture of a frame in its own planes, and as the doctor takes it. */
async function pixels(frame: Frame): Promise<{ own: RawImage; rgba: RawImage }> {
  const { image: own } = await translator.translate(frame as never)
  const { image } = await translator.translate(frame as never, { format: 'RGBA' })
  const [plane] = image.planes
  return {
    own,
    rgba: rawImage({ format: 'RGBA', width: image.width, height: image.height, data: plane?.data ?? new Uint8Array() }),
  }
}

const spaces = [
  [{ matrix: 'smpte170m', fullRange: false }, true],
  [{ matrix: 'bt709', fullRange: false }, true],
  // The rule of browsers for frames that do not say.
  [{ matrix: 'bt709', fullRange: false }, false],
] as const

describe.each(['vp09.00.10.08', 'avc1.42001f'])(
  'encode -> decode -> translate(identity) -> encode -> decode with %s',
  (codec) => {
    it.each(spaces)('keeps colours and picture: %o, tagged: %s', async (colorSpace, tagged) => {
      const { supported } = await VideoEncoder.isConfigSupported(config(codec)).catch(() => ({ supported: false }))
      if (!supported) {
        // A Chromium without licensed codecs: VP9 has to be there all the same.
        expect(codec).toMatch(/^avc1/)
        return
      }
      const { probe, frames } = await clip(colorSpace, tagged)
      const decoded = await throughCodec(codec, frames)
      expect(decoded).toHaveLength(count)
      const tags = decoded.map((frame) => frame.colorSpace.toJSON())
      const before = await pixels(decoded[0] as Frame)
      const translated = await streamed(decoded)
      expect(decoded.map(({ format }) => format)).toEqual(Array(count).fill(null))
      expect(translated.map(({ timestamp }) => timestamp)).toEqual([0, 40_000, 80_000, 120_000])
      expect(translated.map((frame) => frame.colorSpace.toJSON())).toEqual(tags)
      const between = await pixels(translated[0] as Frame)
      expect(compareImages(before.own, between.own).maxAbs).toBeLessThanOrEqual(1)
      const again = await throughCodec(codec, translated)
      expect(again.map((frame) => frame.colorSpace.toJSON())).toEqual(tags)
      if (tagged) expect(again[0]?.colorSpace.toJSON()).toMatchObject(colorSpace)
      const after = await pixels(again[0] as Frame)
      expect([after.own.width, after.own.height]).toEqual([width, height])
      expect(compareImages(before.rgba, after.rgba).psnr).toBeGreaterThan(35)
      const { faithful, faults } = await diagnose(probe, after.rgba)
      expect(faults.filter(({ severity }) => severity === 'fault')).toEqual([])
      expect(faithful).toBe(true)
      for (const frame of again) frame.close()
    })
  },
)
