import { createImage, openColorEngine, type PixelFormat, type RawImage } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GpuColorEngine, openGpuColorEngine } from '../src/webgpu/index.js'
import { dom, requestDevice } from './gpu.js'

interface Frame {
  close(): void
}
interface Canvas {
  getContext(kind: '2d'): { fillStyle: string; fillRect(x: number, y: number, width: number, height: number): void }
  captureStream(): object
}
interface Video {
  play(): Promise<void>
  pause(): void
}
const { VideoFrame } = globalThis as unknown as { VideoFrame: new (data: Uint8Array, init: object) => Frame }

let engine: GpuColorEngine
beforeAll(async () => {
  engine = await openGpuColorEngine(dom(await requestDevice()))
})
afterAll(() => engine.dispose())

/** Red along x, green along y, blue along both: no hard edge, whose chroma each decoder spreads in its own way. */
function ramp(width: number, height: number): RawImage {
  const image = createImage('RGB', width, height)
  const { data, stride } = image.planes[0]!
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, g] = [(x * 255) / (width - 1), (y * 255) / (height - 1)]
      data.set([r, g, (r + g) / 2], y * stride + x * 3)
    }
  }
  return image
}

function frameOf(image: RawImage, more: object = {}): Frame {
  const bytes = new Uint8Array(image.planes.reduce((sum, { data }) => sum + data.length, 0))
  let end = 0
  for (const { data } of image.planes) {
    bytes.set(data, end)
    end += data.length
  }
  const { format, width, height, colorSpace } = image
  const labelled = { primaries: 'bt709', transfer: 'iec61966-2-1', ...colorSpace, ...more }
  return new VideoFrame(bytes, { format, codedWidth: width, codedHeight: height, timestamp: 0, colorSpace: labelled })
}

const size = { width: 64, height: 48 }
const tensor = { ...size, layout: 'NHWC', dtype: 'float32', channels: 'RGB' } as const

/** Steps of 8 bits between two tensors: the largest and the mean. */
function steps(found: ArrayLike<number>, expected: ArrayLike<number>): { most: number; mean: number } {
  let [most, sum] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(found[i]! - expected[i]!) * 255
    most = Math.max(most, distance)
    sum += distance
  }
  return { most, mean: sum / expected.length }
}

