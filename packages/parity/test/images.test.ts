import { openColorEngine, type PixelFormat, type RawImage } from '@i2i/core'
import { describe, expect, test } from 'vitest'
import { compareImages } from '../src/images/compare.js'
import { differenceImage } from '../src/images/difference.js'
import { tensorDifference } from '../src/images/tensor-difference.js'
import expected from './fixtures/expected.json' with { type: 'json' }
import { pictures, rgb, tensor } from './noise.js'

describe('compareImages', () => {
  test.each(expected.pictures)('agrees with scikit-image at $width x $height', ({ width, height, ...want }) => {
    const [a, b] = pictures(width, height)
    const got = compareImages(a, b)
    expect(got.maxAbs).toBe(want.maxAbs)
    expect(got.psnr).toBeCloseTo(want.psnr, 10)
    expect(got.ssim).toBeCloseTo(want.ssim, 10)
  })

  test.each([[null], [{}], [{ format: 'RGB', width: 3, height: 2 }]])('refuses %j, which is no picture', (none) => {
    const [a] = pictures(3, 2)
    const refusal = expect.objectContaining({ code: 'IMAGE_INVALID' })
    expect(() => compareImages(a, none as never)).toThrow(refusal)
    expect(() => compareImages(none as never, a)).toThrow(refusal)
  })

  test('equal pictures, whatever their size and padding', () => {
    const [a] = pictures(3, 2)
    const padded = { ...a, planes: [{ data: spread(a, 16), stride: 16 }] }
    expect(compareImages(a, padded)).toEqual({
      maxAbs: 0,
      meanAbs: 0,
      psnr: Number.POSITIVE_INFINITY,
      peak: 255,
      ssim: 1,
      alphaMaxAbs: 0,
    })
  })

  test('formats of one kind compare by channel; swapped channels are seen', async () => {
    const [a, b] = pictures(40, 31)
    const as = async (image: RawImage, format: PixelFormat) => {
      using engine = await openColorEngine({ engine: 'reference' })
      return engine.convert(image, { format })
    }
    const direct = compareImages(a, b)
    expect(compareImages(await as(a, 'BGRA'), await as(b, 'RGBA'))).toEqual(direct)
    const swapped = { ...(await as(a, 'BGR')), format: 'RGB' as const }
    expect(compareImages(a, swapped).maxAbs).toBeGreaterThan(0)
    const [nv12, nv21, i420] = [await as(b, 'NV12'), await as(b, 'NV21'), await as(b, 'I420')]
    expect(compareImages(nv12, nv21).psnr).toBe(Number.POSITIVE_INFINITY)
    expect(compareImages(i420, nv12).maxAbs).toBe(0)
    expect(compareImages({ ...nv21, format: 'NV12' }, nv12).maxAbs).toBeGreaterThan(0)
  })

  test('alpha counts for maxAbs, and not for PSNR', async () => {
    const [a] = pictures(12, 12)
    using engine = await openColorEngine({ engine: 'reference' })
    const [opaque, clear] = [engine.convert(a, { format: 'RGBA' }), engine.convert(a, { format: 'RGBA' })]
    clear.planes[0]!.data[3] = 5
    const got = compareImages(opaque, clear)
    expect(got).toMatchObject({ maxAbs: 250, alphaMaxAbs: 250, psnr: Number.POSITIVE_INFINITY })
  })

  test('refuses other sizes and samples that do not mean the same', async () => {
    const [a] = pictures(12, 12)
    const [smaller] = pictures(11, 12)
    using engine = await openColorEngine({ engine: 'reference' })
    expect(() => compareImages(a, smaller)).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }))
    const [bt601, bt709] = (['smpte170m', 'bt709'] as const).map((matrix) =>
      engine.convert(a, { format: 'I420', colorSpace: { matrix, fullRange: false } }),
    ) as [RawImage, RawImage]
    for (const other of [bt601, engine.convert(a, { format: 'GRAY' })])
      expect(() => compareImages(a, other)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
    expect(() => compareImages(bt601, bt709)).toThrow(/smpte170m limited range and .*bt709/)
  })
})

describe('differenceImage', () => {
  test('black where equal, white at the largest, amplified', () => {
    const a = rgb(3, 1, Uint8Array.of(9, 9, 9, 10, 20, 30, 0, 0, 0))
    const b = rgb(3, 1, Uint8Array.of(9, 9, 9, 10, 24, 30, 0, 2, 0))
    const { image, peak, largest } = differenceImage(a, b)
    expect([peak, largest, image.format]).toEqual([4, 4, 'RGB'])
    expect([...image.planes[0]!.data]).toEqual([0, 0, 0, 252, 255, 224, 187, 55, 84])
    expect(differenceImage(a, b, { peak: 8 }).image.planes[0]!.data.slice(3, 6)).toEqual(Uint8Array.of(187, 55, 84))
    expect(differenceImage(a, a)).toMatchObject({ peak: 1, largest: 0 })
  })

  test('chroma of 4:2:0 lights the four pixels that share it', async () => {
    using engine = await openColorEngine({ engine: 'reference' })
    const [a] = pictures(5, 3)
    const [one, other] = [engine.convert(a, { format: 'I420' }), engine.convert(a, { format: 'I420' })]
    other.planes[1]!.data[other.planes[1]!.stride + 2]! ^= 8
    const { image } = differenceImage(one, other)
    const lit = Array.from({ length: 15 }, (_, i) => image.planes[0]!.data[i * 3]! > 0)
    expect(lit.flatMap((on, i) => (on ? [i] : []))).toEqual([14])
  })
})

test('tensorDifference finds the pixel in either layout, and refuses what is no picture', () => {
  const values = new Float32Array(3 * 4 * 5)
  const changed = values.slice()
  changed[2 * 20 + 7] = 0.5
  const lit = (dims: number[]) => {
    const picture = tensorDifference(tensor(values, dims), tensor(changed, dims))
    const { data, stride } = picture!.image.planes[0]!
    const found: number[][] = []
    for (let y = 0; y < picture!.image.height; y++)
      for (let x = 0; x < picture!.image.width; x++) if (data[y * stride + x * 3]! > 0) found.push([x, y])
    return found
  }
  expect(lit([1, 3, 4, 5])).toEqual([[2, 1]])
  // Number 47 is channel 1 of pixel 23: column 3 of row 4 where rows are 5 wide.
  expect(lit([1, 6, 5, 2])).toEqual([[3, 4]])
  expect(tensorDifference(tensor(values, [60]), tensor(changed, [60]))).toBeUndefined()
})

function spread({ width, height, planes }: RawImage, stride: number): Uint8Array {
  const data = new Uint8Array(stride * height).fill(77)
  for (let y = 0; y < height; y++)
    data.set(planes[0]!.data.subarray(y * planes[0]!.stride, y * planes[0]!.stride + width * 3), y * stride)
  return data
}
