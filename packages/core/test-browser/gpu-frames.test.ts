import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import { rawImage } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../src/ports.js'
import type { ImageSource, Translator } from '../src/types.js'
import {
  bytesOf,
  canvasBytes,
  countReads,
  countResources,
  farthest,
  frameBytes,
  imageDataOf,
  open,
  picture,
  rgb,
  yuvFrame,
} from './gpu.js'
import { centres, corners, countFrames, quarters } from './pictures.js'

const backends: Record<string, () => Backend> = { 'ONNX Runtime': () => ort(), 'TensorFlow.js': () => tfjs() }

for (const [name, make] of Object.entries(backends)) {
  describe(`frames on the GPU, ${name}`, () => {
    let link: Translator
    beforeAll(async () => {
      link = await open(make())
    })
    afterAll(() => link.dispose())

    test('identity is exact, odd sizes and parts too, and nothing is read back', async () => {
      const reads = countReads()
      for (const [width, height] of [
        [16, 8],
        [37, 22],
      ] as const) {
        const image = picture(width, height)
        using result = await link.translate(image, { as: 'VideoFrame' })
        expect(result.timings.readBacks).toBe(0)
        expect(reads.count).toBe(0)
        expect(farthest(await frameBytes(result.image), bytesOf(image))).toBe(0)
      }
      const crop = { x: 3, y: 5, width: 9, height: 6 }
      const into = document.createElement('canvas')
      await link.translate(picture(37, 22), { as: 'none', into, crop })
      expect(reads.count).toBe(0)
      const { image: part } = await link.translate(picture(37, 22), { crop })
      expect(farthest(canvasBytes(into), bytesOf(part))).toBe(0)
      expect(link.decisions).toContainEqual(
        expect.objectContaining({ what: 'engine', choice: 'webgpu', outcome: 'taken' }),
      )
    })

    test('what goes through memory counts its read-backs', async () => {
      const reads = countReads()
      const { timings } = await link.translate(picture(16, 8))
      expect(timings.readBacks).toBe(1)
      expect(reads.count).toBe(1)
    })

    test('every source arrives as it is, on a canvas and as a VideoFrame', async () => {
      const reads = countReads()
      const image = picture(20, 12)
      const data = imageDataOf(image)
      const canvas = new OffscreenCanvas(20, 12)
      canvas.getContext('2d')?.putImageData(data, 0, 0)
      const sources: Record<string, ImageSource> = {
        RawImage: image,
        ImageData: data,
        ImageBitmap: await createImageBitmap(data),
        OffscreenCanvas: canvas,
        VideoFrame: new VideoFrame(data.data, { format: 'RGBA', codedWidth: 20, codedHeight: 12, timestamp: 0 }),
        'VideoFrame without alpha': new VideoFrame(data.data, {
          format: 'RGBX',
          codedWidth: 20,
          codedHeight: 12,
          timestamp: 0,
        }),
        Blob: await canvas.convertToBlob(),
      }
      const into = document.createElement('canvas')
      for (const [kind, source] of Object.entries(sources)) {
        using result = await link.translate(source, { as: 'VideoFrame', into })
        expect(result.timings.readBacks, kind).toBe(0)
        expect(reads.count, kind).toBe(0)
        expect(farthest(canvasBytes(into), bytesOf(image)), kind).toBe(0)
        expect(farthest(await frameBytes(result.image), bytesOf(image)), kind).toBe(0)
      }
      ;(sources['VideoFrame'] as VideoFrame).close()
      ;(sources['VideoFrame without alpha'] as VideoFrame).close()
    })

    test('grey is grey, and opaque', async () => {
      const image = rawImage({
        format: 'GRAY',
        width: 6,
        height: 2,
        data: Uint8Array.from({ length: 12 }, (_, i) => 20 * i),
      })
      using result = await link.translate(image, { as: 'VideoFrame' })
      expect(result.image.format).toBe('RGBX')
      const grey = Array.from({ length: 12 }, (_, i) => [20 * i, 20 * i, 20 * i, 255]).flat()
      expect([...(await frameBytes(result.image))]).toEqual(grey)
    })

    test("a frame's YUV is the browser's RGB, planes are ours; a frame's time is carried", async () => {
      const image = rawImage({ format: 'RGBA', width: 32, height: 32, data: quarters(32, 32) })
      const { frame, planes } = await yuvFrame(image, 1234)
      using result = await link.translate(frame, { as: 'VideoFrame' })
      frame.close()
      expect(result.timings.readBacks).toBe(0)
      expect(result.image.timestamp).toBe(1234)
      const shown = rawImage({ ...image, planes: [{ data: await frameBytes(result.image), stride: 4 * 32 }] })
      // Within even colours: where they meet, the browser interpolates chroma.
      expect(farthest(centres(shown).flat(), corners.flat())).toBeLessThanOrEqual(2)
      expect(link.decisions).toContainEqual(
        expect.objectContaining({ what: 'source', choice: 'VideoFrame as external texture' }),
      )
      using exact = await link.translate(planes, { as: 'VideoFrame' })
      const { image: reference } = await link.translate(planes, { format: 'RGBA' })
      expect(farthest(await frameBytes(exact.image), bytesOf(reference))).toBeLessThanOrEqual(1)
    })

    test('300 frames leave no frame, buffer or tensor behind', { timeout: 300_000 }, async () => {
      using frames = countFrames()
      const resources = countResources()
      const own = await open(make())
      const into = document.createElement('canvas')
      const once = async (i: number): Promise<void> => {
        const frame = new VideoFrame(imageDataOf(picture(8, 4)).data, {
          format: 'RGBA',
          codedWidth: 8,
          codedHeight: 4,
          timestamp: i,
        })
        const result = await own.translate(frame, { as: i % 2 ? 'VideoFrame' : 'none', into })
        result[Symbol.dispose]()
        frame.close()
      }
      for (let i = 0; i < 20; i++) await once(i)
      const [steady, ledger] = [resources.live, own.gpuMemory]
      for (let i = 0; i < 300; i++) await once(i)
      expect(frames.open).toBe(0)
      expect(resources.live).toBeLessThanOrEqual(steady)
      expect(own.gpuMemory).toEqual(ledger)
      expect(ledger?.lentBytes).toBe(0)
      expect(ledger?.bytes).toBeGreaterThan(0)
      await own.dispose()
      expect(own.gpuMemory).toBeUndefined()
    })

    test('a loop that disposes of nothing holds the masks of one frame', async () => {
      const resources = countResources()
      const image = { role: 'image', ...rgb, tensor: 'y' } as const
      await using own = await open(make(), { outputs: [image, { role: 'mask', tensor: 'm' }] })
      const into = document.createElement('canvas')
      const once = async () => await own.translate(picture(8, 4), { as: 'none', into })
      for (let i = 0; i < 10; i++) await once()
      const steady = resources.live
      for (let i = 0; i < 30; i++) await once()
      expect(resources.live).toBeLessThanOrEqual(steady)
      const { outputs, timings } = await once()
      expect(timings.readBacks).toBe(0)
      expect(outputs['m']).toMatchObject({ location: 'gpu', dims: [1, 1, 4, 8] })
    })
  })
}