describe('external textures', () => {
  const cases = (['I420', 'NV12'] as const).flatMap((format) =>
    ['smpte170m', 'bt709', 'bt2020-ncl'].flatMap((matrix) =>
      [false, true].map((fullRange) => ({ format, matrix, fullRange })),
    ),
  )
  // README states these figures.
  const tolerance = { most: 3, mean: 1 }

  it.each(cases)(
    'a VideoFrame of $format $matrix fullRange=$fullRange is close to the reference',
    async ({ format, ...colorSpace }) => {
      const reference = await openColorEngine({ engine: 'reference' })
      const image = reference.convert(ramp(size.width, size.height), { format: format as PixelFormat, colorSpace })
      const frame = frameOf(image)
      using packed = engine.pack(dom(frame), tensor)
      frame.close()
      // The browser interpolates chroma.
      const expected = reference.pack(image, tensor, { chroma: 'linear' })
      const found = steps(await packed.read().then((data) => data as Float32Array), expected.data)
      expect(found.most).toBeLessThanOrEqual(tolerance.most)
      expect(found.mean).toBeLessThanOrEqual(tolerance.mean)
    },
  )

  it('an opaque RGBA VideoFrame is exact, a transparent one within what 8 bits keep of premultiplied colour', async () => {
    const bytes = Uint8Array.of(200, 100, 50, 255, 10, 20, 30, 255, 200, 100, 50, 128, 255, 255, 255, 64)
    const frame = new VideoFrame(bytes, { format: 'RGBA', codedWidth: 2, codedHeight: 2, timestamp: 0 })
    using packed = engine.pack(dom(frame), { width: 2, height: 2, layout: 'NHWC', dtype: 'float32', channels: 'RGBA' })
    frame.close()
    const found = Array.from((await packed.read()) as Float32Array, (value) => value * 255)
    const distances = found.map((value, i) => Math.abs(value - bytes[i]!))
    expect(Math.max(...distances.slice(0, 8))).toBeLessThan(1e-3)
    // Alpha 64 leaves 64 levels of a colour.
    expect(Math.max(...distances.slice(8))).toBeLessThanOrEqual(2)
  })

  it('the size is that of the shown picture: visibleRect, displayWidth, rotation', async () => {
    const data = new Uint8Array(64 * 64 * 1.5).fill(128)
    const shown = { visibleRect: { x: 8, y: 4, width: 40, height: 20 } }
    for (const [init, width, height] of [
      [shown, 40, 20],
      [{ displayWidth: 80, displayHeight: 64 }, 80, 64],
      [{ ...shown, rotation: 90 }, 20, 40],
    ] as const) {
      const frame = new VideoFrame(data, { format: 'I420', codedWidth: 64, codedHeight: 64, timestamp: 0, ...init })
      using picture = engine.convert(dom(frame), { format: 'RGBA' })
      frame.close()
      expect([picture.width, picture.height]).toEqual([width, height])
      await picture.read()
    }
  })

  it('a playing video is read as it shows', async () => {
    const { document } = globalThis as unknown as { document: { createElement(name: string): unknown } }
    const canvas = document.createElement('canvas') as Canvas
    Object.assign(canvas, { width: 32, height: 16 })
    const brush = canvas.getContext('2d')
    const video = document.createElement('video') as Video
    Object.assign(video, { muted: true, srcObject: canvas.captureStream() })
    // A stream begins with a frame that is drawn after it was asked for.
    const drawing = setInterval(() => {
      brush.fillStyle = 'rgb(200, 40, 90)'
      brush.fillRect(0, 0, 32, 16)
    }, 20)
    await video.play()
    using packed = engine.pack(dom(video), { width: 4, height: 2, layout: 'NHWC', dtype: 'uint8', channels: 'RGB' })
    clearInterval(drawing)
    video.pause()
    expect(packed.transform).toEqual([8, 0, 0, 0, 8, 0])
    const pixel = [...(await packed.read())].slice(0, 3).map(Number)
    for (const [i, level] of [200, 40, 90].entries()) expect(Math.abs(pixel[i]! - level)).toBeLessThanOrEqual(3)
  })

  it('a video without a picture is refused', () => {
    const { document } = globalThis as unknown as { document: { createElement(name: string): object } }
    expect(() => engine.pack(dom(document.createElement('video')), tensor)).toThrow(
      expect.objectContaining({ code: 'IMAGE_INVALID' }),
    )
  })

  it('a closed frame is refused, and the next one works', async () => {
    const frame = frameOf(createImage('I420', 4, 4))
    frame.close()
    const pack = () => engine.pack(dom(frame), tensor)
    expect(pack).toThrow(
      expect.objectContaining({ code: 'IMAGE_INVALID', message: expect.stringContaining('cannot be read') }),
    )
    const next = frameOf(createImage('I420', 4, 4))
    using packed = engine.pack(dom(next), tensor)
    next.close()
    await packed.read()
    await engine.settled()
  })

  it('300 frames leave no GPU memory behind, and no frame open', async () => {
    const image = createImage('NV12', 32, 32)
    const format = { width: 16, height: 16, layout: 'NCHW', dtype: 'float16', channels: 'RGB' } as const
    const turn = (): void => {
      const frame = frameOf(image)
      const packed = engine.pack(dom(frame), format)
      const picture = engine.unpack(packed, format, {
        format: 'RGBA',
        ...size,
        transform: packed.transform,
        outside: dom(frame),
      })
      frame.close()
      picture.dispose()
      packed.dispose()
    }
    for (let i = 0; i < 3; i++) turn()
    await engine.settled()
    const before = engine.memory
    expect(before.lent).toBe(0)
    for (let i = 0; i < 300; i++) {
      turn()
      if (i % 30 === 0) await engine.settled()
    }
    await engine.settled()
    expect(engine.memory).toEqual(before)
  })
})
