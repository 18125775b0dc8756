import { type ColorSpaceInit, type PixelFormat, rawImage } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Translator } from '../src/types.js'
import {
  bytes,
  centres,
  corners,
  countFrames,
  farthest,
  link,
  playing,
  quarters,
  quartersCanvas,
  stillWorks,
} from './pictures.js'

let translator: Translator
beforeAll(async () => {
  translator = await link()
})
afterAll(() => translator.dispose())

/** pixels.md in code, for one YUV triple: a second opinion on matrix and range. */
function rgbOf([Y, U, V]: readonly number[], matrix: string, fullRange: boolean): number[] {
  const weights: Record<string, [number, number]> = { bt709: [0.2126, 0.0722], smpte170m: [0.299, 0.114] }
  const [kr, kb] = weights[matrix] ?? [0.2627, 0.0593]
  const [a, c, o] = fullRange ? [1, 1, 0] : [255 / 219, 255 / 224, 16]
  const [y, u, v] = [a * ((Y ?? 0) - o), c * ((U ?? 0) - 128), c * ((V ?? 0) - 128)]
  const g = y - (2 * kb * (1 - kb) * u + 2 * kr * (1 - kr) * v) / (1 - kr - kb)
  return [y + 2 * (1 - kr) * v, g, y + 2 * (1 - kb) * u].map((x) => Math.min(255, Math.max(0, Math.floor(x + 0.5))))
}

/** Each 2x2 block has a colour of its own, by place. */
const yuvAt = (x: number, y: number): number[] => [
  60 + 12 * (x >> 1) + 5 * (y >> 1),
  110 + 7 * (x >> 1),
  150 - 9 * (y >> 1),
]

/** Planes of a coded size, with rows as far apart as told and 255 between them. */
function coded(format: 'I420' | 'NV12', width: number, height: number, padding: number) {
  const [halfWidth, halfHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)]
  const luma = width + padding
  const chroma = (format === 'I420' ? halfWidth : 2 * halfWidth) + padding
  const chromaPlanes = format === 'I420' ? 2 : 1
  const data = new Uint8Array(luma * height + chroma * halfHeight * chromaPlanes).fill(255)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * luma + x] = yuvAt(x, y)[0] ?? 0
  const start = luma * height
  for (let y = 0; y < halfHeight; y++) {
    for (let x = 0; x < halfWidth; x++) {
      const [, u = 0, v = 0] = yuvAt(2 * x, 2 * y)
      if (format === 'NV12') data.set([u, v], start + y * chroma + 2 * x)
      else {
        data[start + y * chroma + x] = u
        data[start + chroma * halfHeight + y * chroma + x] = v
      }
    }
  }
  const layout = [{ offset: 0, stride: luma }]
  for (let plane = 0; plane < chromaPlanes; plane++)
    layout.push({ offset: start + plane * chroma * halfHeight, stride: chroma })
  return { data, layout }
}

const spaces: ColorSpaceInit[] = [
  { matrix: 'smpte170m', fullRange: false, primaries: 'smpte170m', transfer: 'smpte170m' },
  { matrix: 'bt709', fullRange: true, primaries: 'bt709', transfer: 'bt709' },
  { matrix: 'bt2020-ncl', fullRange: false, primaries: 'bt2020', transfer: 'bt709' },
]

