import { type PixelFormat, rawImage } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TranslateOptions, Translator } from '../src/types.js'
import { bytes, countFrames, farthest, link, quarters, stillWorks } from './pictures.js'

let translator: Translator
beforeAll(async () => {
  translator = await link()
})
afterAll(() => translator.dispose())

const picture = (width: number, height: number): ImageData => new ImageData(quarters(width, height), width, height)

function canvasBytes(canvas: HTMLCanvasElement | OffscreenCanvas): number[] {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  return [...context.getImageData(0, 0, canvas.width, canvas.height).data]
}

async function frameBytes(frame: VideoFrame): Promise<number[]> {
  const data = new Uint8Array(frame.allocationSize())
  await frame.copyTo(data)
  return [...data]
}

describe('as', () => {
  test('ImageData: RGBA of its own', async () => {
    const first = await translator.translate(picture(6, 4), { as: 'ImageData' })
    const second = await translator.translate(new ImageData(6, 4), { as: 'ImageData' })
    expect(first.image).toBeInstanceOf(ImageData)
    expect([...first.image.data]).toEqual([...quarters(6, 4)])
    expect(Math.max(...second.image.data)).toBe(0)
  })

  test('ImageBitmap: what it holds, and that dispose() closes it', async () => {
    const result = await translator.translate(picture(7, 5), { as: 'ImageBitmap' })
    const canvas = new OffscreenCanvas(7, 5)
    canvas.getContext('2d')?.drawImage(result.image, 0, 0)
    expect(canvasBytes(canvas)).toEqual([...quarters(7, 5)])
    result[Symbol.dispose]()
    expect(result.image.width).toBe(0)
  })

  test('VideoFrame of an RGB frame: RGBA, with its time and colour space', async () => {
    const colorSpace = { matrix: 'rgb', fullRange: true, primaries: 'smpte432', transfer: 'iec61966-2-1' } as const
    const init = { format: 'BGRA', codedWidth: 6, codedHeight: 4, timestamp: 123_456, duration: 40_000 } as const
    const bgra = quarters(6, 4)
    for (let i = 0; i < bgra.length; i += 4) [bgra[i], bgra[i + 2]] = [bgra[i + 2] ?? 0, bgra[i] ?? 0]
    const source = new VideoFrame(bgra, { ...init, colorSpace: colorSpace as object })
    using result = await translator.translate(source, { as: 'VideoFrame' })
    source.close()
    expect(result.image).toMatchObject({ format: 'RGBA', timestamp: 123_456, duration: 40_000, displayWidth: 6 })
    expect(result.image.colorSpace.toJSON()).toEqual(colorSpace)
    expect(await frameBytes(result.image)).toEqual([...quarters(6, 4)])
  })

  for (const format of ['I420', 'NV12'] as const) {
    for (const [width, height] of [
      [8, 6],
      [7, 5],
    ] as const) {
      test(`VideoFrame of a ${width}x${height} ${format} frame: I420, with its time and colour space`, async () => {
        const chroma = 2 * Math.ceil(width / 2) * Math.ceil(height / 2)
        const data = new Uint8Array(width * height + chroma)
        // U and V differ, and so do neighbours; all within what RGB can show.
        for (let i = 0; i < data.length; i++) data[i] = i < width * height ? 100 + (i % 23) : 118 + (i % 17)
        const colorSpace = {
          matrix: 'smpte170m',
          fullRange: true,
          primaries: 'smpte170m',
          transfer: 'smpte170m',
        } as const
        const init = { format, codedWidth: width, codedHeight: height, timestamp: -5, colorSpace } as const
        const source = new VideoFrame(data, init)
        const plain = await translator.translate(source, { format: 'I420' })
        using result = await translator.translate(source, { as: 'VideoFrame' })
        source.close()
        expect(result.image).toMatchObject({
          format: 'I420',
          timestamp: -5,
          duration: null,
          displayWidth: width,
          displayHeight: height,
        })
        expect(result.image.colorSpace.toJSON()).toEqual(colorSpace)
        const planes = plain.image.planes.flatMap((_, plane) =>
          bytes(plain.image, plane, plane ? Math.ceil(width / 2) : width),
        )
        expect(await frameBytes(result.image)).toEqual(planes)
        if (format === 'I420') expect(farthest(planes, data)).toBeLessThanOrEqual(1)
      })
    }
  }

  test('VideoFrame in another format, of a source without a time', async () => {
    for (const format of ['NV12', 'BGRA'] as const) {
      using result = await translator.translate(picture(4, 4), { as: 'VideoFrame', format })
      expect(result.image).toMatchObject({ format, timestamp: 0, duration: null })
    }
  })

  test('frames and bitmaps that were disposed leave none open', async () => {
    using frames = countFrames()
    for (let i = 0; i < 300; i++) {
      const source = new VideoFrame(quarters(8, 4), { format: 'RGBA', codedWidth: 8, codedHeight: 4, timestamp: i })
      using result = await translator.translate(source, { as: 'VideoFrame' })
      expect(result.image.timestamp).toBe(i)
      expect(frames.open).toBe(2)
      source.close()
    }
    expect(frames.open).toBe(0)
  })
})

