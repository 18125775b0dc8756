import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createImage, openColorEngine, type PixelFormat, type RawImage } from '@i2i/color'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readImage, writeImage } from '../src/node/index.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'i2i-images-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** Smooth, in gamut, each channel and each corner different. */
function scene(width: number, height: number, alpha = true): RawImage {
  const image = createImage('RGBA', width, height)
  const data = image.planes[0]?.data ?? new Uint8Array()
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set([60 + x * 2, 90 + y * 2, 150 - x, alpha ? 255 - x - y : 255], (y * width + x) * 4)
    }
  }
  return image
}

const bytesOf = (image: RawImage): Uint8Array => Uint8Array.from(image.planes[0]?.data ?? [])

function worst(a: ArrayLike<number>, b: ArrayLike<number>, skipAlpha = false): number {
  expect(a.length).toBe(b.length)
  let most = 0
  for (let i = 0; i < a.length; i++) {
    if (!(skipAlpha && i % 4 === 3)) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)))
  }
  return most
}

describe('writeImage and readImage', () => {
  test.each(['png', 'tiff', 'tif', 'PNG'])('keep every pixel of RGBA in %s', async (extension) => {
    const image = scene(33, 21)
    const path = join(dir, `a.${extension}`)
    await writeImage(path, image, { quality: 20 })
    const back = await readImage(path)
    expect(back).toMatchObject({
      format: 'RGBA',
      width: 33,
      height: 21,
      colorSpace: { matrix: 'rgb', fullRange: true },
    })
    expect(bytesOf(back)).toEqual(bytesOf(image))
  })

  test('drop alpha in JPEG, and keep the colours beneath it', async () => {
    const image = scene(32, 32)
    await writeImage(join(dir, 'a.jpg'), image, { quality: 100 })
    const back = await readImage(join(dir, 'a.jpg'))
    expect(worst(bytesOf(back), bytesOf(image), true)).toBeLessThanOrEqual(4)
    expect(
      bytesOf(back)
        .filter((_, i) => i % 4 === 3)
        .every((alpha) => alpha === 255),
    ).toBe(true)
  })

  test.each(['webp', 'avif', 'jpeg'])('write %s, smaller at a lower quality', async (extension) => {
    const image = scene(64, 64, false)
    await writeImage(join(dir, `a.${extension}`), image)
    await writeImage(join(dir, `b.${extension}`), image, { quality: 5 })
    const back = await readImage(join(dir, `a.${extension}`))
    expect(worst(bytesOf(back), bytesOf(image))).toBeLessThanOrEqual(12)
    const sizes = await Promise.all([readBytes(`a.${extension}`), readBytes(`b.${extension}`)])
    expect(sizes[1]).toBeLessThan(sizes[0] ?? 0)
  })

  test.each(['BGRA', 'RGB', 'BGR', 'GRAY', 'I420', 'NV12', 'NV21'] as const)('take %s', async (format: PixelFormat) => {
    const image = scene(16, 12, false)
    using engine = await openColorEngine()
    const converted = engine.convert(image, { format })
    await writeImage(join(dir, 'a.png'), converted)
    const expected = engine.convert(converted, { format: 'RGBA' })
    expect(bytesOf(await readImage(join(dir, 'a.png')))).toEqual(bytesOf(expected))
  })

  test('take rows with padding, and views that start inside a buffer', async () => {
    const image = scene(10, 6)
    const stride = 47
    const buffer = new Uint8Array(13 + stride * 6).fill(99)
    for (let y = 0; y < 6; y++) buffer.set(bytesOf(image).subarray(y * 40, y * 40 + 40), 13 + y * stride)
    await writeImage(join(dir, 'a.png'), { ...image, planes: [{ data: buffer.subarray(13), stride }] })
    expect(bytesOf(await readImage(join(dir, 'a.png')))).toEqual(bytesOf(image))
  })

  async function readBytes(name: string): Promise<number> {
    return (await readFile(join(dir, name))).length
  }
})