describe('a VideoFrame in 4:2:0 is read as it lies', () => {
  for (const format of ['I420', 'NV12'] as const) {
    for (const colorSpace of spaces) {
      test(`${format}, ${colorSpace.matrix}, ${colorSpace.fullRange ? 'full' : 'limited'}: padded, visible part, odd size`, async () => {
        const { data, layout } = coded(format, 12, 10, 6)
        const visibleRect = { x: 4, y: 2, width: 7, height: 5 }
        const init = { format, codedWidth: 12, codedHeight: 10, layout, visibleRect, timestamp: 1 }
        const frame = new VideoFrame(data, { ...init, colorSpace: colorSpace as VideoColorSpaceInit })
        const { image } = await translator.translate(frame, { format: 'RGB' })
        const own = await translator.translate(frame)
        frame.close()
        expect([image.width, image.height]).toEqual([7, 5])
        for (let y = 0; y < 5; y++) {
          for (let x = 0; x < 7; x++) {
            const expected = rgbOf(yuvAt(x + 4, y + 2), colorSpace.matrix ?? '', colorSpace.fullRange ?? false)
            expect(bytes(image).slice(3 * (7 * y + x), 3 * (7 * y + x) + 3), `${x}, ${y}`).toEqual(expected)
          }
        }
        expect(own.image).toMatchObject({ format, width: 7, height: 5, colorSpace })
        expect(bytes(own.image)).toEqual(
          Array.from({ length: 35 }, (_, i) => yuvAt((i % 7) + 4, Math.floor(i / 7) + 2)[0]),
        )
      })
    }
  }

  test('what the frame does not say is bt709 limited, and assumed', async () => {
    const { data, layout } = coded('I420', 8, 8, 0)
    const none = { matrix: null, fullRange: null, primaries: null, transfer: null }
    const init = { format: 'I420', codedWidth: 8, codedHeight: 8, layout, timestamp: 1, colorSpace: none } as const
    const frame = new VideoFrame(data, init as VideoFrameBufferInit)
    // Some versions of the browser fill in what they assume; then it is said.
    const silent = frame.colorSpace.matrix === null
    const { image } = await translator.translate(frame, { format: 'RGB' })
    const own = await translator.translate(frame)
    frame.close()
    expect(bytes(image).slice(0, 3)).toEqual(rgbOf(yuvAt(0, 0), 'bt709', false))
    expect(own.image.colorSpace).toMatchObject({ matrix: 'bt709', fullRange: false, ...(silent && { assumed: true }) })
    if (silent)
      expect(translator.decisions).toContainEqual(
        expect.objectContaining({ what: 'colorSpace', choice: 'bt709 limited' }),
      )
  })
})

describe('a VideoFrame of RGB', () => {
  const orders: Record<string, { order: number[]; alpha: boolean; as: PixelFormat }> = {
    RGBA: { order: [0, 1, 2], alpha: true, as: 'RGBA' },
    RGBX: { order: [0, 1, 2], alpha: false, as: 'RGBA' },
    BGRA: { order: [2, 1, 0], alpha: true, as: 'BGRA' },
    BGRX: { order: [2, 1, 0], alpha: false, as: 'BGRA' },
  }
  for (const [format, { order, alpha, as }] of Object.entries(orders)) {
    test(`${format}: channels in their order, alpha straight, X opaque`, async () => {
      const pixels = Array.from({ length: 15 }, (_, i) => [10 + i, 100 + 2 * i, 200 - 3 * i, 17 * i])
      const data = Uint8Array.from(
        pixels.flatMap((pixel) => [...order.map((channel) => pixel[channel] ?? 0), pixel[3] ?? 0]),
      )
      const frame = new VideoFrame(data, {
        format: format as VideoPixelFormat,
        codedWidth: 5,
        codedHeight: 3,
        timestamp: 0,
      })
      const own = await translator.translate(frame)
      const { image } = await translator.translate(frame, { format: 'RGBA' })
      frame.close()
      expect(own.image.format).toBe(as)
      expect(bytes(image)).toEqual(pixels.flatMap(([r, g, b, a]) => [r, g, b, alpha ? a : 255]))
    })
  }

  test('turned frames are shown as they are meant', async () => {
    const init = { format: 'RGBA', codedWidth: 8, codedHeight: 4, timestamp: 0, rotation: 90 } as const
    const frame = new VideoFrame(quarters(8, 4), init)
    const { image } = await translator.translate(frame)
    frame.close()
    // Clockwise: the left bottom comes to the left top.
    const [leftTop, rightTop, leftBottom, rightBottom] = corners
    expect([image.width, image.height]).toEqual([4, 8])
    expect(centres(image)).toEqual([leftBottom, leftTop, rightBottom, rightTop])
    expect(translator.decisions).toContainEqual(
      expect.objectContaining({ what: 'source', reason: expect.stringMatching(/90 degrees/) }),
    )
  })
})

