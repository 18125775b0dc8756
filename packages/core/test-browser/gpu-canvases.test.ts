import { ort } from '@i2i/backend-ort'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { ImageSource, Translator } from '../src/types.js'
import { bytesOf, canvasBytes, farthest, frameBytes, open, picture } from './gpu.js'
import { newDevice } from './gpu-links.js'
import { centres, corners, countFrames, playing, quartersCanvas, taintedCanvas } from './pictures.js'

describe('canvases', () => {
  let link: Translator
  beforeAll(async () => {
    link = await open(ort())
  })
  afterAll(() => link.dispose())

  test('one with a WebGPU context is drawn on straight, from the GPU and from memory', async () => {
    const canvas = document.createElement('canvas')
    canvas.getContext('webgpu')
    const draw = vi.spyOn(CanvasRenderingContext2D.prototype, 'drawImage')
    onTestFinished(() => draw.mockRestore())
    using both = await link.translate(picture(12, 8), { as: 'VideoFrame', into: canvas })
    expect(farthest(canvasBytes(canvas), bytesOf(picture(12, 8)))).toBe(0)
    expect(farthest(await frameBytes(both.image), bytesOf(picture(12, 8)))).toBe(0)
    await link.translate(picture(20, 4), { into: canvas })
    expect(farthest(canvasBytes(canvas), bytesOf(picture(20, 4)))).toBe(0)
    expect(draw).not.toHaveBeenCalled()
    // Another translator has another device; a canvas goes along.
    await using other = await open(ort({ gpuDevice: await newDevice() } as object))
    await other.translate(picture(6, 6), { as: 'none', into: canvas })
    expect(farthest(canvasBytes(canvas), bytesOf(picture(6, 6)))).toBe(0)
    await link.translate(picture(12, 8), { as: 'none', into: canvas })
    expect(farthest(canvasBytes(canvas), bytesOf(picture(12, 8)))).toBe(0)
  })

  test('one of the 2d kind serves the GPU and memory in turn', async () => {
    const canvas = document.createElement('canvas')
    await using wasm = await open(ort(), {}, { device: 'wasm' })
    for (const translator of [link, wasm, link]) {
      await translator.translate(picture(9, 7), { as: 'none', into: canvas })
      expect(farthest(canvasBytes(canvas), bytesOf(picture(9, 7)))).toBe(0)
      canvas.getContext('2d')?.clearRect(0, 0, 9, 7)
    }
  })

  test('and sources that cannot be read are refused, the next call works', async () => {
    const closed = new VideoFrame(bytesOf(picture(4, 4)), {
      format: 'RGBA',
      codedWidth: 4,
      codedHeight: 4,
      timestamp: 0,
    })
    closed.close()
    const lost = new OffscreenCanvas(4, 4)
    lost.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const sources: [ImageSource, RegExp][] = [
      [closed, /closed/],
      [new OffscreenCanvas(0, 4), /0x4/],
      [new Blob(['nothing']), /7 bytes/],
      [lost, /lost its context/],
      [document.createElement('video'), /loadeddata/],
      [await taintedCanvas(), /origin/],
    ]
    for (const [source, says] of sources) {
      const call = link.translate(source, { as: 'VideoFrame' })
      await expect(call).rejects.toMatchObject({ code: 'IMAGE_INVALID', message: expect.stringMatching(says) })
      using next = await link.translate(picture(8, 4), { as: 'VideoFrame' })
      expect(farthest(await frameBytes(next.image), bytesOf(picture(8, 4)))).toBe(0)
    }
    expect(link.gpuMemory?.lentBytes).toBe(0)
  })

  test('a video gives the frame it shows, and frames are closed', async () => {
    using frames = countFrames()
    await playing(quartersCanvas(64, 48), async (video) => {
      using result = await link.translate(video, { as: 'VideoFrame' })
      expect(result.timings.readBacks).toBe(0)
      expect(frames.open).toBe(1)
      const data = await frameBytes(result.image)
      const shown = { ...picture(64, 48), planes: [{ data, stride: 4 * 64 }] }
      expect(farthest(centres(shown).flat(), corners.flat())).toBeLessThanOrEqual(3)
    })
    expect(frames.open).toBe(0)
  })

  test('an abort in the middle frees what was made', async () => {
    using frames = countFrames()
    const controller = new AbortController()
    const call = link.translate(picture(64, 64), { as: 'VideoFrame', signal: controller.signal })
    setTimeout(() => controller.abort('enough'))
    const ended = await call.then(
      (result) => result[Symbol.dispose](),
      (reason: unknown) => reason,
    )
    expect([undefined, 'enough']).toContain(ended)
    expect(frames.open).toBe(0)
    expect(link.gpuMemory?.lentBytes).toBe(0)
  })
})