describe('readImage', () => {
  test.each([
    [3, 'rotated by 180', (x: number, y: number) => [3 - x, 1 - y]],
    [6, 'rotated by 90 clockwise', (x: number, y: number) => [y, 1 - x]],
    [2, 'mirrored', (x: number, y: number) => [3 - x, y]],
  ] as const)('applies EXIF orientation %i (%s)', async (orientation, _, from) => {
    const source = scene(4, 2, false)
    const bytes = await sharp(bytesOf(source), { raw: { width: 4, height: 2, channels: 4 } })
      .removeAlpha()
      .withMetadata({ orientation })
      .png()
      .toBuffer()
    const image = await readImage(bytes)
    const [width, height] = orientation === 6 ? [2, 4] : [4, 2]
    expect(image).toMatchObject({ width, height })
    const [got, sent] = [bytesOf(image), bytesOf(source)]
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [sx = 0, sy = 0] = from(x, y)
        expect([...got.subarray((y * width + x) * 4).subarray(0, 4)]).toEqual([
          ...sent.subarray((sy * 4 + sx) * 4).subarray(0, 4),
        ])
      }
    }
  })

  test('brings 16 bits down to 8', async () => {
    const values = Uint16Array.from([0, 257 * 100, 65535, 257 * 17, 257 * 200, 257 * 3])
    const bytes = await sharp(values, { raw: { width: 2, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer()
    expect((await sharp(bytes).metadata()).depth).toBe('ushort')
    expect([...bytesOf(await readImage(bytes))]).toEqual([0, 100, 255, 255, 17, 200, 3, 255])
  })

  test('widens grey, with and without alpha', async () => {
    const grey = await sharp(Uint8Array.from([7, 200]), { raw: { width: 2, height: 1, channels: 1 } })
      .png()
      .toBuffer()
    expect([...bytesOf(await readImage(grey))]).toEqual([7, 7, 7, 255, 200, 200, 200, 255])
    const alpha = await sharp(Uint8Array.from([7, 50, 200, 255]), { raw: { width: 2, height: 1, channels: 2 } })
      .png()
      .toBuffer()
    expect([...bytesOf(await readImage(alpha))]).toEqual([7, 7, 7, 50, 200, 200, 200, 255])
  })

  test('turns CMYK into sRGB', async () => {
    const red = await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 200, g: 30, b: 40 } } })
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer()
    expect((await sharp(red).metadata()).space).toBe('cmyk')
    const [r = 0, g = 0, b = 0, a] = bytesOf(await readImage(red))
    expect(a).toBe(255)
    expect(r).toBeGreaterThan(150)
    expect(Math.max(g, b)).toBeLessThan(100)
  })

  test('names what is missing, a folder, and what cannot be decoded', async () => {
    const lost = join(dir, 'lost.png')
    await expect(readImage(lost)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining(lost),
    })
    await expect(readImage(dir)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining('folder'),
    })
    await writeFile(join(dir, 'text.png'), 'no picture')
    await expect(readImage(join(dir, 'text.png'))).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining('text.png cannot be decoded'),
    })
    await expect(readImage(new Uint8Array(0))).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    await writeImage(join(dir, 'whole.png'), scene(64, 64))
    const whole = await readFile(join(dir, 'whole.png'))
    await expect(readImage(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })
})

describe('writeImage', () => {
  test('refuses what it cannot do, and leaves nothing behind', async () => {
    const image = scene(4, 4)
    const refuse = (path: string, options?: { quality?: number }) =>
      expect(writeImage(join(dir, path), image, options)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await refuse('a.bmp')
    await refuse('a')
    await refuse('a.png', { quality: 0 })
    await refuse('a.png', { quality: 101 })
    await refuse('nowhere/a.png')
    const short = { ...image, planes: [{ data: new Uint8Array(60), stride: 16 }] }
    await expect(writeImage(join(dir, 'a.png'), short)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    expect(await readdir(dir)).toEqual([])
  })

  test('without sharp, says what to install', async () => {
    vi.resetModules()
    vi.doMock('sharp', () => {
      throw new Error("Cannot find package 'sharp'")
    })
    try {
      const fresh = await import('../src/node/images.js')
      await expect(fresh.readImage('a.png')).rejects.toMatchObject({
        code: 'BACKEND_UNAVAILABLE',
        message: expect.stringContaining('npm install sharp'),
      })
    } finally {
      vi.doUnmock('sharp')
    }
  })
})