test('formats that have no layout here come as RGBA, and decisions say so', async () => {
  const planes = { I422: 2, I444: 3, I420A: 2.5, I420P10: 3 }
  for (const [format, perPixel] of Object.entries(planes)) {
    const ten = format.endsWith('P10')
    const data = ten
      ? new Uint8Array(new Uint16Array(8 * 8 * 1.5).fill(512).buffer)
      : new Uint8Array(8 * 8 * perPixel).fill(128)
    const colorSpace = { matrix: 'bt709', fullRange: false, primaries: 'bt709', transfer: 'bt709' } as const
    const frame = new VideoFrame(data, {
      format: format as VideoPixelFormat,
      codedWidth: 8,
      codedHeight: 8,
      timestamp: 0,
      colorSpace,
    })
    const { image } = await translator.translate(frame)
    frame.close()
    expect(image.format, format).toBe('RGBA')
    const grey = rgbOf([128, 128, 128], 'bt709', false)
    expect(farthest(bytes(image).slice(0, 3), grey), format).toBeLessThanOrEqual(1)
    expect(bytes(image)[3], format).toBe(format === 'I420A' ? 128 : 255)
    expect(translator.decisions).toContainEqual(
      expect.objectContaining({ what: 'source', reason: expect.stringMatching(new RegExp(`${format} `)) }),
    )
  }
})

test('a closed frame is refused, and the next call works', async () => {
  const frame = new VideoFrame(quarters(4, 4), { format: 'RGBA', codedWidth: 4, codedHeight: 4, timestamp: 0 })
  frame.close()
  await expect(translator.translate(frame)).rejects.toMatchObject({
    code: 'IMAGE_INVALID',
    message: expect.stringMatching(/closed/),
  })
  expect(await stillWorks(translator)).toBe(true)
})

test('translate() leaves its source open', async () => {
  const frame = new VideoFrame(quarters(4, 4), { format: 'RGBA', codedWidth: 4, codedHeight: 4, timestamp: 0 })
  await translator.translate(frame)
  expect(frame.format).toBe('RGBA')
  frame.close()
})

describe('an HTMLVideoElement', () => {
  test('without data is refused', async () => {
    await expect(translator.translate(document.createElement('video'))).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringMatching(/loadeddata/),
    })
    expect(await stillWorks(translator)).toBe(true)
  })

  test('gives the frame it shows, and the time of it', async () => {
    await playing(quartersCanvas(64, 48), async (video) => {
      using opened = countFrames()
      const { image } = await translator.translate(video, { format: 'RGB' })
      const frame = await translator.translate(video, { as: 'VideoFrame' })
      expect([image.width, image.height]).toEqual([64, 48])
      expect(farthest(centres(image).flat(), corners.flat())).toBeLessThanOrEqual(3)
      expect(frame.image.timestamp).toBeGreaterThanOrEqual(0)
      expect(opened.open).toBe(1)
      frame[Symbol.dispose]()
      expect(opened.open).toBe(0)
    })
  })
})

test('a frame and the same bytes as a RawImage are one', async () => {
  const { data, layout } = coded('NV12', 16, 8, 8)
  const colorSpace = { matrix: 'bt709', fullRange: false, primaries: 'bt709', transfer: 'bt709' } as const
  const frame = new VideoFrame(data, {
    format: 'NV12',
    codedWidth: 16,
    codedHeight: 8,
    layout,
    timestamp: 0,
    colorSpace,
  })
  const raw = rawImage({ format: 'NV12', width: 16, height: 8, data, layout, colorSpace })
  const one = await translator.translate(frame, { crop: { x: 3, y: 1, width: 9, height: 6 }, format: 'RGBA' })
  const other = await translator.translate(raw, { crop: { x: 3, y: 1, width: 9, height: 6 }, format: 'RGBA' })
  frame.close()
  expect(bytes(one.image)).toEqual(bytes(other.image))
})