test('display-p3 stays what it is: labelled, and converted for a canvas by the browser', async () => {
  const source = new ImageData(quarters(8, 4), 8, 4, { colorSpace: 'display-p3' })
  const { image } = await translator.translate(source, { as: 'ImageData' })
  expect(image.colorSpace).toBe('display-p3')
  expect([...image.data]).toEqual([...quarters(8, 4)])
  const [into, reference] = [new OffscreenCanvas(8, 4), new OffscreenCanvas(8, 4)]
  reference.getContext('2d')?.putImageData(source, 0, 0)
  using frame = await translator.translate(source, { as: 'VideoFrame', into })
  expect(canvasBytes(into)).toEqual(canvasBytes(reference))
  expect(canvasBytes(into)).not.toEqual([...quarters(8, 4)])
  expect(frame.image.colorSpace.primaries).toBe('smpte432')
})

describe('into a canvas', () => {
  const kinds = {
    HTMLCanvasElement: () => document.createElement('canvas'),
    OffscreenCanvas: () => new OffscreenCanvas(3, 3),
  }
  for (const [kind, make] of Object.entries(kinds)) {
    test(`${kind}: drawn straight, at the result's size`, async () => {
      const into = make()
      const result = await translator.translate(picture(9, 5), { as: 'none', into })
      expect(result.image).toBeUndefined()
      expect([into.width, into.height]).toEqual([9, 5])
      expect(canvasBytes(into)).toEqual([...quarters(9, 5)])
      const crop = { x: 0, y: 0, width: 2, height: 2 }
      await translator.translate(picture(8, 4), { as: 'none', into, crop })
      expect(canvasBytes(into)).toEqual(new Array(4).fill([200, 40, 90, 255]).flat())
    })
  }

  test('keeps the size where it is right: what the page set on the context stays', async () => {
    const into = document.createElement('canvas')
    into.width = 9
    into.height = 5
    const context = into.getContext('2d')
    if (context) context.fillStyle = '#123456'
    await translator.translate(picture(9, 5), { as: 'none', into })
    expect(context?.fillStyle).toBe('#123456')
  })

  test('and a result besides', async () => {
    const into = new OffscreenCanvas(1, 1)
    const i420 = await translator.translate(picture(8, 4), { into, format: 'I420' })
    expect(i420.image.format).toBe('I420')
    expect(farthest(canvasBytes(into), quarters(8, 4))).toBeLessThanOrEqual(3)
    using frame = await translator.translate(picture(4, 4), { into, as: 'VideoFrame' })
    expect(frame.image.format).toBe('RGBA')
    expect(canvasBytes(into)).toEqual([...quarters(4, 4)])
  })

  test('of which the source is a part', async () => {
    const canvas = document.createElement('canvas')
    await translator.translate(picture(6, 4), { as: 'none', into: canvas })
    await translator.translate(canvas, { as: 'none', into: canvas })
    expect(canvasBytes(canvas)).toEqual([...quarters(6, 4)])
  })
})

describe('what does not go together is OPTION_INVALID, and the next call works:', () => {
  const raw = rawImage({ format: 'RGBA', width: 4, height: 4, data: new Uint8Array(64) })
  const transferred = (): HTMLCanvasElement => {
    const canvas = document.createElement('canvas')
    canvas.transferControlToOffscreen()
    return canvas
  }
  const other = (kind: string): HTMLCanvasElement => {
    const canvas = document.createElement('canvas')
    canvas.getContext(kind)
    return canvas
  }
  const refused: [options: () => object, says: RegExp][] = [
    [() => ({ as: 'PNG' }), /"PNG".*ImageBitmap/],
    [() => ({ as: 'none' }), /canvas/],
    [() => ({ as: 'none', into: raw }), /RawImage/],
    [() => ({ as: 'ImageData', into: raw }), /RawImage/],
    [() => ({ as: 'ImageData', format: 'RGB' as PixelFormat }), /RGBA, not RGB/],
    [() => ({ as: 'ImageBitmap', format: 'I420' }), /RGBA, not I420/],
    [() => ({ as: 'none', into: new OffscreenCanvas(1, 1), format: 'GRAY' }), /RGBA, not GRAY/],
    [() => ({ as: 'VideoFrame', format: 'RGB' }), /I420, NV12, RGBA, BGRA, not RGB/],
    [() => ({ into: document.createElement('div') }), /HTMLDivElement/],
    [() => ({ as: 'none', into: null }), /Null/],
    [() => ({ as: 'none', into: other('webgl') }), /context of another kind.*fresh/],
    [() => ({ as: 'none', into: other('webgpu') }), /context of another kind.*fresh/],
    [() => ({ as: 'none', into: other('bitmaprenderer') }), /context of another kind.*fresh/],
    [() => ({ as: 'none', into: transferred() }), /transferControlToOffscreen/],
  ]
  for (const [options, says] of refused) {
    test(String(says), async () => {
      const call = translator.translate(picture(4, 4), options() as TranslateOptions)
      await expect(call).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringMatching(says) })
      expect(await stillWorks(translator)).toBe(true)
    })
  }
})
